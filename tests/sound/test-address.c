/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Where the window looks for the sound server: Unix sockets, whatever the environment names.
 */
#include "sound/pulse-address.h"

static void
test_address (void)
{
  static const struct
  {
    const char *server, *folder, *expected;
  } cases[] = {
    { NULL, NULL, "unix:/run/user/1/pulse/native" },
    { "", "", "unix:/run/user/1/pulse/native" },
    { NULL, "/tmp/p", "unix:/tmp/p/native" },
    { "unix:/a/native", "/tmp/p", "unix:/a/native" },
    { "/a/native", NULL, "unix:/a/native" },
    { "{0123}unix:/a tcp:host", NULL, "unix:/a" },
    { "tcp:host:4713 {x}unix:/a", NULL, "unix:/a" },
    { "tcp:host", NULL, NULL },
    { "host", NULL, NULL },
    { "tcp4:127.0.0.1 tcp6:[::1]", "/tmp/p", NULL },
    { "{x", NULL, NULL },
    { "unix:relative", NULL, NULL },
    { "   ", NULL, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *address = pulse_address (cases[i].server, cases[i].folder, "/run/user/1");

      g_assert_cmpstr (address, ==, cases[i].expected);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pulse-address", test_address);
  return g_test_run ();
}
