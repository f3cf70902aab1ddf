/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The jails' filters, written out: for each line of the tables a call that it matches and the
 * nearest calls that it does not, and what becomes of each in every jail. policy-verdicts.txt keeps
 * that as it was last agreed to, so that no line can come, go or widen unnoticed: a change of the
 * tables shows there as calls, and in which jail.
 *
 *   test-policy-verdicts FILE          compares
 *   test-policy-verdicts --write FILE  writes it anew, to be read before it is committed
 */
#include "policy-model.h"

#include <errno.h>
#include <linux/audit.h>
#include <stdlib.h>

#define COLUMNS 7

/* Calls that fail where nothing is said, calls that kill: both are needed to tell "-" from EPERM.
 */
typedef struct
{
  const char *name;
  const Policy *policy;
  unsigned situation;
  GArray *filter;
  GArray *killing;
} Column;

static Column columns[COLUMNS] = {
  { "qemu", &policy_qemu, 0 }, { "qemu+kvm", &policy_qemu, 1 }, { "display", &policy_display, 2 },
  { "net", &policy_net, 2 },   { "nbd", &policy_nbd, 2 },       { "qemu-img", &policy_qemu_img, 2 },
  { "copy", &policy_copy, 2 },
};

static const char *const legend =
    "# What becomes of a call in each jail; made by build/tests/jail/test-policy-verdicts "
    "--write.\n"
    "# Each line of vmm/jail/policy-*.c is here with a call that it matches and the nearest ones\n"
    "# that it does not. + runs, - fails with EPERM (and kills where unknown calls kill), an "
    "errno:\n"
    "# fails so, kill: kills always. 0x1000 is the program's descriptor, 0x1092 the process "
    "itself.\n";

static unsigned
arguments_of (int call)
{
  unsigned n = 0;

  for (unsigned i = 0; i < COLUMNS; i++)
    {
      ModelTables tables = model_tables (columns[i].policy);

      for (unsigned k = 0; tables.list[k] != NULL; k++)
        for (const PolicyCall *line = tables.list[k]; line->action != CALL_END; line++)
          for (unsigned check = 0; line->call == call && check < line->n_checks; check++)
            n = MAX (n, line->checks[check].arg + 1);
    }
  return n;
}

static const char *
error_name (unsigned code)
{
  const char *name = strerrorname_np ((int) code);

  return name != NULL ? name : "?";
}

static const char *
verdict_in (const Column *column, const Probe *probe)
{
  uint32_t verdict = model_run (column->filter, AUDIT_ARCH_X86_64, probe);
  uint32_t killing = model_run (column->killing, AUDIT_ARCH_X86_64, probe);

  if (verdict == SECCOMP_RET_ALLOW)
    return "+";
  if (verdict == SECCOMP_RET_KILL_PROCESS)
    return "kill";
  return killing == verdict ? error_name (verdict & SECCOMP_RET_DATA) : "-";
}

static int
compare_probes (gconstpointer a, gconstpointer b)
{
  const Probe *one = a, *other = b;

  if (one->call != other->call)
    return one->call < other->call ? -1 : 1;
  for (unsigned i = 0; i < MODEL_ARGUMENTS; i++)
    if (one->arguments[i] != other->arguments[i])
      return one->arguments[i] < other->arguments[i] ? -1 : 1;
  return 0;
}

static GArray *
all_probes (void)
{
  GArray *probes = g_array_new (FALSE, FALSE, sizeof (Probe));

  for (unsigned i = 0; i < COLUMNS; i++)
    {
      ModelTables tables = model_tables (columns[i].policy);

      for (unsigned k = 0; tables.list[k] != NULL; k++)
        for (const PolicyCall *line = tables.list[k]; line->action != CALL_END; line++)
          {
            g_autoptr (GArray) some =
                model_neighbours (line, &model_situations[columns[i].situation].terms);

            g_array_append_vals (probes, some->data, some->len);
          }
    }
  g_array_sort (probes, compare_probes);
  return probes;
}

static char *
write_out (void)
{
  GString *text = g_string_new (legend);
  g_autoptr (GArray) probes = all_probes ();

  g_string_append_printf (text, "%-44s", "#");
  for (unsigned i = 0; i < COLUMNS; i++)
    g_string_append_printf (text, i + 1 < COLUMNS ? " %-10s" : " %s\n", columns[i].name);
  for (guint i = 0; i < probes->len; i++)
    {
      const Probe *probe = &g_array_index (probes, Probe, i);
      g_autofree char *call = model_describe (probe, arguments_of (probe->call));

      if (i > 0 && compare_probes (probe, probe - 1) == 0)
        continue;
      g_string_append_printf (text, "%-44s", call);
      for (unsigned k = 0; k < COLUMNS; k++)
        g_string_append_printf (text, k + 1 < COLUMNS ? " %-10s" : " %s\n",
                                verdict_in (&columns[k], probe));
    }
  return g_string_free (text, FALSE);
}

/* The first line that differs, and how. */
static int
report_difference (const char *agreed, const char *now, const char *path)
{
  g_auto (GStrv) olds = g_strsplit (agreed, "\n", -1);
  g_auto (GStrv) news = g_strsplit (now, "\n", -1);

  for (guint i = 0; olds[i] != NULL; i++)
    if (!g_strv_contains ((const char *const *) news, olds[i]))
      g_print ("-%s\n", olds[i]);
  for (guint i = 0; news[i] != NULL; i++)
    if (!g_strv_contains ((const char *const *) olds, news[i]))
      g_print ("+%s\n", news[i]);
  g_print ("The jails' filters differ from %s as shown. If that is meant, write it anew with "
           "--write and commit both.\n",
           path);
  return 1;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *agreed = NULL;
  g_autofree char *now = NULL;
  const char *path = argv[argc - 1];
  bool write = argc == 3 && g_str_equal (argv[1], "--write");

  if (!write && argc != 2)
    {
      g_printerr ("Usage: test-policy-verdicts [--write] FILE\n");
      return 2;
    }
  for (unsigned i = 0; i < COLUMNS; i++)
    {
      ModelTables tables = model_tables (columns[i].policy);
      const ModelSituation *situation = &model_situations[columns[i].situation];

      columns[i].filter = model_compile (tables.list, &situation->terms);
      columns[i].killing = model_compile (tables.list, &situation[MODEL_SITUATIONS / 2].terms);
    }
  now = write_out ();
  for (unsigned i = 0; i < COLUMNS; i++)
    {
      g_array_unref (columns[i].filter);
      g_array_unref (columns[i].killing);
    }
  if (write ? !g_file_set_contents (path, now, -1, &error)
            : !g_file_get_contents (path, &agreed, NULL, &error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  return write || g_str_equal (agreed, now) ? 0 : report_difference (agreed, now, path);
}
