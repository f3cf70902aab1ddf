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

/* Whoever is kept waiting for its turn now and then, as on a busy machine, still gets its rate. */
static void
test_stalls (void)
{
  const guint64 rate = 40000000;
  TokenBucket bucket = { 0 };
  gint64 now = 1;
  guint64 sent = 0;

  token_bucket_set_rate (&bucket, rate, now);
  for (guint i = 0; i < 50; i++)
    {
      gint64 begin = now;

      while (now < begin + 160000)
        {
          gint64 wait = token_bucket_wait (&bucket, now);

          if (wait == 0)
            {
              token_bucket_take (&bucket, 32768);
              sent += 32768;
            }
          now += wait;
        }
      now = begin + 200000;
    }
  g_assert_cmpfloat (sent / 10.0, >, rate * 0.97);
  g_assert_cmpfloat (sent / 10.0, <, rate * 1.01);
}

static void
test_pause (void)
{
  TokenBucket bucket = { 0 };
  gint64 now = 1;

  token_bucket_set_rate (&bucket, 1000000, now);
  now += 3600ll * G_USEC_PER_SEC;
  g_assert_cmpuint (run (&bucket, &now, 1, 1000), <, 1000000 + 1000 * TOKEN_BUCKET_BURST_MS + 1001);
  /* A clock that goes back does no harm. */
  now -= 1800ll * G_USEC_PER_SEC;
  token_bucket_take (&bucket, 1000);
  g_assert_cmpint (token_bucket_wait (&bucket, now), <=, 10000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/net/bucket/rates", test_rates);
  g_test_add_func ("/net/bucket/change", test_change);
  g_test_add_func ("/net/bucket/stalls", test_stalls);
  g_test_add_func ("/net/bucket/pause", test_pause);
  return g_test_run ();
}
