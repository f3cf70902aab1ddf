/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Backups of a running guest's disk from the front ends' side. Runs in the front ends.
 */
#include "config.h"

#include "vt-guest-private.h"

#include <gio/gunixfdlist.h>

typedef struct
{
  GUnixFDList *fds; /* listener, scratch, life */
  guint disk;
  guint seconds;
} BackupOrder;

static void
order_free (BackupOrder *order)
{
  g_object_unref (order->fds);
  g_free (order);
}

static void
on_started (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_proxy_call_with_unix_fd_list_finish (G_DBUS_PROXY (source), NULL, result, &error);

  if (reply == NULL)
    vt_guest_return_remote_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void
on_settled (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  VtGuest *self = VT_GUEST (source);
  const BackupOrder *order = g_task_get_task_data (task);
  GError *error = NULL;
  VtDBusGuest1 *proxy = NULL;

  if (vt_guest_settle_finish (self, result, &error))
    proxy = vt_guest_require_proxy (self, &error);
  if (proxy == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_dbus_proxy_call_with_unix_fd_list (
      G_DBUS_PROXY (proxy), "StartBackup",
      g_variant_new ("(uuhhh)", order->disk, order->seconds, 0, 1, 2), G_DBUS_CALL_FLAGS_NONE, -1,
      order->fds, g_task_get_cancellable (task), on_started, g_object_ref (task));
}

void
vt_guest_backup_async (VtGuest *self,
                       guint disk,
                       guint seconds,
                       const int fds[3],
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer data)
{
  GTask *task = g_task_new (self, cancellable, callback, data);
  BackupOrder *order = g_new0 (BackupOrder, 1);
  GError *error = NULL;

  order->fds = g_unix_fd_list_new ();
  order->disk = disk;
  order->seconds = seconds;
  g_task_set_task_data (task, order, (GDestroyNotify) order_free);
  for (guint i = 0; i < 3; i++)
    if (g_unix_fd_list_append (order->fds, fds[i], &error) < 0)
      {
        g_task_return_error (task, error);
        g_object_unref (task);
        return;
      }
  vt_guest_settle_async (self, cancellable, on_settled, task);
}

gboolean
vt_guest_backup_finish (VtGuest *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
