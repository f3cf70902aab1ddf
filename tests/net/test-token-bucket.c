/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Rates over time that the test tells.
 */
#include "token-bucket.h"

/* Bytes that pass in `seconds` if `chunk` is always there to be sent. */
static guint64
run (TokenBucket *bucket, gint64 *now, guint seconds, guint64 chunk)
{
  gint64 end = *now + (gint64) seconds * G_USEC_PER_SEC;
  guint64 sent = 0;

  while (*now < end)
    {
      gint64 wait = token_bucket_wait (bucket, *now);

      if (wait > 0)
        {
          *now += wait;
          continue;
        }
      token_bucket_take (bucket, chunk);
      sent += chunk;
    }
  return sent;
}

static void
test_rates (void)
{
  static const guint64 rates[] = { 1000000, 1234567, 10000000, 100000000 };
  static const guint64 chunks[] = { 600, 1448, 65480, 200000 };

  for (guint r = 0; r < G_N_ELEMENTS (rates); r++)
    for (guint c = 0; c < G_N_ELEMENTS (chunks); c++)
      {
        TokenBucket bucket = { 0 };
        gint64 now = 1000;
        double rate;

        token_bucket_set_rate (&bucket, rates[r], now);
        rate = run (&bucket, &now, 10, chunks[c]) / 10.0;
        g_test_message ("%" G_GUINT64_FORMAT " in chunks of %" G_GUINT64_FORMAT ": %.0f", rates[r],
                        chunks[c], rate);
        g_assert_cmpfloat (rate, >, rates[r] * 0.99);
        g_assert_cmpfloat (rate, <, rates[r] * 1.03);
      }
}

static void
test_change (void)
{
  TokenBucket bucket = { 0 };
  gint64 now = 5;

  g_assert_cmpint (token_bucket_wait (&bucket, now), ==, 0);
  token_bucket_take (&bucket, 1 << 30);
  g_assert_true (token_bucket_is_open (&bucket, now));
  token_bucket_set_rate (&bucket, 1000000, now);
  run (&bucket, &now, 1, 1000);
  token_bucket_set_rate (&bucket, 5000000, now);
  g_assert_cmpuint (run (&bucket, &now, 2, 1000), <, 10300000);
  token_bucket_set_rate (&bucket, 1000000, now);
  g_assert_cmpuint (run (&bucket, &now, 10, 1000), <, 10100000);
  /* A limit that is lifted leaves no debt to be waited for. */
  token_bucket_take (&bucket, 1 << 30);
  token_bucket_set_rate (&bucket, 0, now);
  g_assert_cmpint (token_bucket_wait (&bucket, now), ==, 0);
}

/* Debt of one rate does not delay the next one: neither the slow one's, which was long, nor the
 * fast one's, which was many bytes. */
static void
test_change_in_debt (void)
{
  TokenBucket bucket = { 0 };
  gint64 now = 5;

  token_bucket_set_rate (&bucket, 20000, now);
  run (&bucket, &now, 1, 1000);
  token_bucket_take (&bucket, 131072);
  g_assert_cmpint (token_bucket_wait (&bucket, now), >, 4 * G_USEC_PER_SEC);
  token_bucket_set_rate (&bucket, 10000000, now);
  g_assert_cmpint (token_bucket_wait (&bucket, now), <, G_USEC_PER_SEC / 50);

  token_bucket_take (&bucket, 1 << 20);
  token_bucket_set_rate (&bucket, 20000, now);
  g_assert_cmpint (token_bucket_wait (&bucket, now), <=, G_USEC_PER_SEC / 5);
  token_bucket_set_rate (&bucket, 30000, now);
  g_assert_cmpint (token_bucket_wait (&bucket, now), <=, G_USEC_PER_SEC / 5);
  /* The other direction's change comes with this one's present rate. */
  now += G_USEC_PER_SEC / 5;
  g_assert_true (token_bucket_is_open (&bucket, now));
  now += G_USEC_PER_SEC / 2;
  g_assert_true (token_bucket_is_open (&bucket, now));
  token_bucket_set_rate (&bucket, 30000, now);
  token_bucket_take (&bucket, 5000);
  g_assert_true (token_bucket_is_open (&bucket, now));
}

/* Bytes that pass until `end` where no more than `speed` can: a guest has its bounds too. */
static guint64
run_at (TokenBucket *bucket, gint64 *now, gint64 end, guint64 speed)
{
  const guint64 chunk = 16384;
  guint64 sent = 0;

  while (*now < end)
    {
      gint64 wait = token_bucket_wait (bucket, *now);

      if (wait == 0)
        {
          token_bucket_take (bucket, chunk);
          sent += chunk;
          wait = (gint64) (chunk * G_USEC_PER_SEC / speed);
        }
      *now += wait;
    }
  return sent;
}

/* Whoever is kept waiting for its turn now and then, as on a busy machine, still gets its rate. */
static void
test_stalls (void)
{
  static const guint64 rates[] = { 1000000, 9200000, 40000000 };
  static const gint64 stalls[] = { 10000, 40000, 90000, 180000 };

  for (guint r = 0; r < G_N_ELEMENTS (rates); r++)
    for (guint s = 0; s < G_N_ELEMENTS (stalls); s++)
      {
        const gint64 period = 4 * stalls[s];
        TokenBucket bucket = { 0 };
        gint64 now = 1, end;
        guint64 sent = 0;
        double rate;

        token_bucket_set_rate (&bucket, rates[r], now);
        end = now + 80 * period;
        while (now < end)
          {
            gint64 stop = now + period;

            sent += run_at (&bucket, &now, stop - stalls[s], 2 * rates[r]);
            now = MAX (now, stop);
          }
        rate = (double) sent * G_USEC_PER_SEC / (80.0 * (double) period);
        g_test_message ("%" G_GUINT64_FORMAT ", stalls of %" G_GINT64_FORMAT " ms: %.0f", rates[r],
                        stalls[s] / 1000, rate);
        g_assert_cmpfloat (rate, >, rates[r] * 0.97);
        g_assert_cmpfloat (rate, <, rates[r] * 1.03);
      }
}

/* Each wake-up comes as late as it likes; the rate over a second is what was asked for. */
static void
test_late (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  const guint64 rate = 4000000, chunk = 65536;
  TokenBucket bucket = { 0 };
  gint64 now = 1, begin = now;
  guint64 sent = 0;

  token_bucket_set_rate (&bucket, rate, now);
  while (now < begin + 60 * G_USEC_PER_SEC)
    {
      gint64 wait = token_bucket_wait (&bucket, now);

      if (wait > 0)
        {
          now += wait + g_rand_int_range (random, 0, 120000);
          continue;
        }
      token_bucket_take (&bucket, chunk);
      sent += chunk;
      g_assert_cmpuint (sent, <, (guint64) (now - begin) * rate / G_USEC_PER_SEC + 2 * chunk);
    }
  g_assert_cmpfloat (sent / 60.0, >, rate * 0.97);
}

/* A pause is made up for only where a limit was in the way when it began, and not for long. */
static void
test_idle (void)
{
  const guint64 rate = 10000000;
  const guint64 burst = rate / 1000 * TOKEN_BUCKET_PAUSE_MS;
  TokenBucket bucket = { 0 };
  gint64 now = 1;

  /* Never at the limit: half of it, then as much as may be. */
  token_bucket_set_rate (&bucket, rate, now);
  run_at (&bucket, &now, now + 5 * G_USEC_PER_SEC, rate / 2);
  g_assert_cmpuint (run_at (&bucket, &now, now + G_USEC_PER_SEC, 10 * rate), <,
                    rate + burst + 40000);
  /* At the limit, then half of it for longer than a stall is remembered. */
  run_at (&bucket, &now, now + 2 * G_USEC_PER_SEC, rate / 2);
  g_assert_cmpuint (run_at (&bucket, &now, now + G_USEC_PER_SEC, 10 * rate), <,
                    rate + burst + 40000);
  /* At the limit, then nothing for too long. */
  now += 2 * G_USEC_PER_SEC;
  g_assert_cmpuint (run_at (&bucket, &now, now + G_USEC_PER_SEC, 10 * rate), <,
                    rate + burst + 40000);
}

/* What is made up for passes at twice the rate: a guest's socket would lose more. */
static void
test_pace (void)
{
  const guint64 rate = 4000000;
  TokenBucket bucket = { 0 };
  gint64 now = 1;

  token_bucket_set_rate (&bucket, rate, now);
  run_at (&bucket, &now, now + G_USEC_PER_SEC, 10 * rate);
  for (gint64 until = now + 180000; now < until; now += 1000)
    token_bucket_is_open (&bucket, now);
  g_assert_cmpuint (run_at (&bucket, &now, now + 10000, 100 * rate), <, rate / 50 + 110000);
  g_assert_cmpuint (run_at (&bucket, &now, now + 490000, 100 * rate), >, rate / 2 + 500000);
}

static void
test_pause (void)
{
  TokenBucket bucket = { 0 };
  gint64 now = 1;

  token_bucket_set_rate (&bucket, 1000000, now);
  now += 3600ll * G_USEC_PER_SEC;
  g_assert_cmpuint (run (&bucket, &now, 1, 1000), <, 1000000 + 1000 * TOKEN_BUCKET_PAUSE_MS + 1001);
  /* A clock that goes back, or far ahead, does no harm, also while there is debt. */
  now -= 1800ll * G_USEC_PER_SEC;
  token_bucket_take (&bucket, 1000);
  g_assert_cmpint (token_bucket_wait (&bucket, now), <=, 10000);
  token_bucket_take (&bucket, 500000);
  g_assert_cmpint (token_bucket_wait (&bucket, now), >, 0);
  now += 7200ll * G_USEC_PER_SEC;
  g_assert_cmpuint (run (&bucket, &now, 1, 1000), <, 1000000 + 1000 * TOKEN_BUCKET_PAUSE_MS + 1001);
  token_bucket_take (&bucket, 500000);
  now -= 3600ll * G_USEC_PER_SEC;
  g_assert_cmpuint (run (&bucket, &now, 1, 1000), <, 1000000 + 1000 * TOKEN_BUCKET_PAUSE_MS + 1001);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/net/bucket/rates", test_rates);
  g_test_add_func ("/net/bucket/change", test_change);
  g_test_add_func ("/net/bucket/change-in-debt", test_change_in_debt);
  g_test_add_func ("/net/bucket/stalls", test_stalls);
  g_test_add_func ("/net/bucket/late", test_late);
  g_test_add_func ("/net/bucket/idle", test_idle);
  g_test_add_func ("/net/bucket/pace", test_pace);
  g_test_add_func ("/net/bucket/pause", test_pause);
  return g_test_run ();
}
