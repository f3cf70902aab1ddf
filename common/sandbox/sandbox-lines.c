/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The table of what is over once a jailed program of ours runs, and the filter that it makes. Pure.
 */
#include "sandbox-lines.h"

#include <errno.h>
#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#define REFUSE(name, reason)                                                                       \
  {                                                                                                \
    .call = SCMP_SYS (name), .why = reason                                                         \
  }
#define KILL(name, reason)                                                                         \
  {                                                                                                \
    .call = SCMP_SYS (name), .kills = TRUE, .why = reason                                          \
  }
#define REFUSE_IF(name, reason, n, comparison, ...)                                                \
  {                                                                                                \
    .call = SCMP_SYS (name), .n_checks = 1, .check = { n, comparison, __VA_ARGS__ }, .why = reason \
  }

static const SandboxLine lines[] = {
  REFUSE (open, "files: all it needs is open; libc still tries time zones and locales"),
  REFUSE (openat, "as open"),
  REFUSE (openat2, "as open"),
  REFUSE (creat, "as open"),
  REFUSE (access, "looking files up"),
  REFUSE (faccessat, "looking files up"),
  REFUSE (faccessat2, "looking files up"),
  REFUSE (readlink, "looking files up"),
  REFUSE (readlinkat, "looking files up"),
  REFUSE (stat, "looking files up; newfstatat stays, libc's fstat uses it"),
  REFUSE (lstat, "looking files up"),
  REFUSE (statx, "looking files up"),
  REFUSE (getdents64, "looking files up"),
  REFUSE (mkdir, "changing files"),
  REFUSE (mkdirat, "changing files"),
  REFUSE (unlink, "changing files"),
  REFUSE (unlinkat, "changing files"),
  REFUSE (rename, "changing files"),
  REFUSE (renameat, "changing files"),
  REFUSE (renameat2, "changing files"),
  REFUSE (link, "changing files"),
  REFUSE (linkat, "changing files"),
  REFUSE (symlink, "changing files"),
  REFUSE (symlinkat, "changing files"),
  REFUSE (truncate, "changing files"),
  REFUSE (chmod, "changing files"),
  REFUSE (fchmodat, "changing files"),
  REFUSE (chdir, "changing files"),
  REFUSE (socket, "every socket is handed in"),
  REFUSE (connect, "every socket is handed in"),
  REFUSE (bind, "every socket is handed in"),
  REFUSE (listen, "every socket is handed in"),
  REFUSE (kill, "signals nobody"),
  REFUSE (prlimit64, "its limits stay"),
  REFUSE (setrlimit, "its limits stay"),
  REFUSE (fork, "no processes"),
  REFUSE (vfork, "no processes"),
  REFUSE_IF (clone, "no processes", 0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0),
  REFUSE_IF (mmap, "no new code", 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC),
  REFUSE_IF (mprotect, "no new code", 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC),
  REFUSE_IF (pkey_mprotect, "no new code", 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC),
  REFUSE (seccomp, "this is the last filter"),
  REFUSE_IF (prctl, "as seccomp", 0, SCMP_CMP_EQ, PR_SET_SECCOMP, 0),
  REFUSE_IF (prctl, "its end with its starter", 0, SCMP_CMP_EQ, PR_SET_PDEATHSIG, 0),
  KILL (execve, "it never starts a program"),
  KILL (execveat, "it never starts a program"),
  KILL (ptrace, "takes over a process"),
  KILL (process_vm_writev, "takes over a process"),
  KILL (process_vm_readv, "reads another process"),
  KILL (unshare, "makes a namespace, with all capabilities in it"),
  KILL (setns, "enters another namespace"),
  KILL (mount, "changes what files are seen"),
  KILL (bpf, "kernel attack surface"),
  KILL (io_uring_setup, "does I/O past the filter"),
  KILL (io_uring_enter, "does I/O past the filter"),
  KILL (userfaultfd, "makes kernel races reliable"),
};

/* What a kind goes on doing, ended by -1. */
static const int kept_by_all[] = { -1 };
static const int kept_by_net[] = { SCMP_SYS (socket), SCMP_SYS (connect), -1 };

static const int *const kept[SANDBOX_KINDS] = {
  [SANDBOX_DISPLAY] = kept_by_all,
  [SANDBOX_NBD] = kept_by_all,
  [SANDBOX_NET] = kept_by_net,
  [SANDBOX_BRIDGE] = kept_by_all,
};

const SandboxLine *
sandbox_lines (guint *ret_n)
{
  *ret_n = G_N_ELEMENTS (lines);
  return lines;
}

gboolean
sandbox_keeps (SandboxKind kind, int call)
{
  const int *at = kept[kind];

  while (*at != -1 && *at != call)
    at++;
  return *at == call;
}

scmp_filter_ctx
sandbox_filter_new (SandboxKind kind, int *ret_error)
{
  scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ALLOW);
  int result = filter != NULL ? 0 : -ENOMEM;

  if (result == 0)
    result = seccomp_attr_set (filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  for (guint i = 0; i < G_N_ELEMENTS (lines) && result == 0; i++)
    if (!sandbox_keeps (kind, lines[i].call))
      result = seccomp_rule_add_array (
          filter, lines[i].kills ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO (EPERM), lines[i].call,
          lines[i].n_checks, &lines[i].check);
  *ret_error = -result;
  if (result == 0)
    return filter;
  if (filter != NULL)
    seccomp_release (filter);
  return NULL;
}
