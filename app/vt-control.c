/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Connects to a vmm. Runs in the front ends; never blocks.
 */
#include "config.h"

#include "vt-control.h"

#include "fds.h"
#include "paths.h"
#include "unix-connect.h"

#include <glib/gi18n-lib.h>
#include <sys/socket.h>

typedef struct
{
  GCancellable *inner; /* cancelled by the caller's and by the timer */
  GCancellable *outer;
  gulong chained;
  guint timer;
  gboolean timed_out;
} Attempt;

static void
attempt_free (Attempt *attempt)
{
  g_clear_handle_id (&attempt->timer, g_source_remove);
  if (attempt->outer != NULL)
    g_cancellable_disconnect (attempt->outer, attempt->chained);
  g_clear_object (&attempt->outer);
  g_object_unref (attempt->inner);
  g_free (attempt);
}

static void
on_outer_cancelled (GCancellable *outer, gpointer inner)
{
  g_cancellable_cancel (inner);
}

const char *
vt_control_describe_silence (void)
{
  return _ (
      "The program that runs the guest does not answer. It may get over it; else force the guest "
      "off ('vitrinectl stop --force'), and what the guest has not saved is lost");
}

/* Not once what was cancelled has come back, which it never does where GIO has got no thread for
 * it. */
static gboolean
on_timeout (gpointer data)
{
  g_autoptr (GTask) task = g_object_ref (data);
  Attempt *attempt = g_task_get_task_data (task);

  attempt->timer = 0;
  attempt->timed_out = TRUE;
  g_cancellable_cancel (attempt->inner);
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "%s",
                           vt_control_describe_silence ());
  return G_SOURCE_REMOVE;
}

static void
on_proxy (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (VtDBusGuest1) proxy = vt_dbus_guest1_proxy_new_finish (result, &error);
  const Attempt *attempt = g_task_get_task_data (task);

  if (attempt->timed_out)
    return;
  if (proxy != NULL)
    g_task_return_pointer (task, g_steal_pointer (&proxy), g_object_unref);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
on_connection (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection = g_dbus_connection_new_finish (result, &error);
  const Attempt *attempt = g_task_get_task_data (task);

  if (attempt->timed_out)
    return;
  if (connection == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  g_dbus_connection_set_exit_on_close (connection, FALSE);
  vt_dbus_guest1_proxy_new (connection, G_DBUS_PROXY_FLAGS_NONE, NULL, "/org/vitrine/Guest",
                            attempt->inner, on_proxy, g_steal_pointer (&task));
}

void
vt_control_connect_async (const char *uuid,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, data);
  g_autoptr (GError) error = NULL;
  g_autofree char *path = paths_socket (uuid, "control", &error);
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GSocketConnection) stream = NULL;
  Attempt *attempt = g_new0 (Attempt, 1);
  autofd fd = path != NULL ? unix_connect (path, SOCK_STREAM, &error) : -1;

  g_task_set_task_data (task, attempt, (GDestroyNotify) attempt_free);
  attempt->inner = g_cancellable_new ();
  if (fd >= 0)
    socket = g_socket_new_from_fd (fd, &error);
  if (socket == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  fds_steal (&fd);
  attempt->timer = g_timeout_add (VT_CONTROL_TIMEOUT_MS, on_timeout, task);
  if (cancellable != NULL)
    {
      attempt->outer = g_object_ref (cancellable);
      attempt->chained = g_cancellable_connect (cancellable, G_CALLBACK (on_outer_cancelled),
                                                g_object_ref (attempt->inner), g_object_unref);
    }
  stream = g_socket_connection_factory_create_connection (socket);
  g_dbus_connection_new (G_IO_STREAM (stream), NULL, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT,
                         NULL, attempt->inner, on_connection, g_steal_pointer (&task));
}

VtDBusGuest1 *
vt_control_connect_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
