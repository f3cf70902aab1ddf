/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Sets up the D-Bus connections to QEMU. Runs in vitrine-display on the main loop; what QEMU sends
 * unasked is handled in filters on GDBus's worker thread, where nothing can pile up. Must never
 * make a synchronous call.
 */
#include "qemu-broker.h"

#include "fds.h"
#include "qemu/consoles-parse.h"
#include "qemu/qemu-console.h"
#include "qemu/qemu-routes.h"

#define VM_PATH "/org/qemu/Display1/VM"
#define VM "org.qemu.Display1.VM"
#define CONSOLE "org.qemu.Display1.Console"
#define PROPERTIES QEMU_ROUTES_PROPERTIES

struct _QemuBroker
{
  const QemuBrokerHost *host; /* borrowed */
  Screen *screen;             /* borrowed: of the first head, to which our failures are reported */

  GCancellable *cancellable; /* owned, as what follows */
  GDBusConnection *link;
  QemuRoutes *routes; /* freed with its filter */
  QemuInput *input;
  QemuConsole *heads[GLASS_HEADS_MAX];
  guint n_heads;
  guint setup_timer;

  ConsoleList list; /* empty until QEMU was asked */
  guint next;       /* in it */
};

/* --- Failures --- */

static void
on_closed (GDBusConnection *connection, gboolean vanished, GError *error, gpointer user_data)
{
  QemuBroker *broker = user_data;

  qemu_console_fail_closed (broker->screen, error);
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

/* --- Questions --- */

static void
ask (QemuBroker *broker,
     const char *path,
     const char *method,
     GVariant *arguments,
     const char *type,
     GAsyncReadyCallback done)
{
  g_dbus_connection_call (broker->link, NULL, path, PROPERTIES, method, arguments,
                          G_VARIANT_TYPE (type), G_DBUS_CALL_FLAGS_NONE, -1, broker->cancellable,
                          done, broker);
}

/* qemu-routes.c has it by now; without such an interface the defaults stand. */
static void
on_state (GObject *connection, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (connection), result, NULL);
}

/* The value of one property, or NULL. FALSE if `broker` is gone, or QEMU: what that means is for
 * on_closed () to say, which may be called later. */
static gboolean
take_property (GObject *connection, GAsyncResult *result, const char *type, GVariant **ret_value)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (connection), result, &error);
  g_autoptr (GVariant) value = NULL;

  *ret_value = NULL;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED))
    return FALSE;
  if (reply == NULL)
    return TRUE;
  g_variant_get (reply, "(v)", &value);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE (type)))
    *ret_value = g_steal_pointer (&value);
  return TRUE;
}

/* --- Heads, one after the other --- */

static void find_next_head (QemuBroker *broker);

static void
on_ids (GObject *connection, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GVariant) value = NULL;
  QemuBroker *broker;
  const guint32 *ids;
  gsize count;

  if (!take_property (connection, result, "au", &value))
    return;
  broker = user_data;
  if (value == NULL)
    {
      screen_fail (broker->screen, LINK_FAILURE_QEMU_PROTOCOL, "QEMU does not tell its consoles");
      return;
    }
  ids = g_variant_get_fixed_array (value, &count, sizeof (guint32));
  if (consoles_parse_ids (ids, count, &broker->list) != PARSE_OK)
    {
      screen_fail (broker->screen, LINK_FAILURE_QEMU_PROTOCOL,
                   "QEMU names consoles that a machine cannot have");
      return;
    }
  broker->next = 1; /* the first is there */
  find_next_head (broker);
}

static void
on_head_registered (gpointer user_data)
{
  QemuBroker *broker = user_data;

  if (broker->list.count > 0)
    find_next_head (broker);
  else
    ask (broker, VM_PATH, "Get", g_variant_new ("(ss)", VM, "ConsoleIDs"), "(v)", on_ids);
}

static void
add_head (QemuBroker *broker, guint id)
{
  g_autofree char *path = qemu_console_path (id);
  g_autoptr (GError) error = NULL;
  guint head = broker->n_heads++;
  Screen *screen = broker->host->get_screen (head, broker->host->user_data);

  if (!qemu_input_add_head (broker->input, path, &error))
    {
      fail_setup (broker, error, "QEMU's input cannot be reached");
      return;
    }
  qemu_routes_add (broker->routes, path, screen);
  ask (broker, path, "GetAll", g_variant_new ("(s)", QEMU_ROUTES_KEYBOARD), "(a{sv})", on_state);
  ask (broker, path, "GetAll", g_variant_new ("(s)", QEMU_ROUTES_MOUSE), "(a{sv})", on_state);
  broker->heads[head] = qemu_console_new (broker->link, id, screen, on_head_registered, broker);
}

static void
on_type (GObject *connection, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GVariant) value = NULL;
  QemuBroker *broker;
  ConsoleType type;

  if (!take_property (connection, result, "s", &value))
    return;
  broker = user_data;
  if (value == NULL || consoles_parse_type (g_variant_get_string (value, NULL), &type) != PARSE_OK)
    {
      screen_fail (broker->screen, LINK_FAILURE_QEMU_PROTOCOL,
                   "QEMU does not tell what a console is");
      return;
    }
  if (type == CONSOLE_GRAPHIC)
    add_head (broker, broker->list.ids[broker->next - 1]);
  else
    find_next_head (broker);
}

static void
find_next_head (QemuBroker *broker)
{
  g_autofree char *path = NULL;

  if (broker->next == broker->list.count || broker->n_heads == GLASS_HEADS_MAX)
    {
      g_clear_handle_id (&broker->setup_timer, g_source_remove);
      broker->host->ready (broker->n_heads, broker->host->user_data);
      return;
    }
  path = qemu_console_path (broker->list.ids[broker->next++]);
  ask (broker, path, "Get", g_variant_new ("(ss)", CONSOLE, "Type"), "(v)", on_type);
}

/* --- The link --- */

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
  broker->routes = qemu_routes_new (broker->link);
  g_signal_connect (broker->link, "closed", G_CALLBACK (on_closed), broker);
  g_dbus_connection_start_message_processing (broker->link);
  broker->input = qemu_input_new (broker->link, broker->host->relieved, broker->host->user_data);
  /* Without asking what it is: a guest's display comes first. */
  add_head (broker, 0);
}

QemuBroker *
qemu_broker_new (int socket, const QemuBrokerHost *host)
{
  QemuBroker *broker = g_new0 (QemuBroker, 1);
  g_autoptr (GError) error = NULL;

  broker->host = host;
  broker->screen = host->get_screen (0, host->user_data);
  broker->cancellable = g_cancellable_new ();
  broker->setup_timer = g_timeout_add_seconds (QEMU_CONSOLE_SETUP_SECONDS, on_setup_timer, broker);
  if (!qemu_console_connect (&socket, broker->cancellable, on_link_connected, broker, &error))
    fail_setup (broker, error, "The link to QEMU is no socket");
  fds_clear (&socket);
  return broker;
}

void
qemu_broker_free (QemuBroker *broker)
{
  if (broker == NULL)
    return;
  g_cancellable_cancel (broker->cancellable);
  g_clear_handle_id (&broker->setup_timer, g_source_remove);
  for (guint i = 0; i < broker->n_heads; i++)
    qemu_console_free (broker->heads[i]);
  g_clear_pointer (&broker->input, qemu_input_free);
  if (broker->link != NULL)
    {
      g_signal_handlers_disconnect_by_data (broker->link, broker);
      qemu_routes_remove (broker->routes, broker->link);
    }
  g_clear_object (&broker->link);
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
