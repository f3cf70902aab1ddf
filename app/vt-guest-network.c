/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A guest's network from the front ends' side: what it is, and captures of it. Runs in the front ends,
 * which open no network socket.
 */
#include "config.h"

#include "vt-guest-private.h"

void
vt_guest_capture_async (VtGuest *self,
                        int fd,
                        guint64 bytes_max,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer data)
{
  vt_guest_call_with_fds (g_task_new (self, cancellable, callback, data), "StartCapture",
                          g_variant_new ("(ht)", 0, bytes_max), &fd, 1);
}

gboolean
vt_guest_capture_finish (VtGuest *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

const char *
vt_guest_get_network_policy (VtGuest *self)
{
  return self->network_policy;
}

gboolean
vt_guest_get_capturing (VtGuest *self)
{
  return self->capturing;
}
