/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Registers a listener for one of QEMU's consoles. Runs in vitrine-display on the main loop; what
 * QEMU sends to it is handled by qemu-listener.c on a thread of its own, where nothing can pile up.
 * Must never make a synchronous call.
 */
#include "qemu-console.h"

#include "fds.h"
#include "qemu/qemu-listener.h"

#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <sys/socket.h>

struct _QemuConsole
{
  Screen *screen; /* borrowed */
  void (*registered) (gpointer user_data);
  gpointer user_data;

  GCancellable *cancellable; /* owned, as what follows */
  QemuListener *listener;
  guint setup_timer;
};

char *
qemu_console_path (guint id)
{
  return g_strdup_printf ("/org/qemu/Display1/Console_%u", id);
}

gboolean
qemu_console_connect (int *socket,
                      GCancellable *cancellable,
                      GAsyncReadyCallback done,
                      gpointer user_data,
                      GError **error)
{
  g_autoptr (GSocket) wrapped = g_socket_new_from_fd (*socket, error);
  g_autoptr (GSocketConnection) stream = NULL;

  if (wrapped == NULL)
    return FALSE;
  *socket = -1;
  stream = g_socket_connection_factory_create_connection (wrapped);
  g_dbus_connection_new (G_IO_STREAM (stream), NULL,
                         G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                             G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                         NULL, cancellable, done, user_data);
  return TRUE;
}

void
qemu_console_fail_closed (Screen *screen, const GError *error)
{
  /* GDBus's word for bytes that are no message. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT))
    screen_fail (screen, LINK_FAILURE_QEMU_PROTOCOL, "QEMU sent what is not D-Bus");
  else
    screen_fail (screen, LINK_FAILURE_QEMU_GONE, "QEMU has closed its display");
}

/* A step of the set-up failed. If it was cancelled, `console` is gone; if the link is closed, its
 * owner says so. */
static void
fail_setup (QemuConsole *console, const GError *error, const char *reason)
{
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) &&
      !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED))
    screen_fail (console->screen, LINK_FAILURE_QEMU_PROTOCOL, reason);
}

static gboolean
on_setup_timer (gpointer user_data)
{
  QemuConsole *console = user_data;

  console->setup_timer = 0;
  screen_fail (console->screen, LINK_FAILURE_QEMU_PROTOCOL, "QEMU did not answer its display");
  return G_SOURCE_REMOVE;
}

static void
on_registered (GObject *link, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_with_unix_fd_list_finish (
      G_DBUS_CONNECTION (link), NULL, result, &error);
  QemuConsole *console = user_data;

  if (reply == NULL)
    {
      fail_setup (console, error, "QEMU refused a listener for its display");
      return;
    }
  g_clear_handle_id (&console->setup_timer, g_source_remove);
  console->registered (console->user_data);
}

/* FALSE if it cannot be handed over. */
static gboolean
register_listener (QemuConsole *console, GDBusConnection *link, const char *path, int qemu_end)
{
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  int handle = g_unix_fd_list_append (fds, qemu_end, NULL);

  if (handle < 0)
    return FALSE;
  g_dbus_connection_call_with_unix_fd_list (
      link, NULL, path, "org.qemu.Display1.Console", "RegisterListener",
      g_variant_new ("(h)", handle), NULL, G_DBUS_CALL_FLAGS_NONE,
      QEMU_CONSOLE_SETUP_SECONDS * 1000, fds, console->cancellable, on_registered, console);
  return TRUE;
}

/* QEMU's end: as much room as the system allows, so that a frame takes fewer turns of the two. */
static void
widen (int fd)
{
  int size = 1 << 20;

  setsockopt (fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}

QemuConsole *
qemu_console_new (GDBusConnection *link,
                  guint id,
                  Screen *screen,
                  void (*registered) (gpointer user_data),
                  gpointer user_data)
{
  QemuConsole *console = g_new0 (QemuConsole, 1);
  g_autofree char *path = qemu_console_path (id);
  g_autoptr (GError) error = NULL;
  int pair[2] = { -1, -1 };
  autofd qemu_end = -1;

  console->screen = screen;
  console->registered = registered;
  console->user_data = user_data;
  console->cancellable = g_cancellable_new ();
  console->setup_timer =
      g_timeout_add_seconds (QEMU_CONSOLE_SETUP_SECONDS, on_setup_timer, console);
  if (fds_socketpair (SOCK_STREAM, pair, &error))
    {
      qemu_end = pair[1];
      widen (qemu_end);
      fcntl (pair[0], F_SETFL, fcntl (pair[0], F_GETFL) & ~O_NONBLOCK); /* its thread waits */
      /* QEMU answers RegisterListener first and then authenticates the listener while all else in
       * it stands still, so we must be on our way there already. */
      console->listener = qemu_listener_new (fds_steal (&pair[0]), screen);
      if (console->listener != NULL && register_listener (console, link, path, qemu_end))
        return console;
    }
  fds_clear (&pair[0]);
  screen_fail (screen, LINK_FAILURE_MEMORY, "There are no descriptors for the guest's display");
  return console;
}

void
qemu_console_free (QemuConsole *console)
{
  if (console == NULL)
    return;
  g_cancellable_cancel (console->cancellable);
  g_clear_handle_id (&console->setup_timer, g_source_remove);
  g_clear_pointer (&console->listener, qemu_listener_free);
  g_clear_object (&console->cancellable);
  g_free (console);
}
