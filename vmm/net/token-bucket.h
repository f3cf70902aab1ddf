/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A rate as a bucket of tokens, one a byte: it fills with time, what passes takes from it. It may
 * go into debt, since what is under way when it runs dry still passes; the debt is waited for, so
 * that the rate over time is exact. Pure.
 */
#pragma once

#include <glib.h>

/* What may pass at once after a pause: this long at the full rate, yet never less than so much. On a
 * busy machine the pause is often nobody's wish: a guest's processor or vitrine-net waits for its turn,
 * and what is not made up for then would be missing from the rate. */
#define TOKEN_BUCKET_BURST_MS 50
#define TOKEN_BUCKET_BURST_MIN (32 * 1024)

typedef struct
{
  guint64 rate;  /* bytes a second; 0: no limit */
  gint64 tokens; /* in bytes * 1000000, so that no fraction is lost; negative: debt */
  gint64 last;   /* when it was last filled, microseconds */
} TokenBucket;

/* Another rate from now on. Debt is kept, what was saved up is not. */
void token_bucket_set_rate (TokenBucket *bucket, guint64 rate, gint64 now);

/* As after a long pause: for what comes seldom, but then at once. */
void token_bucket_fill_up (TokenBucket *bucket);

/* Whether something may pass at `now` (monotonic microseconds). */
gboolean token_bucket_is_open (TokenBucket *bucket, gint64 now);

/* `bytes` have passed. */
void token_bucket_take (TokenBucket *bucket, guint64 bytes);

/* Microseconds until it is open again; 0 if it is, and without a limit. */
gint64 token_bucket_wait (TokenBucket *bucket, gint64 now);
