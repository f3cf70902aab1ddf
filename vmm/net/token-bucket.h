/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A rate as a bucket of tokens, one a byte: it fills with time, what passes takes from it. It may
 * go into debt, since what is under way when it runs dry still passes; the debt is waited for, so
 * that the rate over time is exact. Pure.
 */
#pragma once

#include <glib.h>

/* What may pass at once after a pause: this long at the full rate, yet never less than so much.
 * More would be lost in a guest, where a socket for datagrams holds about 130 kB of small ones. */
#define TOKEN_BUCKET_BURST_MS 20
#define TOKEN_BUCKET_BURST_MIN (32 * 1024)
/* What a pause leaves beyond that passes at twice the rate, up to this in all. */
#define TOKEN_BUCKET_PAUSE_MS 50
/* On a busy machine a pause is often nobody's wish: a guest's processor or vitrine-net waits for
 * its turn, and what is not made up for then would be missing from the rate. Whoever was at the
 * limit until the pause began is taken to have been stopped so: so much is kept then, for so long
 * after it was last at the limit. */
#define TOKEN_BUCKET_STALL_MS 250
#define TOKEN_BUCKET_STALL_LAPSE_MS 1000

typedef struct
{
  guint64 rate;   /* bytes a second; 0: no limit */
  gint64 tokens;  /* in bytes * 1000000, so that no fraction is lost; negative: debt */
  gint64 spare;   /* likewise, never negative: what was beyond a burst */
  gint64 last;    /* when it was last filled, microseconds */
  gint64 limited; /* until when it was last in debt */
  gint64 hurry;   /* until then spare passes at once: who had waited for tokens was woken so late */
} TokenBucket;

/* Another rate from now on, which what passed at the old one delays by this much at most. What was
 * saved up is gone. The rate that it has already changes nothing. */
#define TOKEN_BUCKET_CHANGE_MS 200
void token_bucket_set_rate (TokenBucket *bucket, guint64 rate, gint64 now);

/* As after a long pause: for what comes seldom, but then at once. */
void token_bucket_fill_up (TokenBucket *bucket);

/* Whether something may pass at `now` (monotonic microseconds). */
gboolean token_bucket_is_open (TokenBucket *bucket, gint64 now);

/* `bytes` have passed. */
void token_bucket_take (TokenBucket *bucket, guint64 bytes);

/* Microseconds until it is open again; 0 if it is, and without a limit. */
gint64 token_bucket_wait (TokenBucket *bucket, gint64 now);
