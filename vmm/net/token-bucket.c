/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Token bucket. Runs in vitrine-net.
 */
#include "token-bucket.h"

#define UNIT 1000000 /* of tokens a byte, and of microseconds a second */
/* Longer pauses fill it up anyway, and keep the product in range. */
#define FILL_US_MAX (10 * UNIT)
#define RATE_MAX (G_GUINT64_CONSTANT (1) << 38)

static gint64
capacity (const TokenBucket *bucket)
{
  guint64 burst = bucket->rate / 1000 * TOKEN_BUCKET_BURST_MS;

  return (gint64) MAX (burst, TOKEN_BUCKET_BURST_MIN) * UNIT;
}

static gboolean
was_limited (const TokenBucket *bucket, gint64 now)
{
  return now - bucket->limited <= TOKEN_BUCKET_STALL_LAPSE_MS * 1000;
}

/* What is too much for a burst: kept for a while, if it is a stall that left it over. */
static void
overflow (TokenBucket *bucket, gint64 now)
{
  gint64 most = (gint64) (bucket->rate / 1000 * TOKEN_BUCKET_STALL_MS) * UNIT;
  gint64 over = bucket->tokens - capacity (bucket);

  if (over > 0)
    {
      bucket->tokens -= over;
      bucket->stalled = MIN (bucket->stalled + over, most);
    }
  if (!was_limited (bucket, now))
    bucket->stalled = 0;
}

static void
fill (TokenBucket *bucket, gint64 now)
{
  gint64 passed = CLAMP (now - bucket->last, 0, FILL_US_MAX);
  gboolean was_in_debt = bucket->tokens < 0;

  bucket->last = now;
  bucket->tokens += passed * (gint64) bucket->rate;
  if (bucket->tokens < 0)
    bucket->limited = now;
  else if (was_in_debt)
    bucket->limited = now - bucket->tokens / (gint64) bucket->rate;
  bucket->limited = MIN (bucket->limited, now); /* a clock that went back */
  overflow (bucket, now);
}

void
token_bucket_set_rate (TokenBucket *bucket, guint64 rate, gint64 now)
{
  gint64 debt_max;

  rate = MIN (rate, RATE_MAX);
  if (rate == bucket->rate)
    return;
  if (bucket->rate > 0)
    fill (bucket, now);
  debt_max = (gint64) rate * TOKEN_BUCKET_CHANGE_MS * 1000;
  *bucket = (TokenBucket) {
    .rate = rate,
    .tokens = CLAMP (bucket->tokens, -debt_max, 0),
    .last = now,
    .limited = now - TOKEN_BUCKET_STALL_LAPSE_MS * 1000 - 1,
  };
}

void
token_bucket_fill_up (TokenBucket *bucket)
{
  if (bucket->rate > 0)
    bucket->tokens = capacity (bucket);
}

gboolean
token_bucket_is_open (TokenBucket *bucket, gint64 now)
{
  if (bucket->rate == 0)
    return TRUE;
  fill (bucket, now);
  return bucket->tokens >= 0;
}

void
token_bucket_take (TokenBucket *bucket, guint64 bytes)
{
  gint64 lent;

  if (bucket->rate == 0)
    return;
  bucket->tokens -= (gint64) MIN (bytes, G_MAXUINT32) * UNIT;
  lent = CLAMP (-bucket->tokens, 0, bucket->stalled);
  bucket->tokens += lent;
  bucket->stalled -= lent;
}

gint64
token_bucket_wait (TokenBucket *bucket, gint64 now)
{
  if (token_bucket_is_open (bucket, now))
    return 0;
  return (-bucket->tokens + (gint64) bucket->rate - 1) / (gint64) bucket->rate;
}
