/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * See the header. It repeats what policy-filter.c does about conditions on purpose: the two must
 * agree.
 */
#include "policy-model.h"

#include "bpf-interpreter.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define JUNK 0xa5a5a5a5a5a5a5a5ull
/* As a process's would be. */
#define BINARY_FD 4096
#define SELF 4242

const Policy *const model_policies[] = { &policy_qemu,     &policy_display, &policy_net,
                                         &policy_qemu_img, &policy_nbd,     &policy_copy };

#define SITUATION(text, ...)                                                                       \
  {                                                                                                \
    text,                                                                                          \
    {                                                                                              \
      __VA_ARGS__, .binary_fd = BINARY_FD, .self = SELF                                            \
    }                                                                                              \
  }

const ModelSituation model_situations[] = {
  SITUATION ("translator", .writable_code = true),
  SITUATION ("KVM", .kvm = true),
  SITUATION ("neither", .kvm = false),
  SITUATION ("translator, unknown calls kill", .writable_code = true, .kill_unknown = true),
  SITUATION ("KVM, unknown calls kill", .kvm = true, .kill_unknown = true),
  SITUATION ("neither, unknown calls kill", .kill_unknown = true),
};

ModelTables
model_tables (const Policy *policy)
{
  if (policy->alone)
    return (ModelTables) { { policy->calls, policy_killed_calls, NULL } };
  return (ModelTables) { { policy_common_calls, policy->calls, policy_killed_calls, NULL } };
}

bool
model_applies (const PolicyCall *line, const PolicyTerms *terms)
{
  return line->when == WHEN_ALWAYS || (line->when == WHEN_KVM && terms->kvm) ||
         (line->when == WHEN_WRITABLE_CODE && terms->writable_code) ||
         (line->when == WHEN_PROTECTED_CODE && !terms->writable_code);
}

static uint64_t
datum (const struct scmp_arg_cmp *check, const PolicyTerms *terms)
{
  return check->datum_a == SELF_PID_PLACEHOLDER  ? (uint64_t) terms->self
         : check->datum_a == EXEC_FD_PLACEHOLDER ? (uint64_t) terms->binary_fd
                                                 : check->datum_a;
}

static bool
holds (const struct scmp_arg_cmp *check, const PolicyTerms *terms, uint64_t value)
{
  switch (check->op)
    {
    case SCMP_CMP_EQ:
      return value == datum (check, terms);
    case SCMP_CMP_NE:
      return value != datum (check, terms);
    case SCMP_CMP_MASKED_EQ:
      return (value & check->datum_a) == check->datum_b;
    default:
      g_error ("The model does not know comparison %d", check->op);
    }
}

bool
model_matches (const PolicyCall *line, const PolicyTerms *terms, const Probe *probe)
{
  if (line->call != probe->call || !model_applies (line, terms))
    return false;
  for (unsigned i = 0; i < line->n_checks; i++)
    if (!holds (&line->checks[i], terms, probe->arguments[line->checks[i].arg]))
      return false;
  return true;
}

uint32_t
model_otherwise (const PolicyTerms *terms)
{
  return terms->kill_unknown ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | EPERM;
}

uint32_t
model_verdict_of (const PolicyCall *line)
{
  return line->action == CALL_ALLOW    ? SECCOMP_RET_ALLOW
         : line->action == CALL_REFUSE ? SECCOMP_RET_ERRNO | (uint32_t) line->code
                                       : SECCOMP_RET_KILL_PROCESS;
}

uint32_t
model_judge (const PolicyCall *const *tables,
             const PolicyTerms *terms,
             const Probe *probe,
             const PolicyCall **ret_line,
             const PolicyCall **ret_contrary)
{
  uint32_t verdict = model_otherwise (terms);

  *ret_line = *ret_contrary = NULL;
  for (; *tables != NULL; tables++)
    for (const PolicyCall *line = *tables; line->action != CALL_END; line++)
      {
        if (!model_matches (line, terms, probe))
          continue;
        if (*ret_line != NULL && verdict != model_verdict_of (line))
          *ret_contrary = line;
        if (*ret_line != NULL)
          continue;
        verdict = model_verdict_of (line);
        *ret_line = line;
      }
  return verdict;
}

static uint64_t
example_of (const struct scmp_arg_cmp *check, const PolicyTerms *terms)
{
  switch (check->op)
    {
    case SCMP_CMP_EQ:
      return datum (check, terms);
    case SCMP_CMP_NE:
      return datum (check, terms) + 1;
    default:
      return check->datum_b;
    }
}

Probe
model_example (const PolicyCall *line, const PolicyTerms *terms, uint64_t rest)
{
  Probe probe = { .call = line->call };

  for (unsigned i = 0; i < MODEL_ARGUMENTS; i++)
    probe.arguments[i] = rest;
  for (unsigned i = 0; i < line->n_checks; i++)
    probe.arguments[line->checks[i].arg] = example_of (&line->checks[i], terms);
  return probe;
}

static void
add (GArray *probes, Probe probe, unsigned argument, uint64_t value)
{
  probe.arguments[argument] = value;
  g_array_append_val (probes, probe);
}

/* uint64_t: what any line of this call compares this argument with. */
static GArray *
values_of (const PolicyCall *const *tables, const PolicyTerms *terms, int call, unsigned argument)
{
  GArray *values = g_array_new (FALSE, FALSE, sizeof (uint64_t));

  for (; *tables != NULL; tables++)
    for (const PolicyCall *line = *tables; line->action != CALL_END; line++)
      for (unsigned i = 0; line->call == call && i < line->n_checks; i++)
        {
          uint64_t masked = line->checks[i].datum_a;
          uint64_t value = example_of (&line->checks[i], terms);

          if (line->checks[i].arg != argument)
            continue;
          g_array_append_val (values, value);
          if (line->checks[i].op != SCMP_CMP_MASKED_EQ)
            value = datum (&line->checks[i], terms);
          else
            value ^= masked;
          g_array_append_val (values, value);
        }
  return values;
}

/* Every value of one argument with every value of another. */
static void
add_pairs (GArray *probes,
           const PolicyCall *const *tables,
           const PolicyTerms *terms,
           Probe probe,
           unsigned one,
           unsigned other)
{
  g_autoptr (GArray) ones = values_of (tables, terms, probe.call, one);
  g_autoptr (GArray) others = values_of (tables, terms, probe.call, other);

  for (unsigned i = 0; i < ones->len; i++)
    for (unsigned k = 0; k < others->len; k++)
      {
        probe.arguments[one] = g_array_index (ones, uint64_t, i);
        add (probes, probe, other, g_array_index (others, uint64_t, k));
      }
}

GArray *
model_probes (const PolicyCall *const *tables, const PolicyCall *line, const PolicyTerms *terms)
{
  GArray *probes = g_array_new (FALSE, FALSE, sizeof (Probe));
  Probe probe = model_example (line, terms, 0);
  Probe full = model_example (line, terms, JUNK);

  g_array_append_val (probes, probe);
  g_array_append_val (probes, full);
  for (unsigned i = 0; i < line->n_checks; i++)
    {
      unsigned argument = line->checks[i].arg;
      uint64_t value = probe.arguments[argument];
      g_autoptr (GArray) values = values_of (tables, terms, line->call, argument);

      add (probes, probe, argument, value + 1);
      add (probes, probe, argument, value - 1);
      for (unsigned bit = 0; bit < 64; bit++)
        {
          add (probes, probe, argument, value ^ 1ull << bit);
          add (probes, full, argument, value ^ 1ull << bit);
        }
      for (unsigned k = 0; k < values->len; k++)
        add (probes, probe, argument, g_array_index (values, uint64_t, k));
    }
  for (unsigned one = 0; one < MODEL_ARGUMENTS; one++)
    for (unsigned other = one + 1; other < MODEL_ARGUMENTS; other++)
      add_pairs (probes, tables, terms, probe, one, other);
  return probes;
}

GArray *
model_neighbours (const PolicyCall *line, const PolicyTerms *terms)
{
  GArray *probes = g_array_new (FALSE, FALSE, sizeof (Probe));
  Probe probe = model_example (line, terms, 0);

  g_array_append_val (probes, probe);
  for (unsigned i = 0; i < line->n_checks; i++)
    {
      const struct scmp_arg_cmp *check = &line->checks[i];
      uint64_t value = probe.arguments[check->arg];

      if (check->op == SCMP_CMP_NE)
        add (probes, probe, check->arg, datum (check, terms));
      else if (check->op == SCMP_CMP_EQ)
        add (probes, probe, check->arg, value + 1);
      for (unsigned bit = 0; bit < 64 && check->op == SCMP_CMP_MASKED_EQ; bit++)
        if (check->datum_a & 1ull << bit)
          add (probes, probe, check->arg, value ^ 1ull << bit);
    }
  return probes;
}

GArray *
model_export (scmp_filter_ctx filter)
{
  GArray *program = g_array_new (FALSE, FALSE, sizeof (struct sock_filter));
  int fd = memfd_create ("filter", MFD_CLOEXEC);
  struct stat info;

  g_assert_cmpint (seccomp_export_bpf (filter, fd), ==, 0);
  seccomp_release (filter);
  g_assert_cmpint (fstat (fd, &info), ==, 0);
  g_array_set_size (program, (guint) (info.st_size / (off_t) sizeof (struct sock_filter)));
  g_assert_cmpint (pread (fd, program->data, (size_t) info.st_size, 0), ==, info.st_size);
  close (fd);
  return program;
}

GArray *
model_compile (const PolicyCall *const *tables, const PolicyTerms *terms)
{
  const PolicyCall *line;
  int error;
  scmp_filter_ctx filter = policy_filter_new (tables, terms, &error, &line);

  if (filter == NULL)
    g_error ("Line \"%s\": %s", line != NULL ? line->why : "none", g_strerror (-error));
  return model_export (filter);
}

uint32_t
model_run (GArray *program, uint32_t architecture, const Probe *probe)
{
  struct seccomp_data data = { .nr = probe->call, .arch = architecture };
  uint32_t verdict;

  for (unsigned i = 0; i < MODEL_ARGUMENTS; i++)
    data.args[i] = probe->arguments[i];
  if (!bpf_run ((const struct sock_filter *) (void *) program->data, program->len, &data, &verdict))
    g_error ("The filter is not one that seccomp takes");
  return verdict;
}

char *
model_describe (const Probe *probe, unsigned n_arguments)
{
  g_autofree char *name = seccomp_syscall_resolve_num_arch (SCMP_ARCH_NATIVE, probe->call);
  GString *text = g_string_new (name != NULL ? name : "?");

  if (name == NULL)
    g_string_append_printf (text, "%d", probe->call);
  g_string_append_c (text, '(');
  for (unsigned i = 0; i < n_arguments; i++)
    g_string_append_printf (text, "%s%s%" G_GINT64_MODIFIER "x", i > 0 ? ", " : "",
                            probe->arguments[i] > 9 ? "0x" : "", probe->arguments[i]);
  g_string_append_c (text, ')');
  return g_string_free (text, FALSE);
}

void
model_add_tests (const ModelTest *tests, unsigned n_tests)
{
  for (unsigned i = 0; i < MODEL_POLICIES; i++)
    for (unsigned k = 0; k < n_tests; k++)
      {
        g_autofree char *path =
            g_strdup_printf ("/policy/%s/%s", model_policies[i]->name, tests[k].name);

        g_test_add_data_func (path, model_policies[i], tests[k].test);
      }
}
