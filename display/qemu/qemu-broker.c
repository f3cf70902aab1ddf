/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Sets up both D-Bus connections to QEMU and watches them. Runs in vitrine-display on the main
 * loop; what QEMU sends unasked is handled in filters on GDBus's worker thread, where nothing can
 * pile up. Must never make a synchronous call.
 */
#include "qemu-broker.h"

#include "fds.h"
#include "qemu/qemu-listener.h"
#include "vt-qemu-dbus.h"

#include <gio/gunixfdlist.h>

#define CONSOLE_PATH "/org/qemu/Display1/Console_0"
#define KEYBOARD "org.qemu.Display1.Keyboard"
#define MOUSE "org.qemu.Display1.Mouse"
#define PROPERTIES "org.freedesktop.DBus.Properties"

struct _QemuBroker
{
  Screen *screen; /* borrowed */
  void (*ready) (gpointer user_data);
  void (*relieved) (gpointer user_data);
  gpointer user_data;

  GCancellable *cancellable; /* owned, as what follows */
  GDBusConnection *link;
  guint link_filter;
  GDBusConnection *listener_link;
  QemuListener *listener;
  QemuInput *input;
  int listener_end; /* ours, until it is connected */
  int qemu_end;     /* QEMU's, until it is sent */
  guint setup_timer;
};

/* --- Properties of the console: worker thread, so that they apply in QEMU's order --- */

static void
apply_properties (Screen *screen, GVariant *values)
{
  gboolean absolute;
  guint32 leds;

  if (g_variant_lookup (values, "IsAbsolute", "b", &absolute))
    screen_set_absolute (screen, absolute);
  if (g_variant_lookup (values, "Modifiers", "u", &leds))
    screen_set_leds (screen, leds);
}

static void
handle_signal (Screen *screen, GDBusMessage *message)
{
  GVariant *body = g_dbus_message_get_body (message);
  g_autoptr (GVariant) values = NULL;

  if (g_strcmp0 (g_dbus_message_get_interface (message), PROPERTIES) != 0 ||
      g_strcmp0 (g_dbus_message_get_member (message), "PropertiesChanged") != 0 ||
      g_strcmp0 (g_dbus_message_get_path (message), CONSOLE_PATH) != 0)
    return;
  if (body == NULL || !g_variant_is_of_type (body, G_VARIANT_TYPE ("(sa{sv}as)")))
    return;
  values = g_variant_get_child_value (body, 1);
  apply_properties (screen, values);
}

/* Of all that we ask, only GetAll has values. */
static void
handle_answer (Screen *screen, GDBusMessage *message)
{
  GVariant *body = g_dbus_message_get_body (message);
  g_autoptr (GVariant) values = NULL;

  if (body == NULL || !g_variant_is_of_type (body, G_VARIANT_TYPE ("(a{sv})")))
    return;
  values = g_variant_get_child_value (body, 0);
  apply_properties (screen, values);
}

/* Only answers go on into GDBus, which drops those to calls that we did not make. */
static GDBusMessage *
filter_link (GDBusConnection *connection,
             GDBusMessage *message,
             gboolean incoming,
             gpointer user_data)
{
  if (!incoming)
    return message;
  switch (g_dbus_message_get_message_type (message))
    {
    case G_DBUS_MESSAGE_TYPE_METHOD_RETURN:
      handle_answer (user_data, message);
      return message;
    case G_DBUS_MESSAGE_TYPE_ERROR:
      return message;
    case G_DBUS_MESSAGE_TYPE_SIGNAL:
      handle_signal (user_data, message);
      break;
    default:
      break;
    }
  g_object_unref (message);
  return NULL;
}

/* --- Failures --- */

static void
on_closed (GDBusConnection *connection, gboolean vanished, GError *error, gpointer user_data)
{
  QemuBroker *broker = user_data;

  /* GDBus's word for bytes that are no message. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT))
    screen_fail (broker->screen, LINK_FAILURE_QEMU_PROTOCOL, "QEMU sent what is not D-Bus");
  else
    screen_fail (broker->screen, LINK_FAILURE_QEMU_GONE, "QEMU has closed its display");
}

/* A step of the set-up failed. If it was cancelled, `broker` is gone. */
static void
fail_setup (QemuBroker *broker, const GError *error, const char *reason)
{
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    screen_fail (broker->screen, LINK_FAILURE_QEMU_PROTOCOL, reason);
}

static gboolean
on_setup_timer (gpointer user_data)
{
  QemuBroker *broker = user_data;

  broker->setup_timer = 0;
  screen_fail (broker->screen, LINK_FAILURE_QEMU_PROTOCOL, "QEMU did not answer its display");
  return G_SOURCE_REMOVE;
}

/* --- Set-up, step by step --- */

static void
connect_stream (QemuBroker *broker, int *socket, GAsyncReadyCallback done)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) wrapped = g_socket_new_from_fd (*socket, &error);
  g_autoptr (GSocketConnection) stream = NULL;

  if (wrapped == NULL)
    {
      fail_setup (broker, error, "The link to QEMU is no socket");
      return;
    }
  *socket = -1;
  stream = g_socket_connection_factory_create_connection (wrapped);
  g_dbus_connection_new (G_IO_STREAM (stream), NULL,
                         G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                             G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                         NULL, broker->cancellable, done, broker);
}

/* handle_answer has it by now; without such an interface the defaults stand. */
static void
on_properties (GObject *connection, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (connection), result, NULL);
}

static void
ask_properties (QemuBroker *broker, const char *interface)
{
  g_dbus_connection_call (broker->link, NULL, CONSOLE_PATH, PROPERTIES, "GetAll",
                          g_variant_new ("(s)", interface), G_VARIANT_TYPE ("(a{sv})"),
                          G_DBUS_CALL_FLAGS_NONE, -1, broker->cancellable, on_properties, NULL);
}

static void
on_registered (GObject *connection, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_with_unix_fd_list_finish (
      G_DBUS_CONNECTION (connection), NULL, result, &error);
  QemuBroker *broker = user_data;

  if (reply == NULL)
    {
      fail_setup (broker, error, "QEMU refused a listener for its display");
      return;
    }
  g_clear_handle_id (&broker->setup_timer, g_source_remove);
  broker->ready (broker->user_data);
}

static void
register_listener (QemuBroker *broker)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  int handle = g_unix_fd_list_append (fds, broker->qemu_end, &error);

  fds_clear (&broker->qemu_end);
  if (handle < 0)
    {
      fail_setup (broker, error, "The listener cannot be handed to QEMU");
      return;
    }
  g_dbus_connection_call_with_unix_fd_list (
      broker->link, NULL, CONSOLE_PATH, "org.qemu.Display1.Console", "RegisterListener",
      g_variant_new ("(h)", handle), NULL, G_DBUS_CALL_FLAGS_NONE, QEMU_BROKER_SETUP_SECONDS * 1000,
      fds, broker->cancellable, on_registered, broker);
}

static void
on_listener_connected (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection = g_dbus_connection_new_finish (result, &error);
  QemuBroker *broker = user_data;

  if (connection == NULL)
    {
      fail_setup (broker, error, "QEMU did not accept the listener for its display");
      return;
    }
  broker->listener_link = g_steal_pointer (&connection);
  broker->listener = qemu_listener_new (broker->listener_link, broker->screen);
  g_signal_connect (broker->listener_link, "closed", G_CALLBACK (on_closed), broker);
  g_dbus_connection_start_message_processing (broker->listener_link);
}

static void
on_link_connected (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection = g_dbus_connection_new_finish (result, &error);
  QemuBroker *broker = user_data;

  if (connection == NULL)
    {
      fail_setup (broker, error, "QEMU did not accept us as its display");
      return;
    }
  broker->link = g_steal_pointer (&connection);
  broker->link_filter =
      g_dbus_connection_add_filter (broker->link, filter_link, broker->screen, NULL);
  g_signal_connect (broker->link, "closed", G_CALLBACK (on_closed), broker);
  g_dbus_connection_start_message_processing (broker->link);
  broker->input =
      qemu_input_new (broker->link, CONSOLE_PATH, broker->relieved, broker->user_data, &error);
  if (broker->input == NULL)
    {
      fail_setup (broker, error, "QEMU's input cannot be reached");
      return;
    }
  ask_properties (broker, KEYBOARD);
  ask_properties (broker, MOUSE);
  /* QEMU answers RegisterListener first and then authenticates the listener while all else in it
   * stands still, so we must be on our way there already. */
  connect_stream (broker, &broker->listener_end, on_listener_connected);
  register_listener (broker);
}

QemuBroker *
qemu_broker_new (int socket,
                 int listener_pair[2],
                 Screen *screen,
                 void (*ready) (gpointer user_data),
                 void (*relieved) (gpointer user_data),
                 gpointer user_data)
{
  QemuBroker *broker = g_new0 (QemuBroker, 1);

  broker->screen = screen;
  broker->ready = ready;
  broker->relieved = relieved;
  broker->user_data = user_data;
  broker->cancellable = g_cancellable_new ();
  broker->listener_end = fds_steal (&listener_pair[0]);
  broker->qemu_end = fds_steal (&listener_pair[1]);
  broker->setup_timer = g_timeout_add_seconds (QEMU_BROKER_SETUP_SECONDS, on_setup_timer, broker);
  connect_stream (broker, &socket, on_link_connected);
  fds_clear (&socket);
  return broker;
}

static void
drop_link (QemuBroker *broker, GDBusConnection **link)
{
  if (*link != NULL)
    g_signal_handlers_disconnect_by_data (*link, broker);
  g_clear_object (link);
}

void
qemu_broker_free (QemuBroker *broker)
{
  if (broker == NULL)
    return;
  g_cancellable_cancel (broker->cancellable);
  g_clear_handle_id (&broker->setup_timer, g_source_remove);
  g_clear_pointer (&broker->input, qemu_input_free);
  g_clear_pointer (&broker->listener, qemu_listener_free);
  if (broker->link != NULL)
    g_dbus_connection_remove_filter (broker->link, broker->link_filter);
  drop_link (broker, &broker->listener_link);
  drop_link (broker, &broker->link);
  fds_clear (&broker->listener_end);
  fds_clear (&broker->qemu_end);
  g_clear_object (&broker->cancellable);
  g_free (broker);
}

QemuInput *
qemu_broker_get_input (QemuBroker *broker)
{
  return broker->input;
}

GDBusConnection *
qemu_broker_get_link (QemuBroker *broker)
{
  return broker->link;
}
