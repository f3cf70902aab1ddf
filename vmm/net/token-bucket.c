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

static void
set_aside (TokenBucket *bucket, gint64 now)
{
  gboolean is_stall = now - bucket->limited <= TOKEN_BUCKET_STALL_LAPSE_MS * 1000;
  gint64 most_us = (is_stall ? TOKEN_BUCKET_STALL_MS : TOKEN_BUCKET_PAUSE_MS) * 1000;
  gint64 most = MAX (most_us * (gint64) bucket->rate - capacity (bucket), 0);
  gint64 over = MAX (bucket->tokens - capacity (bucket), 0);

  bucket->tokens -= over;
  bucket->spare = MIN (bucket->spare + over, most);
}

static void
lend (TokenBucket *bucket, gint64 tokens)
{
  gint64 lent = CLAMP (tokens, 0, bucket->spare);

  bucket->tokens += lent;
  bucket->spare -= lent;
}

static void
fill (TokenBucket *bucket, gint64 now)
{
  gint64 earned = CLAMP (now - bucket->last, 0, FILL_US_MAX) * (gint64) bucket->rate;
  gboolean was_in_debt = bucket->tokens < 0;

  bucket->last = now;
  bucket->tokens += earned;
  bucket->limited = MIN (bucket->limited, now); /* a clock that went back */
  bucket->hurry = MIN (bucket->hurry, now + TOKEN_BUCKET_STALL_MS * 1000);
  if (bucket->tokens < 0)
    bucket->limited = now;
  else if (was_in_debt)
    {
      gint64 late = bucket->tokens / (gint64) bucket->rate;

      bucket->limited = now - late;
      bucket->hurry = now + MIN (late, TOKEN_BUCKET_STALL_MS * 1000);
    }
  set_aside (bucket, now);
  lend (bucket, MIN (earned, capacity (bucket) - bucket->tokens));
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
    .hurry = now,
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
  if (bucket->rate == 0)
    return;
  bucket->tokens -= (gint64) MIN (bytes, G_MAXUINT32) * UNIT;
  if (bucket->last < bucket->hurry)
    lend (bucket, -bucket->tokens);
}

gint64
token_bucket_wait (TokenBucket *bucket, gint64 now)
{
  if (token_bucket_is_open (bucket, now))
    return 0;
  return (-bucket->tokens + (gint64) bucket->rate - 1) / (gint64) bucket->rate;
}
