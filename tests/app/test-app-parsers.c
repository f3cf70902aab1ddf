/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Lines of a start's report, strings of a vmm, and /proc/meminfo.
 */
#include "bounded-text.h"
#include "lock-holders-parse.h"
#include "meminfo-parse.h"
#include "own-addresses.h"
#include "start-parse.h"
#include "vt-types.h"

static const struct
{
  const char *bytes;
  ParseResult result;
  StartLineKind kind;
  const char *text;
} lines[] = {
  { "", PARSE_NEED_MORE },
  { "step Opening", PARSE_NEED_MORE },
  { "ready", PARSE_NEED_MORE },
  { "step Opening the disks\nready\n", PARSE_OK, START_LINE_STEP, "Opening the disks" },
  { "step \n", PARSE_OK, START_LINE_STEP, "" },
  { "ready\nstep x\n", PARSE_OK, START_LINE_READY, "" },
  { "failed \xec\x95\x88 no\n", PARSE_OK, START_LINE_FAILED, "\xec\x95\x88 no" },
  { "\n", PARSE_BAD },
  { "step\n", PARSE_BAD },
  { "ready \n", PARSE_BAD },
  { "Ready\n", PARSE_BAD },
  { "step a\tb\n", PARSE_BAD },
  { "step a\033[2J\n", PARSE_BAD },
  { "step \xff\n", PARSE_BAD },
  { "failed \xc2\x9b\n", PARSE_BAD },
};

static void
test_start_lines (void)
{
  g_autofree StartLine *line = g_new (StartLine, 1);

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      gsize used = 0;
      ParseResult got = start_parse_line (lines[i].bytes, strlen (lines[i].bytes), &used, line);

      g_assert_cmpint (got, ==, lines[i].result);
      if (got != PARSE_OK)
        continue;
      g_assert_cmpint (line->kind, ==, lines[i].kind);
      g_assert_cmpstr (line->text, ==, lines[i].text);
      g_assert_cmpuint (used, ==, strchr (lines[i].bytes, '\n') - lines[i].bytes + 1);
    }
}

static void
test_start_long (void)
{
  g_autofree char *text = g_strnfill (START_LINE_MAX, 'x');
  g_autofree StartLine *line = g_new (StartLine, 1);
  gsize used;

  memcpy (text, START_STEP, strlen (START_STEP));
  g_assert_cmpint (start_parse_line (text, START_LINE_MAX - 1, &used, line), ==, PARSE_NEED_MORE);
  g_assert_cmpint (start_parse_line (text, START_LINE_MAX, &used, line), ==, PARSE_BAD);
  text[START_LINE_MAX - 1] = '\n';
  g_assert_cmpint (start_parse_line (text, START_LINE_MAX, &used, line), ==, PARSE_OK);
  g_assert_cmpuint (used, ==, START_LINE_MAX);
  g_assert_cmpint (start_parse_line ("step \0\n", 7, &used, line), ==, PARSE_BAD);
}

static void
test_bounded (void)
{
  g_autofree char *none = bounded_text_line (NULL);
  g_autofree char *mixed = bounded_text_line ("a\nb\033c\xff"
                                              "d\xec\x95\x88\xec");
  g_autofree char *wide = g_strnfill (3 * BOUNDED_LINE_MAX, '\xff');
  g_autofree char *cut = bounded_text_line (wide);

  g_assert_cmpstr (none, ==, "");
  g_assert_cmpstr (mixed, ==,
                   "a b c\xef\xbf\xbd"
                   "d\xec\x95\x88\xef\xbf\xbd");
  g_assert_cmpuint (strlen (cut), <=, BOUNDED_LINE_MAX);
  g_assert_true (g_utf8_validate (cut, -1, NULL));
}

static void
test_lock_holders (void)
{
  static const char *const bad[] = {
    "         1       1240\n", "      1234          0\n", "      1234       12 0\n",
    "      1234x      1240\n", "      1234       1240 ",  "9999999999       1240\n",
    "     -1234       1240\n", "                 1240\n", "      1234       1240\n\n",
  };
  const char *good = "      1234 2147483647\n";
  LockHolders holders = { 0, 0 };

  g_assert_cmpint (lock_holders_parse (good, strlen (good), &holders), ==, PARSE_OK);
  g_assert_cmpint (holders.janitor, ==, 1234);
  g_assert_cmpint (holders.vmm, ==, 2147483647);
  for (gsize size = 0; size < strlen (good); size++)
    g_assert_cmpint (lock_holders_parse (good, size, &holders), ==, PARSE_NEED_MORE);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_cmpint (lock_holders_parse (bad[i], strlen (bad[i]), &holders), ==, PARSE_BAD);
}

static void
check_addresses (const char *fib_trie, const char *if_inet6, const char *expected)
{
  g_auto (GStrv) got = own_addresses_parse (fib_trie, if_inet6);
  g_autofree char *list = g_strjoinv (" ", got);

  g_assert_cmpstr (list, ==, expected);
}

static void
test_own_addresses (void)
{
  static const char trie[] =
      "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\n"
      "           |-- 127.0.0.1\n              /32 host LOCAL\n"
      "           |-- 192.0.2.0\n              /24 link UNICAST\n"
      "           |-- 192.0.2.2\n              /32 host LOCAL\n"
      "        |-- 192.0.2.255\n           /32 link BROADCAST\n"
      "Local:\n           |-- 192.0.2.2\n              /32 host LOCAL\n"
      "           |-- 169.254.1.1\n              /32 host LOCAL\n"
      "           |-- 10.0.0.7\n              /32 host LOCAL\n";
  static const char six[] = "00000000000000000000000000000001 01 80 10 80       lo\n"
                            "fd000000000000000000000000000002 04 40 00 82     eth0\n"
                            "fe8000000000000000fc00fffe000001 04 40 20 80     eth0\n";
  GString *many = g_string_new (NULL);
  g_auto (GStrv) most = NULL;

  check_addresses (trie, six, "192.0.2.2 10.0.0.7 fd00::2");
  check_addresses (NULL, six, "fd00::2");
  check_addresses (trie, NULL, "192.0.2.2 10.0.0.7");
  check_addresses ("/32 host LOCAL\n|-- \n/32 host LOCAL\n|-- 1.2.3\n/32 host LOCAL\n|--",
                   "fd00 04 40 00 82 x\nfd000000000000000000000000000002 04\n\n", "");
  for (guint i = 1; i < 100; i++)
    g_string_append_printf (many, "|-- 10.0.0.%u\n/32 host LOCAL\n", i);
  most = own_addresses_parse (many->str, six);
  g_assert_cmpuint (g_strv_length (most), ==, OWN_ADDRESSES_MAX);
  g_string_free (many, TRUE);
}

static void
test_meminfo (void)
{
  guint mib = 0;

  g_assert_true (
      meminfo_parse_available ("MemTotal: 9 kB\nMemAvailable:    2097152 kB\nX: 1 kB\n", &mib));
  g_assert_cmpuint (mib, ==, 2048);
  g_assert_true (meminfo_parse_available ("MemAvailable:\t18446744073709551615 kB", &mib));
  g_assert_cmpuint (mib, ==, G_MAXUINT);
  mib = 5;
  g_assert_false (meminfo_parse_available ("", &mib));
  g_assert_false (meminfo_parse_available ("MemAvailable: -1 kB\n", &mib));
  g_assert_false (meminfo_parse_available ("MemAvailable: 1 MB\n", &mib));
  g_assert_false (meminfo_parse_available ("NotMemAvailable: 1 kB\n", &mib));
  g_assert_cmpuint (mib, ==, 5);
}

static void
test_words (void)
{
  g_assert_cmpint (vt_guest_state_from_word ("paused"), ==, VT_GUEST_PAUSED);
  g_assert_cmpint (vt_guest_state_from_word ("dancing"), ==, VT_GUEST_FAILED);
  g_assert_cmpint (vt_guest_state_from_word (NULL), ==, VT_GUEST_FAILED);
  g_assert_cmpint (vt_badge_from_word ("amber"), ==, VT_BADGE_AMBER);
  g_assert_cmpint (vt_badge_from_word ("gold"), ==, VT_BADGE_UNKNOWN);
  g_assert_cmpstr (vt_guest_state_word (VT_GUEST_BROKEN), ==, "broken");
  g_assert_cmpstr (vt_badge_word (VT_BADGE_RED), ==, "red");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app-parsers/start-lines", test_start_lines);
  g_test_add_func ("/app-parsers/start-long", test_start_long);
  g_test_add_func ("/app-parsers/bounded", test_bounded);
  g_test_add_func ("/app-parsers/lock-holders", test_lock_holders);
  g_test_add_func ("/app-parsers/meminfo", test_meminfo);
  g_test_add_func ("/app-parsers/own-addresses", test_own_addresses);
  g_test_add_func ("/app-parsers/words", test_words);
  return g_test_run ();
}
