/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Backups of a running guest's disk from the front ends' side. Runs in the front ends.
 */
#include "config.h"

#include "vt-guest-private.h"

void
vt_guest_backup_async (VtGuest *self,
                       guint disk,
                       guint seconds,
                       const int fds[3],
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer data)
{
  vt_guest_call_with_fds (g_task_new (self, cancellable, callback, data), "StartBackup",
                          g_variant_new ("(uuhhh)", disk, seconds, 0, 1, 2), fds, 3);
}

gboolean
vt_guest_backup_finish (VtGuest *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
