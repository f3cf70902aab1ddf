/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The second filter of vitrine-display, vitrine-nbd and vitrine-net: a list of what is over once they run, laid
 * upon the jail's list of what is allowed. Runs in the jailed process. It must never loosen anything, which stacked
 * seccomp filters cannot do.
 */
#include "sandbox.h"

#include <errno.h>
#include <gio/gio.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>

typedef struct
{
  int call;
  gboolean kills;
  guint n_checks;
  struct scmp_arg_cmp check;
  const char *why;
} Taken;

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

static const Taken taken[] = {
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

typedef void *Filter;

static void
filter_release (Filter *filter)
{
  if (*filter != NULL)
    seccomp_release (*filter);
}

static gboolean
fail (GError **error, int code)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
               "Cannot put the program's own filter of system calls in force: %s", g_strerror (code));
  return FALSE;
}

static gboolean
is_in (const int *calls, int call)
{
  while (*calls != -1 && *calls != call)
    calls++;
  return *calls == call;
}

/* Takes away all but the calls in `kept`, which -1 ends. */
static gboolean
lock_all_but (const int *kept, GError **error)
{
  __attribute__ ((cleanup (filter_release))) Filter filter = seccomp_init (SCMP_ACT_ALLOW);
  int result = 0;

  if (filter == NULL)
    return fail (error, ENOMEM);
  seccomp_attr_set (filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  for (guint i = 0; i < G_N_ELEMENTS (taken) && result == 0; i++)
    if (!is_in (kept, taken[i].call))
      result = seccomp_rule_add_array (
          filter, taken[i].kills ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO (EPERM), taken[i].call,
          taken[i].n_checks, &taken[i].check);
  /* GDBus may have started its thread. */
  if (result == 0)
    result = seccomp_attr_set (filter, SCMP_FLTATR_CTL_TSYNC, 1);
  if (result == 0)
    result = seccomp_load (filter);
  return result == 0 ? TRUE : fail (error, -result);
}

gboolean
sandbox_lock_display (GError **error)
{
  static const int kept[] = { -1 };

  return lock_all_but (kept, error);
}

gboolean
sandbox_lock_nbd (GError **error)
{
  return sandbox_lock_display (error);
}

gboolean
sandbox_lock_net (GError **error)
{
  static const int kept[] = { SCMP_SYS (socket), SCMP_SYS (connect), -1 };

  return lock_all_but (kept, error);
}

gboolean
sandbox_lock_bridge (GError **error)
{
  return sandbox_lock_display (error);
}
