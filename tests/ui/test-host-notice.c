/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the assistant tells of the doctor's JSON, and that nonsense is no notice.
 */
#include "config.h"

#include "host-notice.h"

static void
test_usable (void)
{
  g_autofree char *title = NULL;
  g_autofree char *text = NULL;

  g_assert_true (host_notice_from_doctor ("{\"kvm\": {\"verdict\": \"usable\", \"usable\": true, "
                                          "\"reason\": \"It runs.\"}}",
                                          &title, &text));
  g_assert_cmpstr (title, ==, "Hardware virtualisation (KVM) will be used");
  g_assert_cmpstr (text, ==, "It runs.");
}

static void
test_missing (void)
{
  g_autofree char *title = NULL;
  g_autofree char *text = NULL;

  g_assert_true (host_notice_from_doctor ("{\"kvm\": {\"verdict\": \"denied\", \"usable\": false, "
                                          "\"reason\": \"Not yours.\", \"remedy\": \"Join kvm.\"}}",
                                          &title, &text));
  g_assert_cmpstr (title, ==, "KVM cannot be used here");
  g_assert_true (g_str_has_prefix (text, "Not yours. Join kvm."));
}

static void
test_nonsense (void)
{
  static const char *const cases[] = {
    "",
    "[",
    "[]",
    "1",
    "null",
    "{}",
    "{\"kvm\": 1}",
    "{\"kvm\": null}",
    "{\"kvm\": []}",
    "{\"kvm\": {\"usable\"",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      char *title = NULL;
      char *text = NULL;

      g_assert_false (host_notice_from_doctor (cases[i], &title, &text));
      g_assert_null (title);
      g_assert_null (text);
    }
}

/* Members of another type count as absent; never is KVM called usable then. */
static void
test_wrong_types (void)
{
  g_autofree char *title = NULL;
  g_autofree char *text = NULL;

  g_assert_true (host_notice_from_doctor (
      "{\"kvm\": {\"verdict\": 3, \"usable\": \"true\", \"reason\": {}, \"remedy\": []}}", &title,
      &text));
  g_assert_cmpstr (title, ==, "KVM cannot be used here");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host-notice/usable", test_usable);
  g_test_add_func ("/host-notice/missing", test_missing);
  g_test_add_func ("/host-notice/nonsense", test_nonsense);
  g_test_add_func ("/host-notice/wrong-types", test_wrong_types);
  return g_test_run ();
}
