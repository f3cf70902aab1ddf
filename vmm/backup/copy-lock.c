/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Runs in `vitrine-vmm --copy-disk`.
 */
#include "copy-lock.h"

#include "jail/policy-filter.h"

#include <string.h>
#include <sys/mman.h>

static const PolicyCall calls[] = {
  ALLOW (recvfrom, "what the disk holds"),
  ALLOW (sendto, "requests; the socket is connected"),
  ALLOW (pwrite64, "the file"),
  ALLOW (fsync, "the file, on the medium"),
  ALLOW (write, "per cents, and a last sentence"),
  ALLOW (close, "what is done with"),
  ALLOW (futex, "locks of libc"),
  ALLOW (brk, "heap"),
  ALLOW (munmap, "heap"),
  ALLOW (mremap, "heap"),
  ALLOW (madvise, "heap"),
  ALLOW_IF (mmap, "heap", BITS (2, PROT_EXEC, 0)),
  ALLOW_IF (mprotect, "heap", BITS (2, PROT_EXEC, 0)),
  ALLOW (rt_sigprocmask, "abort"),
  ALLOW (rt_sigreturn, "signal handlers"),
  ALLOW (restart_syscall, "the kernel resumes an interrupted call"),
  ALLOW (exit, "the end"),
  ALLOW (exit_group, "the end"),
  { .action = CALL_END },
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
  static const PolicyCall *const tables[] = { calls, NULL };
  /* Refused, not killed: libc looks for its messages in a person's language, and goes on without.
   */
  static const PolicyTerms terms = { .kill_unknown = false };
  const PolicyCall *call;
  int result;
  scmp_filter_ctx filter = policy_filter_new (tables, &terms, &result, &call);

  if (filter == NULL)
    return fail (-result, error);
  result = seccomp_load (filter);
  seccomp_release (filter);
  return result == 0 ? TRUE : fail (-result, error);
}
