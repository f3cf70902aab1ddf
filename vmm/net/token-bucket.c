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
fill (TokenBucket *bucket, gint64 now)
{
  gint64 passed = CLAMP (now - bucket->last, 0, FILL_US_MAX);

  bucket->last = now;
  bucket->tokens = MIN (bucket->tokens + passed * (gint64) bucket->rate, capacity (bucket));
}

void
token_bucket_set_rate (TokenBucket *bucket, guint64 rate, gint64 now)
{
  if (bucket->rate > 0)
    fill (bucket, now);
  bucket->rate = MIN (rate, RATE_MAX);
  bucket->last = now;
  bucket->tokens = rate > 0 ? MIN (bucket->tokens, 0) : 0;
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
  if (bucket->rate > 0)
    bucket->tokens -= (gint64) MIN (bytes, G_MAXUINT32) * UNIT;
}

gint64
token_bucket_wait (TokenBucket *bucket, gint64 now)
{
  if (token_bucket_is_open (bucket, now))
    return 0;
  return (-bucket->tokens + (gint64) bucket->rate - 1) / (gint64) bucket->rate;
}
