/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Which lines of the tables were used by calls that somebody saw: the other half of
 * build-aux/policy-usage.
 *
 *   policy-usage --calls   the names of all calls in the tables
 *   policy-usage           reads "KIND tcg|kvm|none NAME HEX..." lines, prints what no call used
 */
#include "policy-model.h"

#include <stdio.h>
#include <stdlib.h>

/* Lines that were used, as "KIND pointer": a line of the common tables counts for each kind. */
static GHashTable *used;
static gboolean seen[MODEL_POLICIES][3];

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
} Seen;

static void
mark (const PolicyCall *line, gpointer data)
{
  Seen *call = data;

  if (model_matches (line, &call->terms, &call->probe))
    g_hash_table_add (used, key_of (call->policy, line));
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
  each_line_of (call.policy, mark, &call);
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
  const char *remark = applied (kind, line) ? "" : " [no such jail in this run]";
  Probe probe = model_example (line, &model_situations[0].terms, 0);
  unsigned n_arguments = 0;
  g_autofree char *call = NULL;

  if (line->action == CALL_KILL || is_used (kind, line))
    return;
  for (unsigned i = 0; i < line->n_checks; i++)
    n_arguments = MAX (n_arguments, line->checks[i].arg + 1);
  call = model_describe (&probe, n_arguments);
  g_print ("%-9s %-8s %-28s %s%s\n", table, line->action == CALL_ALLOW ? "allows" : "refuses", call,
           line->why, remark);
}

int
main (int argc, char **argv)
{
  char *text = NULL;
  size_t size = 0;

  used = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (argc == 2 && g_str_equal (argv[1], "--calls"))
    {
      for (unsigned i = 0; i < MODEL_POLICIES; i++)
        each_line_of (model_policies[i], print_call, NULL);
      return 0;
    }
  while (getline (&text, &size, stdin) > 0)
    {
      g_auto (GStrv) words = g_strsplit (g_strchomp (text), " ", -1);

      if (g_strv_length (words) >= 3)
        take (words);
    }
  free (text);
  for (unsigned i = 0; i < MODEL_POLICIES; i++)
    for (unsigned k = 0; k < 3; k++)
      if (seen[i][k])
        {
          each_line_of (model_policies[i], report, GUINT_TO_POINTER (i));
          break;
        }
  g_hash_table_unref (used);
  return 0;
}
