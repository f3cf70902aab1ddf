/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * QMP lines: every kind of message, cut lines, and lines that no QEMU sends.
 */
#include "qmp/json-guard.h"
#include "qmp/qmp-parse.h"

#include <string.h>

static QmpMessage *
parse (const char *line)
{
  QmpMessage *message = NULL;
  const char *why = NULL;
  gsize used;

  g_assert_cmpint (qmp_parse (line, strlen (line), &message, &used, &why), ==, PARSE_OK);
  g_assert_cmpuint (used, ==, strlen (line));
  g_assert_nonnull (message);
  return message;
}

static void
test_greeting (void)
{
  g_autoptr (QmpMessage) message =
      parse ("{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 2, \"minor\": 1, \"major\": 10}, "
             "\"package\": \"x\"}, \"capabilities\": [\"oob\"]}}\r\n");

  g_assert_cmpint (message->kind, ==, QMP_GREETING);
  g_assert_cmpuint (message->version_major, ==, 10);
  g_assert_cmpuint (message->version_minor, ==, 1);
  g_assert_cmpuint (message->version_micro, ==, 2);
}

static void
test_answers (void)
{
  g_autoptr (QmpMessage) good = parse ("{\"return\": {\"status\": \"running\"}, \"id\": 7}\n");
  g_autoptr (QmpMessage) bad = parse (
      "{\"id\": 8, \"error\": {\"class\": \"GenericError\", \"desc\": \"a\\nb\\u001bc\"}}\n");

  g_assert_cmpint (good->kind, ==, QMP_RETURN);
  g_assert_cmpuint (good->id, ==, 7);
  g_assert_cmpstr (json_guard_string (good->data, "status"), ==, "running");
  g_assert_null (json_guard_string (good->data, "absent"));
  g_assert_cmpint (json_guard_int (good->data, "status"), ==, 0);
  g_assert_cmpint (bad->kind, ==, QMP_ERROR);
  g_assert_cmpuint (bad->id, ==, 8);
  g_assert_cmpstr (bad->name, ==, "GenericError");
  g_assert_cmpstr (bad->text, ==, "a b c"); /* nothing of it can act on a terminal */
}

static void
test_event (void)
{
  g_autoptr (QmpMessage) event = parse (
      "{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": true, \"reason\": \"guest-shutdown\"}, "
      "\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}}\n");

  g_assert_cmpint (event->kind, ==, QMP_EVENT);
  g_assert_cmpstr (event->name, ==, "SHUTDOWN");
  g_assert_true (json_guard_boolean (event->data, "guest"));
}

static void
test_bad (void)
{
  static const char *const lines[] = {
    "hello\n",
    "[]\n",
    "1\n",
    "{}\n",
    "{\"QMP\": []}\n",
    "{\"QMP\": {\"version\": 1}}\n",
    "{\"error\": {}}\n",
    "{\"error\": {\"desc\": 1, \"class\": \"a\"}}\n",
    "{\"event\": 3}\n",
    "{\"event\": "
    "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}\n",
    "{\"return\": 1\n",
    "{\"return\": 1} x\n",
  };

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      QmpMessage *message = NULL;
      const char *why = NULL;
      gsize used;

      g_assert_cmpint (qmp_parse (lines[i], strlen (lines[i]), &message, &used, &why), ==,
                       PARSE_BAD);
      g_assert_nonnull (why);
    }
}

static void
test_framing (void)
{
  static const char line[] = "{\"return\": {}, \"id\": 1}\r\n";
  g_autofree char *giant = g_strnfill (QMP_LINE_MAX, 'x');
  QmpMessage *message = NULL;
  const char *why = NULL;
  gsize used = 0;

  for (gsize size = 0; size < sizeof line - 1; size++)
    g_assert_cmpint (qmp_parse (line, size, &message, &used, &why), ==, PARSE_NEED_MORE);
  g_assert_cmpint (qmp_parse ("\r\n", 2, &message, &used, &why), ==, PARSE_OK);
  g_assert_null (message);
  g_assert_cmpuint (used, ==, 2);
  g_assert_cmpint (qmp_parse (giant, QMP_LINE_MAX - 1, &message, &used, &why), ==, PARSE_NEED_MORE);
  g_assert_cmpint (qmp_parse (giant, QMP_LINE_MAX, &message, &used, &why), ==, PARSE_BAD);
}

static void
test_printable (void)
{
  char out[9];

  qmp_copy_printable (out, 8,
                      "abc\tdé\x7f"
                      "fgh");
  g_assert_cmpstr (out, ==, "abc dé ");
  qmp_copy_printable (out, 2, "aé"); /* never half a character */
  g_assert_cmpstr (out, ==, "a");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/qmp-parse/greeting", test_greeting);
  g_test_add_func ("/qmp-parse/answers", test_answers);
  g_test_add_func ("/qmp-parse/event", test_event);
  g_test_add_func ("/qmp-parse/bad", test_bad);
  g_test_add_func ("/qmp-parse/framing", test_framing);
  g_test_add_func ("/qmp-parse/printable", test_printable);
  return g_test_run ();
}
