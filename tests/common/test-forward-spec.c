/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Forwards as people write them.
 */
#include "forward-spec.h"

static void
test_good (void)
{
  static const struct
  {
    const char *text;
    const char *full;
    gboolean open;
  } table[] = {
    { "tcp:8080:80", "tcp:127.0.0.1:8080:80", FALSE },
    { " udp:5353:53 ", "udp:127.0.0.1:5353:53", FALSE },
    { "tcp:127.0.0.1:8080:80", "tcp:127.0.0.1:8080:80", FALSE },
    { "tcp:0.0.0.0:8080:80", "tcp:0.0.0.0:8080:80", TRUE },
    { "tcp:192.168.1.5:1:65535", "tcp:192.168.1.5:1:65535", TRUE },
    { "tcp:[::1]:8080:80", "tcp:[::1]:8080:80", FALSE },
    { "udp:[::]:8080:80", "udp:[::]:8080:80", TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ForwardSpec) spec = forward_spec_parse (table[i].text, &error);
      g_autofree char *text = NULL;

      g_assert_no_error (error);
      text = forward_spec_format (spec);
      g_assert_cmpstr (text, ==, table[i].full);
      g_assert_cmpint (forward_spec_is_open (spec), ==, table[i].open);
    }
}

static void
test_bad (void)
{
  static const char *const table[] = {
    "",
    "tcp",
    "tcp:",
    "tcp:80",
    "sctp:80:80",
    "tcp:0:80",
    "tcp:80:0",
    "tcp:80:65536",
    "tcp:-1:80",
    "tcp:8080:80:x",
    "tcp:localhost:8080:80",
    "tcp:[::1:8080:80",
    "tcp:224.0.0.1:8080:80",
    "tcp:127.0.0.1:8080:80 tcp:1:1",
    "tcp:\xff:8080:80",
    "tcp:999999999999999999999999999999999999999999999999999999999999999999999999999999999999999"
    "99999999999999999999999999999999999999999999999999999999999999:1:1",
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (forward_spec_parse (table[i], &error));
      g_assert_nonnull (error);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/common/forward-spec/good", test_good);
  g_test_add_func ("/common/forward-spec/bad", test_bad);
  return g_test_run ();
}
