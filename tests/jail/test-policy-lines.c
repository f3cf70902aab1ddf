/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Every line of every table of system calls, in every situation, by the very filter that the shim
 * puts in force: what the line names gets what the line says, its neighbours do not, unless another
 * line says so; no two lines contradict one another; and no line is one that could be left out.
 */
#include "policy-model.h"

#include <errno.h>
#include <linux/audit.h>
#include <string.h>

#define NUMBERS 1024
#define X32 0x40000000

typedef void (*EachLine) (const PolicyCall *const *tables,
                          const PolicyCall *line,
                          const PolicyTerms *terms,
                          gpointer data);

static void
each_line (const Policy *policy, const PolicyTerms *terms, EachLine each, gpointer data)
{
  ModelTables tables = model_tables (policy);

  for (unsigned i = 0; tables.list[i] != NULL; i++)
    for (const PolicyCall *line = tables.list[i]; line->action != CALL_END; line++)
      each (tables.list, line, terms, data);
}

static void
check_line (const PolicyCall *const *tables,
            const PolicyCall *line,
            const PolicyTerms *terms,
            gpointer data)
{
  GArray *filter = data;
  g_autoptr (GArray) probes = model_probes (tables, line, terms);
  g_autoptr (GArray) neighbours = model_neighbours (line, terms);

  g_array_append_vals (probes, neighbours->data, neighbours->len);
  for (guint i = 0; i < probes->len; i++)
    {
      const Probe *probe = &g_array_index (probes, Probe, i);
      const PolicyCall *judge, *contrary;
      uint32_t expected = model_judge (tables, terms, probe, &judge, &contrary);
      uint32_t verdict = model_run (filter, AUDIT_ARCH_X86_64, probe);
      g_autofree char *call = model_describe (probe, MODEL_ARGUMENTS);

      if (contrary != NULL)
        g_error ("%s: \"%s\" and \"%s\" contradict one another", call, judge->why, contrary->why);
      if (verdict != expected)
        g_error ("%s: the filter says %x, the table %x (\"%s\")", call, verdict, expected,
                 judge != NULL ? judge->why : "no line");
    }
  g_assert_nonnull (line->why);
  g_assert_cmpuint (strlen (line->why), >, 2);
}

/* The filter does to each call what the tables say, no more and no less. */
static void
test_lines (gconstpointer data)
{
  const Policy *policy = data;
  ModelTables tables = model_tables (policy);

  for (unsigned i = 0; i < MODEL_SITUATIONS; i++)
    {
      const PolicyTerms *terms = &model_situations[i].terms;
      g_autoptr (GArray) filter = model_compile (tables.list, terms);

      each_line (policy, terms, check_line, filter);
    }
}

static bool
is_named (const PolicyCall *const *tables, int call)
{
  for (; *tables != NULL; tables++)
    for (const PolicyCall *line = *tables; line->action != CALL_END; line++)
      if (line->call == call)
        return true;
  return false;
}

/* Whatever no line names is refused, or kills, with any arguments; and so it is by other doors into
 * the kernel, where even a call that is allowed kills. */
static void
test_unnamed (gconstpointer data)
{
  const Policy *policy = data;
  ModelTables tables = model_tables (policy);

  for (unsigned i = 0; i < MODEL_SITUATIONS; i++)
    {
      const PolicyTerms *terms = &model_situations[i].terms;
      g_autoptr (GArray) filter = model_compile (tables.list, terms);

      for (int number = 0; number < NUMBERS; number++)
        for (int full = 0; full < 2; full++)
          {
            Probe probe = { .call = number };
            Probe x32 = { .call = number | X32 };

            memset (probe.arguments, full ? 0xff : 0, sizeof probe.arguments);
            memcpy (x32.arguments, probe.arguments, sizeof probe.arguments);
            if (!is_named (tables.list, number))
              g_assert_cmphex (model_run (filter, AUDIT_ARCH_X86_64, &probe), ==,
                               model_otherwise (terms));
            g_assert_cmphex (model_run (filter, AUDIT_ARCH_X86_64, &x32), ==,
                             SECCOMP_RET_KILL_PROCESS);
            g_assert_cmphex (model_run (filter, AUDIT_ARCH_I386, &probe), ==,
                             SECCOMP_RET_KILL_PROCESS);
            g_assert_cmphex (model_run (filter, AUDIT_ARCH_AARCH64, &probe), ==,
                             SECCOMP_RET_KILL_PROCESS);
          }
    }
}

/* The lines of one call, without one of them: other calls do not depend on it. */
static GArray *
lines_of (const PolicyCall *const *tables, int call, const PolicyCall *without)
{
  static const PolicyCall end = { .action = CALL_END };
  GArray *lines = g_array_new (FALSE, FALSE, sizeof (PolicyCall));

  for (; *tables != NULL; tables++)
    for (const PolicyCall *line = *tables; line->action != CALL_END; line++)
      if (line->call == call && line != without)
        g_array_append_val (lines, *line);
  g_array_append_val (lines, end);
  return lines;
}

static bool
makes_a_difference (const PolicyCall *const *tables,
                    const PolicyCall *line,
                    const PolicyTerms *terms)
{
  g_autoptr (GArray) all = lines_of (tables, line->call, NULL);
  g_autoptr (GArray) others = lines_of (tables, line->call, line);
  const PolicyCall *const with[] = { (const PolicyCall *) (void *) all->data, NULL };
  const PolicyCall *const without[] = { (const PolicyCall *) (void *) others->data, NULL };
  g_autoptr (GArray) whole = model_compile (with, terms);
  g_autoptr (GArray) rest = model_compile (without, terms);
  /* Those that policy-verdicts.txt shows. */
  g_autoptr (GArray) probes = model_neighbours (line, terms);

  for (guint i = 0; i < probes->len; i++)
    {
      const Probe *probe = &g_array_index (probes, Probe, i);

      if (model_run (whole, AUDIT_ARCH_X86_64, probe) != model_run (rest, AUDIT_ARCH_X86_64, probe))
        return true;
    }
  return false;
}

static void
check_needed (const PolicyCall *const *tables,
              const PolicyCall *line,
              const PolicyTerms *terms,
              gpointer data)
{
  guint *n_idle = data;
  g_autofree char *name = seccomp_syscall_resolve_num_arch (SCMP_ARCH_NATIVE, line->call);

  for (unsigned i = 0; i < MODEL_SITUATIONS; i++)
    if (makes_a_difference (tables, line, &model_situations[i].terms))
      return;
  g_test_message ("%s, \"%s\": no call fares otherwise without this line", name, line->why);
  *n_idle += 1;
}

/* Taking any line away changes what happens to a call, and so policy-verdicts.txt. */
static void
test_needed (gconstpointer data)
{
  guint n_idle = 0;

  each_line (data, NULL, check_needed, &n_idle);
  g_assert_cmpuint (n_idle, ==, 0);
}

int
main (int argc, char **argv)
{
  static const ModelTest tests[] = {
    { "lines", test_lines },
    { "unnamed", test_unnamed },
    { "needed", test_needed },
  };

  g_test_init (&argc, &argv, NULL);
  model_add_tests (tests, G_N_ELEMENTS (tests));
  return g_test_run ();
}
