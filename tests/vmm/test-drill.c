/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The drill's lines and its report: what is believed of what a hostile program says.
 */
#include "drill/drill-parse.h"
#include "drill/drill-report.h"

#include <errno.h>
#include <json-glib/json-glib.h>
#include <string.h>

static void
test_good_lines (void)
{
  static const struct
  {
    const char *text;
    DrillLine line;
  } good[] = {
    { "try read-etc\n", { DRILL_LINE_TRY, "read-etc", 0 } },
    { "try 32-bit\nclosed 1\n", { DRILL_LINE_TRY, "32-bit", 0 } },
    { "closed 0\n", { DRILL_LINE_CLOSED, "", 0 } },
    { "closed 4095\n", { DRILL_LINE_CLOSED, "", 4095 } },
    { "open\n", { DRILL_LINE_OPEN, "", 0 } },
    { "done\n", { DRILL_LINE_DONE, "", 0 } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      gsize size = strchr (good[i].text, '\n') - good[i].text + 1;
      DrillLine line;
      gsize used = 0;

      g_assert_cmpint (drill_parse_line (good[i].text, strlen (good[i].text), &line, &used), ==,
                       PARSE_OK);
      g_assert_cmpuint (used, ==, size);
      g_assert_cmpint (line.kind, ==, good[i].line.kind);
      g_assert_cmpstr (line.name, ==, good[i].line.name);
      g_assert_cmpuint (line.code, ==, good[i].line.code);
      for (gsize cut = 0; cut < size; cut++)
        g_assert_cmpint (drill_parse_line (good[i].text, cut, &line, &used), ==, PARSE_NEED_MORE);
    }
}

static void
test_bad_lines (void)
{
  g_autofree char *long_name = g_strnfill (DRILL_NAME_MAX + 1, 'a');
  g_autofree char *with_long_name = g_strdup_printf ("try %s\n", long_name);
  g_autofree char *endless = g_strnfill (DRILL_LINE_MAX, 'a');
  const char *const bad[] = { "\n",          "try \n",       "try\n",        "try A\n",
                              "try a b\n",   "closed\n",     "closed \n",    "closed -1\n",
                              "closed 4096\n", "closed 99999\n", "opened\n", "Open\n",
                              "done now\n",  with_long_name, endless,        "try a\x1b[2J\n" };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      DrillLine line;
      gsize used;

      g_test_message ("%s", bad[i]);
      g_assert_cmpint (drill_parse_line (bad[i], strlen (bad[i]), &line, &used), ==, PARSE_BAD);
    }
}

static guint
number_of (const char *name)
{
  for (guint i = 0; i < drill_report_n_ways (); i++)
    if (strcmp (drill_report_way (i), name) == 0)
      return i;
  g_assert_not_reached ();
}

static void
test_report (void)
{
  g_autoptr (DrillReport) report = drill_report_new ();
  g_autofree char *json = NULL;

  drill_report_begin (report, "qemu", TRUE, FALSE);
  drill_report_set (report, number_of ("writable-code"), DRILL_OPEN, 0);
  drill_report_set (report, number_of ("read-etc"), DRILL_REFUSED, EACCES);
  g_assert_cmpuint (drill_report_get_open (report), ==, 0);
  /* Under KVM, or in another process, the same is a hole. */
  drill_report_begin (report, "display", FALSE, TRUE);
  drill_report_set (report, number_of ("writable-code"), DRILL_OPEN, 0);
  drill_report_set (report, number_of ("mount"), DRILL_KILLED, 0);
  g_assert_cmpuint (drill_report_get_open (report), ==, 1);
  json = drill_report_to_json (report);
  g_assert_nonnull (strstr (json, "\"EACCES\""));
  g_assert_nonnull (strstr (json, "\"needed\" : 1"));
  g_assert_nonnull (strstr (json, "\"killed\""));
}

static void
test_list (void)
{
  g_assert_cmpuint (drill_report_n_ways (), >=, 80);
  g_assert_cmpuint (drill_report_n_ways (), <=, DRILL_ATTEMPTS_MAX);
  for (guint i = 0; i < drill_report_n_ways () + drill_report_n_talks (); i++)
    {
      g_assert_cmpuint (strlen (drill_report_way (i)), <=, DRILL_NAME_MAX);
      for (guint j = 0; j < i; j++)
        g_assert_cmpstr (drill_report_way (i), !=, drill_report_way (j));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/drill/good-lines", test_good_lines);
  g_test_add_func ("/drill/bad-lines", test_bad_lines);
  g_test_add_func ("/drill/report", test_report);
  g_test_add_func ("/drill/list", test_list);
  return g_test_run ();
}
