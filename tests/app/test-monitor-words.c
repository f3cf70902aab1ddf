/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The monitor's words: what they become, that vmm lets every offered one pass, and how answers
 * read.
 */
#include "monitor-text.h"
#include "monitor-words.h"
#include "monitor/allow-list.h"

#include <gio/gio.h>
#include <string.h>

static void
check_json (const char *typed, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *json = monitor_words_to_json (typed, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (json, ==, expected);
}

static void
test_words (void)
{
  check_json ("info block", "{\"execute\":\"query-block\",\"arguments\":{}}");
  check_json ("  info \t block ", "{\"execute\":\"query-block\",\"arguments\":{}}");
  check_json ("info registers -a", "{\"execute\":\"human-monitor-command\",\"arguments\":"
                                   "{\"command-line\":\"info registers -a\"}}");
  check_json ("sendkey ctrl-0x1c",
              "{\"execute\":\"send-key\",\"arguments\":{\"keys\":["
              "{\"type\":\"qcode\",\"data\":\"ctrl\"},{\"type\":\"number\",\"data\":28}]}}");
  check_json ("balloon 512", "{\"execute\":\"balloon\",\"arguments\":{\"value\":536870912}}");
  check_json ("qom-get /machine type", "{\"execute\":\"qom-get\",\"arguments\":"
                                       "{\"property\":\"type\",\"path\":\"/machine\"}}");
  check_json ("qom-list-properties typename=\"a",
              "{\"execute\":\"qom-list-properties\",\"arguments\":{\"typename\":\"\\\"a\"}}");
  check_json ("migrate tcp:1.2.3.4:5", "{\"execute\":\"migrate\",\"arguments\":{}}");
  check_json ("{\"execute\":1", "{\"execute\":1");
}

static void
test_wrong_words (void)
{
  g_autofree char *many = g_strnfill (MONITOR_LINE_MAX + 1, 'a');
  g_autofree char *keys = g_strdup_printf ("sendkey %s", "a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a");
  const char *const wrong[] = {
    "",          "   ",        "info block virtio0", "sendkey",  "balloon",
    "balloon x", "balloon -1", "qom-get /machine",   "stop now", many,
    keys
  };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", wrong[i]);
      g_assert_null (monitor_words_to_json (wrong[i], &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
    }
}

/* What is offered is let through, whatever it takes. */
static void
test_offers_pass (void)
{
  guint n = 0;

  for (; monitor_words_offer (n) != NULL; n++)
    {
      const char *words = monitor_words_offer (n);
      const char *operands = g_str_equal (words, "sendkey")    ? " ctrl"
                             : g_str_equal (words, "balloon")  ? " 64"
                             : g_str_equal (words, "qom-list") ? " /"
                             : g_str_equal (words, "qom-get")  ? " / type"
                                                               : "";
      g_autofree char *line = g_strconcat (words, operands, NULL);
      g_autoptr (GError) error = NULL;
      g_autofree char *json = monitor_words_to_json (line, &error);
      g_autofree char *name = NULL;
      JsonObject *arguments = NULL;

      g_assert_no_error (error);
      allow_list_check (json, &name, &arguments, &error);
      g_assert_no_error (error);
      g_clear_pointer (&arguments, json_object_unref);
    }
  g_assert_cmpuint (n, >, 30);
}

static void
test_help (void)
{
  g_autofree char *help = monitor_words_help ();

  g_assert_true (monitor_words_is_help (" help "));
  g_assert_false (monitor_words_is_help ("help me"));
  for (guint i = 0; monitor_words_offer (i) != NULL; i++)
    g_assert_nonnull (strstr (help, monitor_words_offer (i)));
}

static void
test_text (void)
{
  static const char *const pairs[][2] = {
    { "{\"return\":{}}", "Done." },
    { "{\"return\":[]}", "None." },
    { "{\"return\":\"a\\r\\nb\\r\\n\"}", "a\nb" },
    { "{\"return\":{\"human-readable-text\":\"x\\n\"}}", "x" },
    { "{\"return\":{\"running\":true,\"status\":\"running\"}}", "running: true\nstatus: running" },
    { "{\"return\":[{\"a\":1,\"b\":[]},{\"c\":{\"d\":null}}]}",
      "1:\n  a: 1\n  b: —\n2:\n  c:\n    d: —" },
    { "nonsense", "nonsense" },
    { "{\"other\":1}", "{\"other\":1}" },
    { "\xff", "\xef\xbf\xbd" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_autofree char *text = monitor_text_format (pairs[i][0]);

      g_assert_cmpstr (text, ==, pairs[i][1]);
    }
}

static void
test_deep_text (void)
{
  g_autoptr (GString) deep = g_string_new ("{\"return\":");
  g_autofree char *text = NULL;

  for (guint i = 0; i < 200; i++)
    g_string_append (deep, "{\"a\":");
  g_string_append_c (deep, '1');
  for (guint i = 0; i < 201; i++)
    g_string_append_c (deep, '}');
  text = monitor_text_format (deep->str);
  g_assert_true (g_str_has_suffix (text, "…"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/monitor-words/words", test_words);
  g_test_add_func ("/monitor-words/wrong", test_wrong_words);
  g_test_add_func ("/monitor-words/offers-pass", test_offers_pass);
  g_test_add_func ("/monitor-words/help", test_help);
  g_test_add_func ("/monitor-text/text", test_text);
  g_test_add_func ("/monitor-text/deep", test_deep_text);
  return g_test_run ();
}
