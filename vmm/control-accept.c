/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Who connects to the control socket: accepted, asked who they are, and connected to the guest's
 * object. Runs in vitrine-vmm, on its main context.
 */
#include "control-private.h"

#include "fds.h"
#include "guest-log.h"

#include <gio/gunixconnection.h>
#include <glib-unix.h>
#include <sys/socket.h>

/* What one more connection may take beside its own descriptor; and the wait where they are short.
 */
#define GREETING_FDS 8
#define ACCEPT_LATER_SECONDS 1

/* A connection that authenticates. */
typedef struct
{
  Control *control; /* NULL: gone */
  GCancellable *cancellable;
  guint timer;
  const char *why; /* it was ended, or NULL */
} Arrival;

static void
on_closed (GDBusConnection *connection, gboolean vanished, GError *error, gpointer data)
{
  Control *control = data;
  GDBusInterfaceSkeleton *skeleton = G_DBUS_INTERFACE_SKELETON (control->guest);

  if (g_dbus_interface_skeleton_has_connection (skeleton, connection))
    g_dbus_interface_skeleton_unexport_from_connection (skeleton, connection);
  g_signal_handlers_disconnect_by_data (connection, control);
  g_ptr_array_remove_fast (control->connections, connection);
}

/* GLib takes a message that has no number, cannot answer it, and crashes over that. Runs in GDBus's
 * thread. */
static GDBusMessage *
refuse_without_number (GDBusConnection *connection,
                       GDBusMessage *message,
                       gboolean incoming,
                       gpointer data)
{
  if (!incoming || g_dbus_message_get_serial (message) != 0)
    return message;
  g_object_unref (message);
  g_dbus_connection_close (connection, NULL, NULL, NULL);
  return NULL;
}

static void
end_arrival (Arrival *arrival, const char *why)
{
  arrival->why = why;
  g_clear_handle_id (&arrival->timer, g_source_remove);
  g_cancellable_cancel (arrival->cancellable);
}

static gboolean
on_arrival_timer (gpointer data)
{
  Arrival *arrival = data;

  arrival->timer = 0;
  end_arrival (arrival, "it did not authenticate in time");
  return G_SOURCE_REMOVE;
}

static void
arrival_free (Arrival *arrival)
{
  if (arrival->control != NULL)
    g_ptr_array_remove (arrival->control->arrivals, arrival);
  g_clear_handle_id (&arrival->timer, g_source_remove);
  g_object_unref (arrival->cancellable);
  g_free (arrival);
}

/* Of those that are not over yet, the one that has had the most time makes room for another. */
static void
limit_arrivals (Control *control)
{
  Arrival *oldest = NULL;
  guint n = 0;

  for (guint i = control->arrivals->len; i > 0; i--)
    {
      Arrival *arrival = control->arrivals->pdata[i - 1];

      if (arrival->why != NULL)
        continue;
      oldest = arrival;
      n++;
    }
  if (n >= CONTROL_ARRIVING_MAX)
    end_arrival (oldest, "others wanted to authenticate");
}

/* What GDBus says of a failure holds the words that came, whatever these are. */
static void
log_failure (const char *why)
{
  g_autofree char *quoted = guest_log_quote (why);

  guest_log ("A connection to the control socket failed: %s", quoted);
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer data)
{
  Arrival *arrival = data;
  Control *control = arrival->control;
  g_autofree char *why = g_strdup (arrival->why);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection = g_dbus_connection_new_finish (result, &error);

  arrival_free (arrival);
  if (control == NULL)
    return;
  if (connection == NULL)
    {
      log_failure (why != NULL ? why : error->message);
      return;
    }
  g_signal_connect (connection, "closed", G_CALLBACK (on_closed), control);
  /* GDBus reads from the start, and may have met nonsense and said so to nobody. */
  if (g_dbus_connection_is_closed (connection))
    {
      g_signal_handlers_disconnect_by_data (connection, control);
      return;
    }
  g_dbus_connection_set_exit_on_close (connection, FALSE);
  g_dbus_connection_add_filter (connection, refuse_without_number, NULL, NULL);
  g_ptr_array_add (control->connections, g_object_ref (connection));
  if (!g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (control->guest), connection,
                                         CONTROL_PATH, &error))
    guest_log ("The control interface cannot be exported: %s", error->message);
  g_dbus_connection_start_message_processing (connection);
}

static gboolean
allow_mechanism (GDBusAuthObserver *observer, const char *mechanism, gpointer data)
{
  return g_str_equal (mechanism, "EXTERNAL");
}

static gboolean
is_allowed (Control *control, int fd)
{
  g_autoptr (GError) error = NULL;
  uid_t uid;

  if (control->connections->len + control->arrivals->len >= CONTROL_CONNECTIONS_MAX)
    {
      guest_log ("Too many connections to the control socket; another one is refused");
      return FALSE;
    }
  if (!fds_peer_uid (fd, &uid, &error))
    return FALSE;
  if (uid == 0 || uid == control->starter)
    return TRUE;
  guest_log ("User %u was refused at the control socket", uid);
  return FALSE;
}

void
control_serve_take (Control *control, int fd)
{
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, NULL);
  g_autoptr (GSocketConnection) stream = NULL;
  g_autoptr (GDBusAuthObserver) observer = g_dbus_auth_observer_new ();
  g_autofree char *guid = g_dbus_generate_guid ();
  Arrival *arrival;

  if (socket == NULL)
    {
      close (fd);
      return;
    }
  stream = g_socket_connection_factory_create_connection (socket);
  g_signal_connect (observer, "allow-mechanism", G_CALLBACK (allow_mechanism), NULL);
  limit_arrivals (control);
  arrival = g_new0 (Arrival, 1);
  arrival->control = control;
  arrival->cancellable = g_cancellable_new ();
  arrival->timer = g_timeout_add_seconds (CONTROL_ARRIVING_SECONDS, on_arrival_timer, arrival);
  g_ptr_array_add (control->arrivals, arrival);
  g_dbus_connection_new (G_IO_STREAM (stream), guid,
                         G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER |
                             G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                         observer, arrival->cancellable, on_connected, arrival);
}

static gboolean
on_accept_later (gpointer data)
{
  Control *control = data;

  control->accept_later = 0;
  control_watch_listener (control);
  return G_SOURCE_REMOVE;
}

/* Who connects while descriptors are short waits, and must neither wake us for ever nor be the end
 * of the guest: GLib ends a program that has none left for its own use. */
static gboolean
on_accept (int listener, GIOCondition condition, gpointer data)
{
  Control *control = data;
  autofd fd = -1;

  if (!fds_have_room (listener, 1 + GREETING_FDS))
    {
      control->accept = 0;
      control->accept_later =
          g_timeout_add_seconds (ACCEPT_LATER_SECONDS, on_accept_later, control);
      return G_SOURCE_REMOVE;
    }
  fd = accept4 (listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd >= 0 && is_allowed (control, fd))
    control_serve_take (control, fds_steal (&fd));
  return G_SOURCE_CONTINUE;
}

void
control_watch_listener (Control *control)
{
  control->accept = g_unix_fd_add (control->listener, G_IO_IN, on_accept, control);
}

void
control_end_accepting (Control *control)
{
  g_clear_handle_id (&control->accept, g_source_remove);
  g_clear_handle_id (&control->accept_later, g_source_remove);
  for (guint i = 0; i < control->arrivals->len; i++)
    {
      Arrival *arrival = control->arrivals->pdata[i];

      arrival->control = NULL;
      end_arrival (arrival, "");
    }
  for (guint i = 0; i < control->connections->len; i++)
    g_signal_handlers_disconnect_by_data (control->connections->pdata[i], control);
}
