/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The isolation report. Runs in vitrine-vmm.
 */
#include "isolation-report.h"

#include "isolation-facts.h"
#include "isolation-judge.h"

#include <json-glib/json-glib.h>
#include <unistd.h>

const char *
isolation_level_word (IsolationLevel level)
{
  static const char *const words[] = { "green", "amber", "red" };

  return words[level];
}

static void
look_at (GPtrArray *rows, const IsolationProcess *process, const IsolationFacts *supervisor)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IsolationFacts) facts =
      process->pid > 0 ? isolation_facts_read (process->pid, &error) : NULL;

  if (facts != NULL)
    isolation_judge_process (rows, process, facts, supervisor);
  else
    isolation_judge_unknown (rows, process, error != NULL ? error->message : "it does not run yet");
}

static void
summarize (IsolationReport *report)
{
  const IsolationRow *worst = NULL;

  for (guint i = 0; i < report->rows->len; i++)
    {
      const IsolationRow *row = g_ptr_array_index (report->rows, i);

      if (row->level > report->level)
        {
          report->level = row->level;
          worst = row;
        }
    }
  report->reason = g_strdup (worst != NULL ? worst->text : "Every layer of the jail holds.");
}

IsolationReport *
isolation_report_new (const IsolationSubject *subject)
{
  IsolationReport *report = g_new0 (IsolationReport, 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (IsolationFacts) supervisor = isolation_facts_read (getpid (), &error);

  report->emulated = !subject->hardware;
  report->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) isolation_row_free);
  isolation_judge_guest (report->rows, subject);
  for (guint i = 0; i < subject->n_processes; i++)
    if (supervisor != NULL)
      look_at (report->rows, &subject->processes[i], supervisor);
    else
      isolation_judge_unknown (report->rows, &subject->processes[i], error->message);
  summarize (report);
  return report;
}

/* Layers that a start may miss: they are not the jail's, or ask for what nobody set up. */
static gboolean
is_optional (const IsolationRow *row, gboolean emulated)
{
  static const char *const optional[] = { "accelerator", "machine", "cgroup", "lsm" };

  for (guint i = 0; i < G_N_ELEMENTS (optional); i++)
    if (g_str_equal (row->layer, optional[i]))
      return TRUE;
  return emulated && g_str_equal (row->layer, "code") && row->level == ISOLATION_AMBER;
}

char *
isolation_report_find_missing (const IsolationReport *report)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < report->rows->len; i++)
    {
      const IsolationRow *row = g_ptr_array_index (report->rows, i);

      if (row->level != ISOLATION_GREEN && !is_optional (row, report->emulated))
        g_string_append_printf (text, "%s%s of %s: %s", text->len > 0 ? " " : "", row->layer,
                                row->process, row->text);
    }
  return text->len > 0 ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
}

static void
add_string (JsonBuilder *builder, const char *name, const char *value)
{
  g_autofree char *valid = g_utf8_make_valid (value, -1);

  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, valid);
}

static void
add_row (JsonBuilder *builder, const IsolationRow *row)
{
  json_builder_begin_object (builder);
  add_string (builder, "layer", row->layer);
  add_string (builder, "process", row->process);
  json_builder_set_member_name (builder, "pid");
  json_builder_add_int_value (builder, row->pid);
  add_string (builder, "wanted", row->wanted);
  add_string (builder, "found", row->found);
  add_string (builder, "level", isolation_level_word (row->level));
  add_string (builder, "text", row->text);
  json_builder_end_object (builder);
}

char *
isolation_report_to_json (const IsolationReport *report)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "version");
  json_builder_add_int_value (builder, 1);
  add_string (builder, "level", isolation_level_word (report->level));
  add_string (builder, "reason", report->reason);
  json_builder_set_member_name (builder, "rows");
  json_builder_begin_array (builder);
  for (guint i = 0; i < report->rows->len; i++)
    add_row (builder, g_ptr_array_index (report->rows, i));
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}

void
isolation_report_free (IsolationReport *report)
{
  if (report == NULL)
    return;
  g_free (report->reason);
  g_ptr_array_unref (report->rows);
  g_free (report);
}
