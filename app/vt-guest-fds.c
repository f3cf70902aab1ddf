/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Calls to a guest's vmm that hand descriptors over. Runs in the front ends.
 */
#include "config.h"

#include "vt-guest-private.h"

#include <gio/gunixfdlist.h>

typedef struct
{
  const char *method;
  GVariant *arguments;
  GUnixFDList *fds;
} Order;

static void
order_free (Order *order)
{
  g_variant_unref (order->arguments);
  g_object_unref (order->fds);
  g_free (order);
}

static void
on_called (GObject *source, GAsyncResult *result, gpointer data)
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
  const Order *order = g_task_get_task_data (task);
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
      G_DBUS_PROXY (proxy), order->method, order->arguments, G_DBUS_CALL_FLAGS_NONE, -1, order->fds,
      g_task_get_cancellable (task), on_called, g_object_ref (task));
}

void
vt_guest_call_with_fds (GTask *task,
                        const char *method,
                        GVariant *arguments,
                        const int *fds,
                        guint n_fds)
{
  Order *order = g_new0 (Order, 1);
  GError *error = NULL;

  order->method = method;
  order->arguments = g_variant_ref_sink (arguments);
  order->fds = g_unix_fd_list_new ();
  g_task_set_task_data (task, order, (GDestroyNotify) order_free);
  for (guint i = 0; i < n_fds; i++)
    if (g_unix_fd_list_append (order->fds, fds[i], &error) < 0)
      {
        g_task_return_error (task, error);
        g_object_unref (task);
        return;
      }
  vt_guest_settle_async (g_task_get_source_object (task), g_task_get_cancellable (task), on_settled,
                         task);
}
