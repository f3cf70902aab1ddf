/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The sentence on what holds the limits of a guest.
 */
#include "limits-text.h"

#include <locale.h>
#include <string.h>

static char *
running (const char *dictionary)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) now =
      g_variant_parse (G_VARIANT_TYPE_VARDICT, dictionary, NULL, NULL, &error);

  g_assert_no_error (error);
  return limits_text_running (now);
}

static void
test_running (void)
{
  static const char *const cases[][2] = {
    { "{'mechanism': <'scope'>}", "in a systemd scope" },
    { "{'mechanism': <'delegated'>}", "delegated to you" },
    { "{'mechanism': <'root'>}", "made by root" },
    { "{'mechanism': <'none'>, 'why-no-cgroup': <'no\\nbus'>}", "do not: no bus." },
    { "{'mechanism': <'root'>, 'why-no-cgroup': <'none'>}", "do not: none." },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = running (cases[i][0]);

      g_assert_nonnull (strstr (text, cases[i][1]));
    }
  g_assert_null (running ("{'mechanism': <'magic'>}"));
  g_assert_null (running ("{'mechanism': <uint32 5>}"));
  g_assert_null (running ("@a{sv} {}"));
}

static void
test_stopped (void)
{
  static const char *const nothing[] = {
    "", "[]", "{}", "{\"layers\":5}", "{\"layers\":[5,{},{\"layer\":\"lsm\",\"level\":\"green\"}]}",
    "{\"layers\":[{\"layer\":\"cgroup\"}]}",
  };
  g_autofree char *green =
      limits_text_stopped ("{\"layers\":[{\"layer\":\"cgroup\",\"level\":\"green\"}]}");
  g_autofree char *amber =
      limits_text_stopped ("{\"layers\":[{\"layer\":\"cgroup\",\"level\":\"amber\"}]}");

  g_assert_nonnull (strstr (green, "All of them will hold"));
  g_assert_nonnull (strstr (amber, "will not"));
  for (gsize i = 0; i < G_N_ELEMENTS (nothing); i++)
    g_assert_null (limits_text_stopped (nothing[i]));
}

static void
test_holds (void)
{
  g_autoptr (GVariant) now = g_variant_parse (
      G_VARIANT_TYPE_VARDICT, "{'holds-cpu': <true>, 'holds-memory': <false>}", NULL, NULL, NULL);

  g_assert_true (limits_text_holds (now, "cpu"));
  g_assert_false (limits_text_holds (now, "memory"));
  g_assert_true (limits_text_holds (now, "disk-rate"));
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "C");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/limits-text/running", test_running);
  g_test_add_func ("/limits-text/stopped", test_stopped);
  g_test_add_func ("/limits-text/holds", test_holds);
  return g_test_run ();
}
