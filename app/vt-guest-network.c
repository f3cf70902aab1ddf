/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A guest's network from the front ends' side: what it is, and captures of it. Runs in the front ends, which open no network socket.
 */
#include "config.h"

#include "vt-guest-private.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixfdlist.h>

static void
return_void (GTask *task, GVariant *taken, GError *error)
{
  g_autoptr (GVariant) reply = taken;

  if (reply == NULL)
    vt_guest_return_remote_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

typedef struct
{
  GUnixFDList *fds;
  guint64 bytes_max;
} CaptureOrder;

static void
capture_order_free (CaptureOrder *order)
{
  g_object_unref (order->fds);
  g_free (order);
}

static void
on_capturing (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  GVariant *reply =
      g_dbus_proxy_call_with_unix_fd_list_finish (G_DBUS_PROXY (source), NULL, result, &error);

  return_void (task, reply, error);
}

static void
on_capture_settled (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  VtGuest *self = VT_GUEST (source);
  const CaptureOrder *order = g_task_get_task_data (task);
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
      G_DBUS_PROXY (proxy), "StartCapture", g_variant_new ("(ht)", 0, order->bytes_max),
      G_DBUS_CALL_FLAGS_NONE, -1, order->fds, g_task_get_cancellable (task), on_capturing,
      g_object_ref (task));
}

void
vt_guest_capture_async (VtGuest *self,
                        int fd,
                        guint64 bytes_max,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer data)
{
  GTask *task = g_task_new (self, cancellable, callback, data);
  CaptureOrder *order = g_new0 (CaptureOrder, 1);
  GError *error = NULL;

  order->fds = g_unix_fd_list_new ();
  order->bytes_max = bytes_max;
  g_task_set_task_data (task, order, (GDestroyNotify) capture_order_free);
  if (g_unix_fd_list_append (order->fds, fd, &error) < 0)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  vt_guest_settle_async (self, cancellable, on_capture_settled, task);
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
