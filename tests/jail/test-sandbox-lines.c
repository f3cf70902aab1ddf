/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The second filters, which programs of ours put on themselves, judged call by call on the filters
 * as they are put in force: each line takes away what it says and nothing beside it, what no line
 * names stays as the jail's own filter has it, and both together leave none of the ways out.
 */
#include "policy-model.h"
#include "sandbox-lines.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#define NUMBERS 1024
#define JUNK 0xa5a5a5a5a5a5a5a5ull

static const struct
{
  const char *name;
  SandboxKind kind;
  const Policy *jail;
} programs[] = {
  { "display", SANDBOX_DISPLAY, &policy_display },
  { "nbd", SANDBOX_NBD, &policy_nbd },
  { "net", SANDBOX_NET, &policy_net },
  { "bridge", SANDBOX_BRIDGE, &policy_net },
};

/* struct sock_filter */
static GArray *
compile (SandboxKind kind)
{
  int error = 0;
  scmp_filter_ctx filter = sandbox_filter_new (kind, &error);

  g_assert_nonnull (filter);
  return model_export (filter);
}

static bool
matches (const SandboxLine *line, const Probe *probe)
{
  uint64_t value = probe->arguments[line->check.arg];

  if (line->call != probe->call)
    return false;
  if (line->n_checks == 0)
    return true;
  return line->check.op == SCMP_CMP_EQ ? value == line->check.datum_a
                                       : (value & line->check.datum_a) == line->check.datum_b;
}

/* By the table alone. */
static uint32_t
expected (SandboxKind kind, const Probe *probe)
{
  guint n;
  const SandboxLine *lines = sandbox_lines (&n);

  for (guint i = 0; i < n; i++)
    if (!sandbox_keeps (kind, probe->call) && matches (&lines[i], probe))
      return lines[i].kills ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | EPERM;
  return SECCOMP_RET_ALLOW;
}

static void
check (GArray *filter, SandboxKind kind, const Probe *probe)
{
  uint32_t verdict = model_run (filter, AUDIT_ARCH_X86_64, probe);
  g_autofree char *call = model_describe (probe, MODEL_ARGUMENTS);

  if (verdict != expected (kind, probe))
    g_error ("%s: the filter says %x, the table %x", call, verdict, expected (kind, probe));
}

/* The call that a line names, with each bit of what it looks at turned, and all else full of junk.
 */
static void
check_line (GArray *filter, SandboxKind kind, const SandboxLine *line)
{
  Probe probe = { .call = line->call };
  uint64_t value = line->check.op == SCMP_CMP_EQ ? line->check.datum_a : line->check.datum_b;

  for (guint full = 0; full < 2; full++)
    {
      for (guint i = 0; i < MODEL_ARGUMENTS; i++)
        probe.arguments[i] = full ? JUNK : 0;
      check (filter, kind, &probe);
      if (line->n_checks == 0)
        continue;
      probe.arguments[line->check.arg] = value;
      check (filter, kind, &probe);
      for (guint bit = 0; bit < 64; bit++)
        {
          probe.arguments[line->check.arg] = value ^ 1ull << bit;
          check (filter, kind, &probe);
        }
    }
}

static void
test_lines (gconstpointer data)
{
  SandboxKind kind = programs[GPOINTER_TO_SIZE (data)].kind;
  g_autoptr (GArray) filter = compile (kind);
  guint n;
  const SandboxLine *lines = sandbox_lines (&n);

  for (guint i = 0; i < n; i++)
    {
      g_assert_cmpuint (strlen (lines[i].why), >, 2);
      g_assert_cmpuint (lines[i].n_checks, <=, 1);
      g_assert_true (lines[i].check.op == SCMP_CMP_EQ || lines[i].check.op == SCMP_CMP_MASKED_EQ ||
                     lines[i].n_checks == 0);
      check_line (filter, kind, &lines[i]);
    }
  for (int number = 0; number < NUMBERS; number++)
    {
      Probe probe = { .call = number };

      check (filter, kind, &probe);
      memset (probe.arguments, 0xa5, sizeof probe.arguments);
      check (filter, kind, &probe);
    }
}

/* A line that another one covers would say nothing. */
static void
test_no_line_twice (void)
{
  guint n;
  const SandboxLine *lines = sandbox_lines (&n);

  for (guint i = 0; i < n; i++)
    for (guint k = i + 1; k < n; k++)
      {
        if (lines[i].call != lines[k].call)
          continue;
        g_assert_cmpuint (lines[i].n_checks, ==, 1);
        g_assert_cmpuint (lines[k].n_checks, ==, 1);
        g_assert_false (lines[i].check.arg == lines[k].check.arg &&
                        lines[i].check.datum_a == lines[k].check.datum_a &&
                        lines[i].check.datum_b == lines[k].check.datum_b);
      }
}

/* Calls of other architectures have other numbers. */
static void
test_architectures (gconstpointer data)
{
  g_autoptr (GArray) filter = compile (programs[GPOINTER_TO_SIZE (data)].kind);
  const Probe probe = { .call = SCMP_SYS (read) };

  g_assert_cmphex (model_run (filter, AUDIT_ARCH_X86_64, &probe), ==, SECCOMP_RET_ALLOW);
  g_assert_cmphex (model_run (filter, AUDIT_ARCH_I386, &probe), ==, SECCOMP_RET_KILL_PROCESS);
  g_assert_cmphex (model_run (filter, AUDIT_ARCH_AARCH64, &probe), ==, SECCOMP_RET_KILL_PROCESS);
}

#define OVER(name, ...)                                                                            \
  {                                                                                                \
    { SCMP_SYS (name), { __VA_ARGS__ } }, FALSE                                                    \
  }
#define OVER_BUT_FOR_NET(name, ...)                                                                \
  {                                                                                                \
    { SCMP_SYS (name), { __VA_ARGS__ } }, TRUE                                                     \
  }

/* Written down here once more, apart from the tables: what no program of ours can do once it runs.
 */
static const struct
{
  Probe probe;
  gboolean net_may;
} over[] = {
  OVER (open, 0x7fff0000, 0),
  OVER (openat, (uint64_t) -100, 0x7fff0000, 0),
  OVER (openat2, (uint64_t) -100, 0x7fff0000),
  OVER (creat, 0x7fff0000),
  OVER (stat, 0x7fff0000),
  OVER (access, 0x7fff0000),
  OVER (readlink, 0x7fff0000),
  OVER (unlink, 0x7fff0000),
  OVER (rename, 0x7fff0000),
  OVER (execve, 0x7fff0000),
  OVER (execveat, 5, 0x7fff0000, 0, 0, 0x1000),
  OVER (execveat, 4096, 0x7fff0000, 0, 0, 0x1100),
  OVER (fork),
  OVER (vfork),
  OVER (clone, SIGCHLD),
  OVER (clone, CLONE_NEWUSER | SIGCHLD),
  OVER (clone3, 0x7fff0000, 88),
  OVER (kill, 1, 9),
  OVER (bind, 5),
  OVER (listen, 5, 1),
  OVER (socket, AF_UNIX, SOCK_STREAM, 0),
  OVER (socket, AF_INET, SOCK_RAW, IPPROTO_TCP),
  OVER_BUT_FOR_NET (socket, AF_INET, SOCK_STREAM, 0),
  OVER_BUT_FOR_NET (socket, AF_INET6, SOCK_DGRAM, 0),
  OVER_BUT_FOR_NET (connect, 5),
  OVER (mmap, 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, 5),
  OVER (mmap, 0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS),
  OVER (mprotect, 0x7fff0000, 4096, PROT_READ | PROT_EXEC),
  OVER (pkey_mprotect, 0x7fff0000, 4096, PROT_EXEC),
  OVER (ptrace, 16, 1),
  OVER (process_vm_readv, 1),
  OVER (unshare, CLONE_NEWUSER),
  OVER (setns, 5),
  OVER (mount, 0x7fff0000),
  OVER (bpf, 0),
  OVER (io_uring_setup, 8),
  OVER (userfaultfd, 0),
  OVER (seccomp, 1, 0, 0x7fff0000),
  OVER (prctl, PR_SET_SECCOMP, 2, 0x7fff0000),
  OVER (prlimit64, 0, 7, 0x7fff0000),
  OVER (prlimit64, 0, 7, 0, 0x7fff0000),
};

/* Whether the program could do what the line names, were it not for the line. */
static gboolean
takes_away (const SandboxLine *line, gsize program)
{
  const PolicyTerms *terms = &model_situations[2].terms;
  ModelTables tables = model_tables (programs[program].jail);
  const PolicyCall *found, *contrary;

  for (guint t = 0; tables.list[t] != NULL; t++)
    for (const PolicyCall *first = tables.list[t]; first->action != CALL_END; first++)
      {
        Probe probe = model_example (first, terms, 0);

        if (first->call != line->call || sandbox_keeps (programs[program].kind, line->call))
          continue;
        if (line->n_checks > 0)
          probe.arguments[line->check.arg] =
              line->check.op == SCMP_CMP_EQ ? line->check.datum_a : line->check.datum_b;
        if (model_judge (tables.list, terms, &probe, &found, &contrary) == SECCOMP_RET_ALLOW)
          return TRUE;
      }
  return FALSE;
}

/* A line is needed, or says that it is one that the jails' own tables make up for. */
static void
test_needed (void)
{
  guint n;
  const SandboxLine *lines = sandbox_lines (&n);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = seccomp_syscall_resolve_num_arch (SCMP_ARCH_NATIVE, lines[i].call);
      gboolean needed = FALSE;

      for (gsize p = 0; p < G_N_ELEMENTS (programs) && !needed; p++)
        needed = takes_away (&lines[i], p);
      if (needed == lines[i].again)
        g_error ("%s (%s): %s", name, lines[i].why,
                 needed ? "a jail's own filter allows it" : "no jail's own filter allows it");
    }
}

/* Of two filters the kernel obeys the stricter. */
static void
test_both (gconstpointer data)
{
  gsize index = GPOINTER_TO_SIZE (data);
  g_autoptr (GArray) second = compile (programs[index].kind);
  ModelTables tables = model_tables (programs[index].jail);

  for (guint s = 0; s < MODEL_SITUATIONS; s++)
    {
      g_autoptr (GArray) first = model_compile (tables.list, &model_situations[s].terms);

      for (guint i = 0; i < G_N_ELEMENTS (over); i++)
        {
          gboolean may = over[i].net_may && programs[index].kind == SANDBOX_NET;
          gboolean can =
              model_run (first, AUDIT_ARCH_X86_64, &over[i].probe) == SECCOMP_RET_ALLOW &&
              model_run (second, AUDIT_ARCH_X86_64, &over[i].probe) == SECCOMP_RET_ALLOW;
          g_autofree char *call = model_describe (&over[i].probe, MODEL_ARGUMENTS);

          if (can != may)
            g_error ("%s %s %s", programs[index].name, can ? "can still do" : "cannot do", call);
        }
    }
}

/* Each line that is needed is missed by test_both () if it is taken away. */
static void
test_missed (void)
{
  const PolicyTerms *terms = &model_situations[2].terms;
  const PolicyCall *found, *contrary;
  guint n;
  const SandboxLine *lines = sandbox_lines (&n);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = seccomp_syscall_resolve_num_arch (SCMP_ARCH_NATIVE, lines[i].call);
      gboolean missed = lines[i].again;

      for (gsize p = 0; p < G_N_ELEMENTS (programs); p++)
        for (guint k = 0; k < G_N_ELEMENTS (over); k++)
          missed |= matches (&lines[i], &over[k].probe) &&
                    !sandbox_keeps (programs[p].kind, lines[i].call) &&
                    model_judge (model_tables (programs[p].jail).list, terms, &over[k].probe,
                                 &found, &contrary) == SECCOMP_RET_ALLOW;
      if (!missed)
        g_error ("No call is tried that is over by %s (%s) alone", name, lines[i].why);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (programs); i++)
    {
      g_autofree char *lines = g_strconcat ("/sandbox-lines/lines/", programs[i].name, NULL);
      g_autofree char *both = g_strconcat ("/sandbox-lines/both/", programs[i].name, NULL);
      g_autofree char *other =
          g_strconcat ("/sandbox-lines/architectures/", programs[i].name, NULL);

      g_test_add_data_func (lines, GSIZE_TO_POINTER (i), test_lines);
      g_test_add_data_func (both, GSIZE_TO_POINTER (i), test_both);
      g_test_add_data_func (other, GSIZE_TO_POINTER (i), test_architectures);
    }
  g_test_add_func ("/sandbox-lines/no-line-twice", test_no_line_twice);
  g_test_add_func ("/sandbox-lines/needed", test_needed);
  g_test_add_func ("/sandbox-lines/missed", test_missed);
  return g_test_run ();
}
