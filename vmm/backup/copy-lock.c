/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Runs in `vitrine-vmm --copy-disk`.
 */
#include "copy-lock.h"

#include "jail/policy-filter.h"

#include <string.h>

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
  const PolicyCall *const tables[] = { policy_copy.calls, policy_killed_calls, NULL };
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
