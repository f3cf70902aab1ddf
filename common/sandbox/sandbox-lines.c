/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The table of what is over once a jailed program of ours runs, and the filter that it makes. Pure.
 */
#include "sandbox-lines.h"

#include <errno.h>
#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#define LINE(name, reason, ...)                                                                    \
  {                                                                                                \
    .call = SCMP_SYS (name), .why = reason, __VA_ARGS__                                            \
  }
#define IF(n, comparison, ...) .n_checks = 1, .check = { n, comparison, __VA_ARGS__ }
#define REFUSE(name, reason) LINE (name, reason, .kills = FALSE)
#define REFUSE_IF(name, reason, ...) LINE (name, reason, IF (__VA_ARGS__))
#define KILL(name, reason) LINE (name, reason, .kills = TRUE)
/* The same where the jails' tables refuse it already. */
#define AGAIN(name, reason) LINE (name, reason, .again = TRUE)
#define AGAIN_IF(name, reason, ...) LINE (name, reason, .again = TRUE, IF (__VA_ARGS__))
#define KILL_AGAIN(name, reason) LINE (name, reason, .again = TRUE, .kills = TRUE)

static const SandboxLine lines[] = {
  AGAIN (open, "files: all it needs is open; libc still tries time zones and locales"),
  REFUSE (openat, "as open"),
  AGAIN (openat2, "as open"),
  AGAIN (creat, "as open"),
  REFUSE (access, "looking files up"),
  AGAIN (faccessat, "looking files up"),
  AGAIN (faccessat2, "looking files up"),
  REFUSE (readlink, "looking files up"),
  AGAIN (readlinkat, "looking files up"),
  AGAIN (stat, "looking files up; newfstatat stays, libc's fstat uses it"),
  AGAIN (lstat, "looking files up"),
  AGAIN (statx, "looking files up"),
  AGAIN (getdents64, "looking files up"),
  AGAIN (mkdir, "changing files"),
  AGAIN (mkdirat, "changing files"),
  AGAIN (unlink, "changing files"),
  AGAIN (unlinkat, "changing files"),
  AGAIN (rename, "changing files"),
  AGAIN (renameat, "changing files"),
  AGAIN (renameat2, "changing files"),
  AGAIN (link, "changing files"),
  AGAIN (linkat, "changing files"),
  AGAIN (symlink, "changing files"),
  AGAIN (symlinkat, "changing files"),
  AGAIN (truncate, "changing files"),
  AGAIN (chmod, "changing files"),
  AGAIN (fchmodat, "changing files"),
  AGAIN (chdir, "changing files"),
  REFUSE (socket, "every socket is handed in"),
  REFUSE (connect, "every socket is handed in"),
  AGAIN (bind, "every socket is handed in"),
  AGAIN (listen, "every socket is handed in"),
  AGAIN (kill, "signals nobody"),
  REFUSE (prlimit64, "its limits stay"),
  AGAIN (setrlimit, "its limits stay"),
  AGAIN (fork, "no processes"),
  AGAIN (vfork, "no processes"),
  AGAIN_IF (clone, "no processes", 0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0),
  REFUSE_IF (mmap, "no new code", 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC),
  AGAIN_IF (mprotect, "no new code", 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC),
  AGAIN_IF (pkey_mprotect, "no new code", 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC),
  REFUSE (seccomp, "this is the last filter"),
  AGAIN_IF (prctl, "as seccomp", 0, SCMP_CMP_EQ, PR_SET_SECCOMP, 0),
  AGAIN_IF (prctl, "its end with its starter", 0, SCMP_CMP_EQ, PR_SET_PDEATHSIG, 0),
  KILL_AGAIN (execve, "it never starts a program"),
  KILL (execveat, "it never starts a program"),
  KILL_AGAIN (ptrace, "takes over a process"),
  KILL_AGAIN (process_vm_writev, "takes over a process"),
  KILL_AGAIN (process_vm_readv, "reads another process"),
  KILL_AGAIN (unshare, "makes a namespace, with all capabilities in it"),
  KILL_AGAIN (setns, "enters another namespace"),
  KILL_AGAIN (mount, "changes what files are seen"),
  KILL_AGAIN (bpf, "kernel attack surface"),
  KILL_AGAIN (io_uring_setup, "does I/O past the filter"),
  KILL_AGAIN (io_uring_enter, "does I/O past the filter"),
  KILL_AGAIN (userfaultfd, "makes kernel races reliable"),
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
