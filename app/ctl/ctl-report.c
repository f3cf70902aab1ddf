/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * `vitrinectl isolation`, `doctor` and `monitor`: what vmm and QEMU report.
 */
#include "config.h"

#include "ctl-guests.h"
#include "ctl-json.h"
#include "ctl-print.h"
#include "ctl-report.h"
#include "monitor-text.h"
#include "monitor-words.h"

#include <glib/gi18n.h>

/* The words of one command, which the shell has taken apart. */
static char *
monitor_line (const CtlCall *call)
{
  GString *line = g_string_new (ctl_call_argument (call, 1));

  for (guint i = 2; i < call->arguments->len; i++)
    g_string_append_printf (line, " %s", ctl_call_argument (call, i));
  return g_string_free (line, FALSE);
}

static gboolean
print_text (char *text)
{
  g_print ("%s\n", text);
  g_free (text);
  return TRUE;
}

/* Who asks in JSON is answered in JSON. */
gboolean
ctl_monitor (const CtlCall *call, GError **error)
{
  g_autofree char *line = monitor_line (call);
  g_autofree char *json = NULL;
  g_autofree char *reply = NULL;
  g_auto (CtlWait) wait = { NULL };
  VtGuest *guest;

  if (monitor_words_is_help (line))
    return print_text (monitor_words_help ());
  json = monitor_words_to_json (line, error);
  guest = json ? ctl_running_guest (call, error) : NULL;
  if (!guest)
    return FALSE;
  vt_guest_monitor_async (guest, json, NULL, ctl_wait_done, &wait);
  reply = vt_guest_monitor_finish (guest, ctl_wait_result (&wait), error);
  if (!reply)
    return FALSE;
  return *line == '{' ? ctl_print_json_text (reply, error)
                      : print_text (monitor_text_format (reply));
}

/* The report of the guest; NULL with an error. */
static char *
fetch_isolation (VtGuest *guest, GError **error)
{
  g_auto (CtlWait) wait = { NULL };

  vt_guest_isolation_async (guest, NULL, ctl_wait_done, &wait);
  return vt_guest_isolation_finish (guest, ctl_wait_result (&wait), error);
}

static void
print_isolation (JsonObject *report)
{
  JsonArray *rows = ctl_json_array (report, "rows");
  CtlTable *table = ctl_table_new (5);

  ctl_table_add (table, _ ("PROCESS"), _ ("PID"), _ ("LAYER"), _ ("LEVEL"), _ ("WHAT HOLDS"));
  for (guint i = 0; rows && i < json_array_get_length (rows); i++)
    {
      JsonObject *row = ctl_json_element (rows, i);
      g_autofree char *pid = g_strdup_printf ("%" G_GINT64_FORMAT, ctl_json_number (row, "pid"));

      ctl_table_add (table, ctl_json_text (row, "process"), pid, ctl_json_text (row, "layer"),
                     ctl_json_text (row, "level"), ctl_json_text (row, "text"));
    }
  ctl_table_print_free (table);
  ctl_print_verdict (ctl_json_text (report, "level"), ctl_json_text (report, "reason"));
}

gboolean
ctl_isolation (const CtlCall *call, GError **error)
{
  VtGuest *guest = ctl_running_guest (call, error);
  g_autofree char *text = guest ? fetch_isolation (guest, error) : NULL;
  g_autoptr (JsonNode) report = NULL;

  if (text && ctl_call_has (call, "json"))
    return ctl_print_json_text (text, error);
  report = text ? ctl_parse_json_object (text, error) : NULL;
  if (report)
    print_isolation (json_node_get_object (report));
  return report != NULL;
}

void
ctl_add_processes (JsonBuilder *builder, VtGuest *guest)
{
  g_autofree char *text = ctl_is_running (guest) ? fetch_isolation (guest, NULL) : NULL;
  g_autoptr (JsonNode) report = text ? ctl_parse_json_object (text, NULL) : NULL;
  JsonArray *rows = report ? ctl_json_array (json_node_get_object (report), "rows") : NULL;
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  json_builder_begin_array (builder);
  for (guint i = 0; rows && i < json_array_get_length (rows); i++)
    {
      JsonObject *row = ctl_json_element (rows, i);
      gint64 pid = ctl_json_number (row, "pid");

      if (pid <= 0 || !g_hash_table_add (seen, GINT_TO_POINTER ((int) pid)))
        continue;
      json_builder_begin_object (builder);
      json_builder_set_member_name (builder, "role");
      json_builder_add_string_value (builder, ctl_json_text (row, "process"));
      json_builder_set_member_name (builder, "pid");
      json_builder_add_int_value (builder, pid);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
print_doctor (JsonObject *report)
{
  JsonObject *kvm = ctl_json_object (report, "kvm");
  JsonObject *qemu = ctl_json_object (report, "qemu");
  JsonArray *layers = ctl_json_array (report, "layers");
  gboolean usable = kvm && json_object_get_boolean_member_with_default (kvm, "usable", FALSE);
  gboolean new_enough = qemu && json_object_get_boolean_member_with_default (qemu, "ok", FALSE);
  g_autofree char *kvm_text =
      g_strjoin (*ctl_json_text (kvm, "remedy") ? " " : "", ctl_json_text (kvm, "reason"),
                 ctl_json_text (kvm, "remedy"), NULL);
  CtlTable *table = ctl_table_new (3);

  ctl_table_add (table, "kernel", "", ctl_json_text (report, "kernel"));
  ctl_table_add (table, "qemu", new_enough ? "green" : "red", ctl_json_text (qemu, "text"));
  ctl_table_add (table, "kvm", usable ? "green" : "red", kvm_text);
  for (guint i = 0; layers && i < json_array_get_length (layers); i++)
    {
      JsonObject *layer = ctl_json_element (layers, i);

      ctl_table_add (table, ctl_json_text (layer, "layer"), ctl_json_text (layer, "level"),
                     ctl_json_text (layer, "text"));
    }
  ctl_table_print_free (table);
}

gboolean
ctl_doctor (const CtlCall *call, GError **error)
{
  VtLibrary *library = ctl_library (error);
  g_auto (CtlWait) wait = { NULL };
  g_autofree char *text = NULL;
  g_autoptr (JsonNode) report = NULL;

  if (!library)
    return FALSE;
  vt_library_doctor_async (library, ctl_interrupt (), ctl_wait_done, &wait);
  text = vt_library_doctor_finish (library, ctl_wait_result (&wait), error);
  if (text && ctl_call_has (call, "json"))
    return ctl_print_json_text (text, error);
  report = text ? ctl_parse_json_object (text, error) : NULL;
  if (report)
    print_doctor (json_node_get_object (report));
  return report != NULL;
}
