/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Whatever GLib says is one line, bounded, and has none of a peer's bytes from a message that GDBus
 * could not read.
 */
#include "log-line.h"

#include <gio/gio.h>
#include <string.h>

static guint lines;
static char *last;

static void
take (const char *line, gboolean fatal)
{
  g_assert_false (fatal);
  lines++;
  g_free (last);
  last = g_strdup (line);
}

static void
assert_line (const char *domain, const char *message, const char *wanted)
{
  char line[LOG_LINE_MAX + 1];

  log_line_make (line, domain, message);
  g_assert_cmpstr (line, ==, wanted);
}

static void
test_make (void)
{
  assert_line ("Gio", "plain", "Gio: plain");
  assert_line (NULL, "plain\n", "GLib: plain");
  assert_line ("Gio", "one\ntwo\r\033[31m", "Gio: one two  [31m");
  assert_line ("Gio", "bad \xff byte", "Gio: bad ? byte");
  assert_line ("Gio", "It failed\nThe payload is as follows:\n  0000: 6c 01", "Gio: It failed");
}

static void
test_bounds (void)
{
  for (guint size = LOG_LINE_MAX - 10; size < LOG_LINE_MAX + 10; size++)
    {
      g_autofree char *ascii = g_strnfill (size, 'x');
      g_autofree char *bytes = g_strnfill (size, '\xe2');
      char line[LOG_LINE_MAX + 1];

      log_line_make (line, "G", ascii);
      g_assert_cmpuint (strlen (line), ==, MIN (size + 3, LOG_LINE_MAX));
      log_line_make (line, "G", bytes);
      g_assert_cmpuint (strlen (line), ==, MIN (size + 3, LOG_LINE_MAX));
    }
}

/* A character that would not fit is left out whole. */
static void
test_characters (void)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < LOG_LINE_MAX; i++)
    {
      char line[LOG_LINE_MAX + 1];

      g_string_append (text, i % 5 == 0 ? "x" : "\xe2\x82\xac");
      log_line_make (line, "G", text->str);
      g_assert_true (g_utf8_validate (line, -1, NULL));
      g_assert_true (g_str_has_prefix (text->str, line + strlen ("G: ")));
      g_assert_cmpuint (strlen (line) + 3, >, MIN (text->len + 3, LOG_LINE_MAX));
    }
}

static void
test_installed (void)
{
  log_line_install (take);
  g_log ("Tests", G_LOG_LEVEL_WARNING, "first\nsecond");
  g_assert_cmpuint (lines, ==, 1);
  g_assert_cmpstr (last, ==, "Tests: first second");
  g_log_structured ("Tests", G_LOG_LEVEL_WARNING, "MESSAGE", "by %s", "fields");
  g_assert_cmpuint (lines, ==, 2);
  g_assert_cmpstr (last, ==, "Tests: by fields");
  g_log ("Tests", G_LOG_LEVEL_DEBUG, "not asked for");
  g_assert_cmpuint (lines, ==, 2);
  g_clear_pointer (&last, g_free);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  /* A warning ends a test program of GLib's otherwise. */
  g_log_set_always_fatal (G_LOG_FATAL_MASK);
  g_test_add_func ("/log-line/make", test_make);
  g_test_add_func ("/log-line/bounds", test_bounds);
  g_test_add_func ("/log-line/characters", test_characters);
  g_test_add_func ("/log-line/installed", test_installed);
  return g_test_run ();
}
