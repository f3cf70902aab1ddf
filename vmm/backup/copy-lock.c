/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Runs in `vitrine-vmm --copy-disk`.
 */
#include "copy-lock.h"

#include <errno.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>

typedef struct
{
  int call;
  unsigned n_checks; /* 0 or 1 */
  struct scmp_arg_cmp check;
  const char *why;
} CopyLine;

#define LINE(name, reason)                                                                         \
  {                                                                                                \
    .call = SCMP_SYS (name), .why = reason                                                         \
  }
#define NO_CODE(name, reason)                                                                      \
  {                                                                                                \
    .call = SCMP_SYS (name), .n_checks = 1,                                                        \
    .check = { .arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = PROT_EXEC, .datum_b = 0 },           \
    .why = reason                                                                                  \
  }

static const CopyLine lines[] = {
  LINE (recvfrom, "what the disk holds"),
  LINE (sendto, "requests; the socket is connected"),
  LINE (pwrite64, "the file"),
  LINE (fsync, "the file, on the medium"),
  LINE (write, "per cents, and a last sentence"),
  LINE (close, "what is done with"),
  LINE (futex, "locks of libc"),
  LINE (brk, "heap"),
  LINE (munmap, "heap"),
  LINE (mremap, "heap"),
  LINE (madvise, "heap"),
  NO_CODE (mmap, "heap"),
  NO_CODE (mprotect, "heap"),
  LINE (rt_sigprocmask, "abort"),
  LINE (rt_sigreturn, "signal handlers"),
  LINE (restart_syscall, "the kernel resumes an interrupted call"),
  LINE (exit, "the end"),
  LINE (exit_group, "the end"),
};

static gboolean
fail (int code, GError **error)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
               "The process that copies cannot lock itself in: %s", g_strerror (code));
  return FALSE;
}

gboolean
copy_lock (GError **error)
{
  /* Refused, not killed: libc looks for its messages in a person's language, and goes on without. */
  scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ERRNO (EPERM));
  int result = filter != NULL ? seccomp_attr_set (filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS)
                              : -ENOMEM;

  for (guint i = 0; i < G_N_ELEMENTS (lines) && result == 0; i++)
    result = seccomp_rule_add_array (filter, SCMP_ACT_ALLOW, lines[i].call, lines[i].n_checks,
                                     &lines[i].check);
  if (result == 0)
    result = seccomp_load (filter);
  if (filter != NULL)
    seccomp_release (filter);
  return result == 0 ? TRUE : fail (-result, error);
}
