/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * `vitrinectl drill`: hostile stand-ins in a guest's jails, and what came of their ways out.
 */
#include "config.h"

#include "ctl-guests.h"
#include "ctl-print.h"
#include "drill-result.h"

#include <glib/gi18n.h>

static void
print_ways (const DrillJailResult *jail, gboolean all)
{
  static const char *const words[] = { [DRILL_WAY_CLOSED] = N_ ("closed"),
                                       [DRILL_WAY_OPEN] = N_ ("open"),
                                       [DRILL_WAY_NEEDED] = N_ ("needed"),
                                       [DRILL_WAY_UNBOUNDED] = N_ ("unbounded") };
  CtlTable *table = ctl_table_new (3);
  guint n = 0;

  for (guint i = 0; i < jail->ways->len; i++)
    {
      const DrillWay *way = jail->ways->pdata[i];

      if (!all && way->result == DRILL_WAY_CLOSED)
        continue;
      if (n++ == 0)
        ctl_table_add (table, _ ("RESULT"), _ ("WAY"), _ ("WHAT WAS TRIED"));
      ctl_table_add (table, _ (words[way->result]), way->name, way->what);
    }
  ctl_table_print_free (table);
}

static void
print_report (GPtrArray *jails, gboolean all)
{
  for (guint i = 0; i < jails->len; i++)
    {
      const DrillJailResult *jail = jails->pdata[i];
      g_autofree char *sentence = drill_result_sentence (jail);

      g_print ("%s: %s\n", jail->process, sentence);
      print_ways (jail, all);
    }
}

gboolean
ctl_drill (const CtlCall *call, GError **error)
{
  VtGuest *guest = ctl_running_guest (call, error);
  g_auto (CtlWait) wait = { NULL };
  g_autofree char *text = NULL;
  g_autoptr (GPtrArray) jails = NULL;
  guint n_open;

  if (!guest)
    return FALSE;
  vt_guest_drill_async (guest, ctl_interrupt (), ctl_wait_done, &wait);
  text = vt_guest_drill_finish (guest, ctl_wait_result (&wait), error);
  if (!text)
    return FALSE;
  jails = drill_result_parse (text);
  if (!jails)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                           _ ("The guest's supervisor sent no report of the drill"));
      return FALSE;
    }
  if (ctl_call_has (call, "json"))
    ctl_print_json_text (text, NULL);
  else
    print_report (jails, ctl_call_has (call, "all"));
  n_open = drill_result_count_all (jails, DRILL_WAY_OPEN);
  if (n_open == 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
               ngettext ("%u way out of this guest's jails is open",
                         "%u ways out of this guest's jails are open", n_open),
               n_open);
  return FALSE;
}
