/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The second filter of jailed programs of ours: a list of what is over once they run, laid upon the
 * jail's list of what is allowed. Runs in the jailed process. It must never loosen anything, which
 * stacked seccomp filters cannot do.
 */
#include "sandbox.h"

#include "sandbox-lines.h"

#include <errno.h>
#include <gio/gio.h>

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
lock (SandboxKind kind, GError **error)
{
  int code = 0;
  __attribute__ ((cleanup (filter_release))) Filter filter = sandbox_filter_new (kind, &code);

  if (filter == NULL)
    return fail (error, code);
  /* GDBus may have started its thread. */
  code = -seccomp_attr_set (filter, SCMP_FLTATR_CTL_TSYNC, 1);
  if (code == 0)
    code = -seccomp_load (filter);
  return code == 0 ? TRUE : fail (error, code);
}

gboolean
sandbox_lock_display (GError **error)
{
  return lock (SANDBOX_DISPLAY, error);
}

gboolean
sandbox_lock_nbd (GError **error)
{
  return lock (SANDBOX_NBD, error);
}

gboolean
sandbox_lock_net (GError **error)
{
  return lock (SANDBOX_NET, error);
}

gboolean
sandbox_lock_bridge (GError **error)
{
  return lock (SANDBOX_BRIDGE, error);
}
