/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Which lines of the tables were used by calls that somebody saw: the other half of
 * build-aux/policy-usage, and the test that every line was, but for those that say for which host
 * they are kept (FOR).
 *
 *   policy-usage --calls     the names of all calls in the tables
 *   policy-usage FILE        reads "KIND tcg|kvm|none NAME HEX..." lines, prints what no call used;
 *                            fails if there is any without a mark
 *   policy-usage --few FILE  prints one of those lines for each line of the tables
 *   policy-usage --without FILE  takes each used line away and asks the filter that is left about
 * the call that used it; fails if that still gets the same answer
 */
#include "policy-model.h"

#include <linux/audit.h>
#include <stdio.h>
#include <stdlib.h>

/* Lines that were used, as "KIND pointer": a line of the common tables counts for each kind. */
static GHashTable *used;
static gboolean seen[MODEL_POLICIES][3];
static gboolean few;
static gboolean without;
static unsigned useless;
static unsigned missing;

static void
each_line_of (const Policy *policy,
              void (*each) (const PolicyCall *line, gpointer data),
              gpointer data)
{
  ModelTables tables = model_tables (policy);

  for (unsigned i = 0; tables.list[i] != NULL; i++)
    for (const PolicyCall *line = tables.list[i]; line->action != CALL_END; line++)
      each (line, data);
}

static char *
key_of (const Policy *policy, const PolicyCall *line)
{
  return g_strdup_printf ("%s %p", policy->name, (const void *) line);
}

static void
print_call (const PolicyCall *line, gpointer data)
{
  g_autofree char *name = seccomp_syscall_resolve_num_arch (SCMP_ARCH_NATIVE, line->call);

  if (g_hash_table_add (used, g_strdup (name)))
    g_print ("%s\n", name);
}

typedef struct
{
  const Policy *policy;
  PolicyTerms terms;
  Probe probe;
  gboolean new;
} Seen;

static void
mark (const PolicyCall *line, gpointer data)
{
  Seen *call = data;

  if (line->action != CALL_KILL && model_matches (line, &call->terms, &call->probe) &&
      g_hash_table_add (used, key_of (call->policy, line)))
    call->new = TRUE;
}

/* What the filter of a policy says without one line (NULL: with all). Unknown calls kill in it, so
 * that a line that refuses shows too. */
static uint32_t
verdict_without (const Seen *call, const PolicyCall *line)
{
  ModelTables tables = model_tables (call->policy);
  g_autoptr (GArray) rest = g_array_new (FALSE, FALSE, sizeof (PolicyCall));
  g_autoptr (GArray) program = NULL;
  const PolicyCall end = { .action = CALL_END };
  PolicyTerms terms = call->terms;

  for (unsigned i = 0; tables.list[i] != NULL; i++)
    for (const PolicyCall *other = tables.list[i]; other->action != CALL_END; other++)
      if (other != line)
        g_array_append_val (rest, *other);
  g_array_append_val (rest, end);
  tables.list[0] = (const PolicyCall *) (void *) rest->data;
  tables.list[1] = NULL;
  terms.kill_unknown = true;
  program = model_compile (tables.list, &terms);
  return model_run (program, AUDIT_ARCH_X86_64, &call->probe);
}

static void
take_away (const PolicyCall *line, gpointer data)
{
  const Seen *call = data;
  g_autofree char *text = NULL;

  if (line->action == CALL_KILL || !model_matches (line, &call->terms, &call->probe) ||
      !g_hash_table_add (used, key_of (call->policy, line)))
    return;
  if (verdict_without (call, line) != verdict_without (call, NULL))
    return;
  text = model_describe (&call->probe, MODEL_ARGUMENTS);
  g_print ("%s: %s does not need the line \"%s\"\n", call->policy->name, text, line->why);
  useless++;
}

static void
take (char **words)
{
  static const char *const situations[] = { "tcg", "kvm", "none" };
  Seen call = { 0 };
  unsigned kind = 0, situation = 0;

  while (kind < MODEL_POLICIES && !g_str_equal (words[0], model_policies[kind]->name))
    kind++;
  while (situation < 3 && !g_str_equal (words[1], situations[situation]))
    situation++;
  if (kind == MODEL_POLICIES || situation == 3)
    {
      g_printerr ("Not a kind of jail: %s %s\n", words[0], words[1]);
      exit (2);
    }
  call.policy = model_policies[kind];
  call.terms = model_situations[situation].terms;
  call.probe.call = seccomp_syscall_resolve_name (words[2]);
  for (unsigned i = 0; i < MODEL_ARGUMENTS && words[3 + i] != NULL; i++)
    call.probe.arguments[i] = g_ascii_strtoull (words[3 + i], NULL, 16);
  /* The filter knew the process and the descriptor; it killed for any other. */
  call.terms.self = (pid_t) call.probe.arguments[0];
  call.terms.binary_fd = (int) call.probe.arguments[0];
  seen[kind][situation] = TRUE;
  each_line_of (call.policy, without ? take_away : mark, &call);
  if (few && call.new)
    {
      g_autofree char *text = g_strjoinv (" ", words);

      g_print ("%s\n", text);
    }
}

static bool
applied (unsigned kind, const PolicyCall *line)
{
  for (unsigned i = 0; i < 3; i++)
    if (seen[kind][i] && model_applies (line, &model_situations[i].terms))
      return true;
  return false;
}

static bool
in_common (const PolicyCall *line)
{
  for (const PolicyCall *other = policy_common_calls; other->action != CALL_END; other++)
    if (other == line)
      return true;
  return false;
}

/* A common line is needed if any program uses it. */
static bool
is_used (unsigned kind, const PolicyCall *line)
{
  for (unsigned i = 0; i < MODEL_POLICIES; i++)
    {
      g_autofree char *key = key_of (model_policies[i], line);

      if ((i == kind || in_common (line)) && g_hash_table_contains (used, key))
        return true;
    }
  return false;
}

static void
report (const PolicyCall *line, gpointer data)
{
  unsigned kind = GPOINTER_TO_UINT (data);
  const char *table = in_common (line) ? "common" : model_policies[kind]->name;
  Probe probe = model_example (line, &model_situations[0].terms, 0);
  unsigned n_arguments = 0;
  g_autofree char *call = NULL;

  if (line->action == CALL_KILL || is_used (kind, line) ||
      !g_hash_table_add (used, g_strdup_printf ("reported %p", (const void *) line)))
    return;
  for (unsigned i = 0; i < line->n_checks; i++)
    n_arguments = MAX (n_arguments, line->checks[i].arg + 1);
  call = model_describe (&probe, n_arguments);
  g_print ("%-9s %-8s %-28s %s%s\n", table, line->action == CALL_ALLOW ? "allows" : "refuses", call,
           line->why, applied (kind, line) ? "" : " [no such jail in this run]");
  missing += line->why[0] != '[';
}

static gboolean
read_calls (const char *path)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return FALSE;
  lines = g_strsplit (text, "\n", -1);
  for (unsigned i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) words = g_strsplit (g_strchomp (lines[i]), " ", -1);

      if (lines[i][0] != '#' && g_strv_length (words) >= 3)
        take (words);
    }
  return TRUE;
}

int
main (int argc, char **argv)
{
  used = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (argc == 2 && g_str_equal (argv[1], "--calls"))
    {
      for (unsigned i = 0; i < MODEL_POLICIES; i++)
        each_line_of (model_policies[i], print_call, NULL);
      return 0;
    }
  few = argc == 3 && g_str_equal (argv[1], "--few");
  without = argc == 3 && g_str_equal (argv[1], "--without");
  if (argc < 2 || !read_calls (argv[argc - 1]))
    {
      g_printerr ("policy-usage: there is no list of calls\n");
      return 2;
    }
  for (unsigned i = 0; i < MODEL_POLICIES && !few && !without; i++)
    for (unsigned k = 0; k < 3; k++)
      if (seen[i][k])
        {
          each_line_of (model_policies[i], report, GUINT_TO_POINTER (i));
          break;
        }
  if (without)
    g_print ("%u lines taken away, %u without a difference\n", g_hash_table_size (used), useless);
  g_hash_table_unref (used);
  if (missing > 0)
    g_print ("%u lines without a mark: remove them, or say for which host they are kept\n",
             missing);
  return missing > 0 || useless > 0;
}
