/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The drill's report. Runs in vitrine-vmm.
 */
#include "drill-report.h"

#include "drill/drill-list.h"
#include "drill/drill-talk-list.h"

#include <json-glib/json-glib.h>
#include <string.h>

typedef struct
{
  const char *name;
  DrillFlags flags;
  const char *what;
} Way;

#define WAY(name, function, flags, what) { name, flags, what },
#define TALK(name, channel, what) { name, 0, what },
/* The ways, then the nonsense. */
static const Way ways[] = { DRILL_ALL (WAY) DRILL_TALK (TALK) };

#define ONE(...) +1
#define N_ALL (0 DRILL_ALL (ONE))

typedef struct
{
  const char *role;
  gboolean writable_code;
  gboolean grouped;
  DrillResult results[G_N_ELEMENTS (ways)];
  guint codes[G_N_ELEMENTS (ways)];
} Jailed;

struct _DrillReport
{
  GPtrArray *jails; /* of Jailed, owned */
};

guint
drill_report_n_ways (void)
{
  return N_ALL;
}

guint
drill_report_n_talks (void)
{
  return G_N_ELEMENTS (ways) - N_ALL;
}

const char *
drill_report_way (guint number)
{
  return ways[number].name;
}

DrillReport *
drill_report_new (void)
{
  DrillReport *report = g_new0 (DrillReport, 1);

  report->jails = g_ptr_array_new_with_free_func (g_free);
  return report;
}

void
drill_report_free (DrillReport *report)
{
  g_ptr_array_unref (report->jails);
  g_free (report);
}

void
drill_report_begin (DrillReport *report, const char *role, gboolean writable_code, gboolean grouped)
{
  Jailed *jailed = g_new0 (Jailed, 1);

  jailed->role = role;
  jailed->writable_code = writable_code;
  jailed->grouped = grouped;
  g_ptr_array_add (report->jails, jailed);
}

/* What an open way of these flags is in this jail. */
static DrillResult
judge_open (const Jailed *jailed, DrillFlags flags)
{
  if (flags & DRILL_NEEDS_GROUP)
    return jailed->grouped ? DRILL_BOUNDED : DRILL_UNBOUNDED;
  if ((flags & DRILL_NEEDED_BY_TCG && jailed->writable_code) ||
      (flags & DRILL_NEEDED_BY_NET && g_str_equal (jailed->role, "net")) ||
      (flags & DRILL_NEEDED_BY_DISKS && g_str_has_prefix (jailed->role, "qemu")))
    return DRILL_NEEDED;
  return DRILL_OPEN;
}

void
drill_report_set (DrillReport *report, guint number, DrillResult result, guint code)
{
  Jailed *jailed = report->jails->pdata[report->jails->len - 1];

  if (result == DRILL_OPEN)
    result = judge_open (jailed, ways[number].flags);
  jailed->results[number] = result;
  jailed->codes[number] = code;
}

/* How many ways of a process ended so; of every result but UNTRIED for UNTRIED itself. */
static guint
count (const Jailed *jailed, DrillResult result)
{
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    n += result == DRILL_UNTRIED ? jailed->results[i] != DRILL_UNTRIED
                                 : jailed->results[i] == result;
  return n;
}

static guint
count_all (DrillReport *report, DrillResult result)
{
  guint n = 0;

  for (guint i = 0; i < report->jails->len; i++)
    n += count (report->jails->pdata[i], result);
  return n;
}

guint
drill_report_get_open (DrillReport *report)
{
  return count_all (report, DRILL_OPEN);
}

static void
add_number (JsonBuilder *builder, const char *name, guint value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, value);
}

static void
add_text (JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, value);
}

static void
add_way (JsonBuilder *builder, const Jailed *jailed, guint number)
{
  static const char *const words[] = {
    [DRILL_REFUSED] = "refused", [DRILL_KILLED] = "killed",   [DRILL_OPEN] = "open",
    [DRILL_NEEDED] = "needed",   [DRILL_BOUNDED] = "bounded", [DRILL_UNBOUNDED] = "unbounded"
  };
  DrillResult result = jailed->results[number];

  json_builder_begin_object (builder);
  add_text (builder, "name", ways[number].name);
  add_text (builder, "what", ways[number].what);
  add_text (builder, "result", words[result]);
  if (result == DRILL_REFUSED && strerrorname_np ((int) jailed->codes[number]) != NULL)
    add_text (builder, "error", strerrorname_np ((int) jailed->codes[number]));
  json_builder_end_object (builder);
}

static void
add_jail (JsonBuilder *builder, const Jailed *jailed)
{
  json_builder_begin_object (builder);
  add_text (builder, "process", jailed->role);
  add_number (builder, "tried", count (jailed, DRILL_UNTRIED));
  add_number (builder, "open", count (jailed, DRILL_OPEN));
  add_number (builder, "needed", count (jailed, DRILL_NEEDED));
  add_number (builder, "unbounded", count (jailed, DRILL_UNBOUNDED));
  json_builder_set_member_name (builder, "ways");
  json_builder_begin_array (builder);
  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    if (jailed->results[i] != DRILL_UNTRIED)
      add_way (builder, jailed, i);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

char *
drill_report_to_json (DrillReport *report)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  add_number (builder, "version", 1);
  add_number (builder, "tried", count_all (report, DRILL_UNTRIED));
  add_number (builder, "open", count_all (report, DRILL_OPEN));
  add_number (builder, "needed", count_all (report, DRILL_NEEDED));
  add_number (builder, "unbounded", count_all (report, DRILL_UNBOUNDED));
  json_builder_set_member_name (builder, "jails");
  json_builder_begin_array (builder);
  for (guint i = 0; i < report->jails->len; i++)
    add_jail (builder, report->jails->pdata[i]);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, TRUE);
}
