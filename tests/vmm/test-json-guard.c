/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The JSON recognizer: exactly RFC 8259 within limits.
 */
#include "qmp/json-guard.h"

#include <string.h>

static const JsonLimits limits = { .bytes_max = 4096,
                                   .depth_max = 8,
                                   .values_max = 64,
                                   .string_max = 100 };

static gboolean
check (const char *text)
{
  return json_guard_check (text, strlen (text), &limits, NULL);
}

static void
test_accepts (void)
{
  static const char *const good[] = {
    "0",
    "-0.5e+10",
    "1E9",
    "true",
    " null ",
    "\"\"",
    "\"a\\u00e9\\n\\\"\"",
    "[]",
    "{}",
    "\"\\ud83d\\ude00 \\ud7ff\\ue000\"",
    "[1,[2,[]],{}]",
    "{\"a\":{\"b\":[null,false]},\"c\":\"d\"}",
    "\t{ \"a\" : 1 }\r\n",
    "[[[[[[[[]]]]]]]]",
  };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (check (good[i]));
}

static void
test_refuses (void)
{
  static const char *const bad[] = {
    "",
    " ",
    "01",
    "1.",
    ".5",
    "+1",
    "1e",
    "-",
    "tru",
    "nul",
    "nan",
    "'a'",
    "\"a",
    "\"\\x\"",
    "\"\\u12g4\"",
    "\"\\u0000\"",
    "\"\\ud800x\"",
    "\"\\ud800\"",
    "\"\\ud800\\n\"",
    "\"\\ud800\\u0041\"",
    "\"\\ud800\\ud800\"",
    "\"\\ud800\\u00\"",
    "\"\\udc00\"",
    "\"\n\"",
    "[",
    "]",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "[1 2]",
    "{",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{a:1}",
    "{\"a\":1]",
    "[1}",
    "1 2",
    "{}{}",
    "/* comment */ 1",
    "var a = 1;",
    "\"\xff\"",
    "[[[[[[[[[]]]]]]]]]",
    "12345678901234567890123456789012345678901",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_test_message ("%s", bad[i]);
      g_assert_false (check (bad[i]));
    }
}

static void
test_limits (void)
{
  g_autofree char *longest = g_strnfill (100, 'a');
  g_autofree char *fits = g_strdup_printf ("\"%s\"", longest);
  g_autofree char *over = g_strdup_printf ("\"%sa\"", longest);
  g_autoptr (GString) many = g_string_new ("[0");
  g_autofree char *large = g_strnfill (4097, ' ');
  const char *why = NULL;

  g_assert_true (check (fits));
  g_assert_false (check (over));
  for (int i = 0; i < 62; i++)
    g_string_append (many, ",0");
  g_string_append (many, "]");
  g_assert_true (check (many->str)); /* 63 numbers and the array */
  g_string_insert (many, 1, "0,");
  g_assert_false (check (many->str));
  g_assert_false (json_guard_check (large, 4097, &limits, &why));
  g_assert_cmpstr (why, ==, "is too long");
  g_assert_false (json_guard_check ("\"a\0b\"", 5, &limits, NULL));
}

static void
test_no_overread (void)
{
  static const char text[] = "{\"a\":[1.5e3,\"x\\u0041\",true],\"b\":null}";

  for (gsize size = 0; size < sizeof text - 1; size++)
    {
      g_autofree char *copy = g_memdup2 (text, size);

      g_assert_false (json_guard_check (copy != NULL ? copy : "", size, &limits, NULL));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json-guard/accepts", test_accepts);
  g_test_add_func ("/json-guard/refuses", test_refuses);
  g_test_add_func ("/json-guard/limits", test_limits);
  g_test_add_func ("/json-guard/no-overread", test_no_overread);
  return g_test_run ();
}
