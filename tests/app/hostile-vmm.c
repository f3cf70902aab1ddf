/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Stands in for vitrine-vmm in tests of the front ends (B1): speaks the report and the control
 * interface, well or badly as the environment variable HOSTILE says. It lies beside the test
 * program under vitrine-vmm's name, where paths_helper finds it.
 */
#include "fds.h"
#include "paths.h"
#include "vt-guest-dbus.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define LONG_BYTES (3 << 20)
#define HUGE_BYTES (5 << 20)

static const char *mode;
static GMainLoop *loop;
static VtDBusGuest1 *guest;

static gboolean
is_mode (const char *name)
{
  return strcmp (mode, name) == 0;
}

static void
report (int fd, const char *text)
{
  g_assert_cmpint (write (fd, text, strlen (text)), ==, strlen (text));
}

static int
take_lock (const char *uuid)
{
  g_autofree char *path = paths_guest_file (uuid, "lock");
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

  /* A front end may have it for a moment, as it sweeps up after the last one. */
  g_assert_cmpint (fcntl (fd, F_OFD_SETLKW, &lock), ==, 0);
  return fd;
}

static int
listen_control (const char *uuid)
{
  g_autofree char *dir = paths_runtime_dir (uuid);
  g_autofree char *path = paths_socket (uuid, "control", NULL);
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_mkdir_with_parents (dir, 0700);
  unlink (path);
  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (fd, 8), ==, 0);
  return fd;
}

/* For tests that have no other way to end it. */
static void
write_pid (void)
{
  g_autofree char *path = g_build_filename (g_get_user_runtime_dir (), "hostile.pid", NULL);
  g_autofree char *text = g_strdup_printf ("%d", (int) getpid ());

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static char *
filler (gsize size)
{
  return g_strnfill (size, 'x');
}

static gboolean
leave (gpointer data)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static gboolean
on_force_off (VtDBusGuest1 *object, GDBusMethodInvocation *call)
{
  vt_dbus_guest1_emit_ended (object, "It was forced off");
  vt_dbus_guest1_complete_force_off (object, call);
  g_timeout_add (20, leave, NULL);
  return TRUE;
}

static gboolean
on_pause (VtDBusGuest1 *object, GDBusMethodInvocation *call)
{
  if (is_mode ("refuse"))
    {
      g_autofree char *text = filler (LONG_BYTES);

      g_dbus_method_invocation_return_dbus_error (call, "org.vitrine.Error.Refused", text);
      return TRUE;
    }
  if (is_mode ("die"))
    _exit (1);
  vt_dbus_guest1_set_state (object, "paused");
  vt_dbus_guest1_complete_pause (object, call);
  return TRUE;
}

static gboolean
on_monitor (VtDBusGuest1 *object, GDBusMethodInvocation *call, const char *command)
{
  g_autofree char *huge = filler (HUGE_BYTES);

  if (is_mode ("wrong-reply"))
    g_dbus_connection_send_message (
        g_dbus_method_invocation_get_connection (call),
        g_dbus_message_new_method_reply (g_dbus_method_invocation_get_message (call)),
        G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
  else
    vt_dbus_guest1_complete_monitor (object, call, is_mode ("huge") ? huge : command);
  return TRUE;
}

static gboolean
emit_flood (gpointer data)
{
  g_autofree char *text = filler (LONG_BYTES / 100);

  for (guint i = 0; i < 50; i++)
    vt_dbus_guest1_emit_warning (guest, text);
  vt_dbus_guest1_emit_warning (guest, "last\n\033[2J");
  return G_SOURCE_REMOVE;
}

static void
fill_properties (void)
{
  gboolean wild = is_mode ("wild");
  g_autofree char *text = filler (LONG_BYTES);

  vt_dbus_guest1_set_state (guest, wild ? text : "running");
  vt_dbus_guest1_set_state_reason (guest, wild ? text : "");
  vt_dbus_guest1_set_accelerator (guest, wild ? "\n\n" : "tcg");
  vt_dbus_guest1_set_accelerator_reason (guest, wild ? "a\033[2J\nb" : "There is no KVM here");
  vt_dbus_guest1_set_isolation (guest, wild ? "golden" : "green");
  vt_dbus_guest1_set_isolation_reason (guest, wild ? text : "Every layer holds");
  vt_dbus_guest1_set_viewers (guest, wild ? G_MAXUINT32 : 1);
}

static void
serve (int fd)
{
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, NULL);
  g_autoptr (GSocketConnection) stream = g_socket_connection_factory_create_connection (socket);
  g_autofree char *guid = g_dbus_generate_guid ();
  GDBusConnection *connection =
      g_dbus_connection_new_sync (G_IO_STREAM (stream), guid,
                                  G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER |
                                      G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                                  NULL, NULL, NULL);

  g_assert_nonnull (connection);
  g_assert_true (g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (guest), connection,
                                                   "/org/vitrine/Guest", NULL));
  g_dbus_connection_start_message_processing (connection);
  if (is_mode ("flood"))
    g_timeout_add (50, emit_flood, NULL);
}

static gboolean
on_connect (gint fd, GIOCondition condition, gpointer data)
{
  int client = accept4 (fd, NULL, NULL, SOCK_CLOEXEC);
  static const char garbage[] = "\0\xff REJECTED\r\n\0l\1\2\3 and so on\r\n\r\n";

  if (is_mode ("garbage"))
    {
      g_assert_cmpint (write (client, garbage, sizeof garbage), >, 0);
      close (client);
    }
  else if (is_mode ("hang-up"))
    close (client);
  else if (!is_mode ("silent"))
    serve (client);
  return G_SOURCE_CONTINUE;
}

/* What is wrong before there is a control socket. */
static gboolean
report_only (int fd)
{
  static const struct
  {
    const char *mode, *text;
  } reports[] = {
    { "eof", "" },
    { "step-eof", "step One\n" },
    { "garbage-report", "step One\nhello there\nready\n" },
    { "control-characters", "step \033[2J\nready\n" },
    { "failed", "step One\nfailed The disk /x is not there: put it back\n" },
  };
  g_autofree char *text = filler (LONG_BYTES);

  for (gsize i = 0; i < G_N_ELEMENTS (reports); i++)
    if (is_mode (reports[i].mode))
      {
        report (fd, reports[i].text);
        return TRUE;
      }
  if (!is_mode ("endless-line"))
    return FALSE;
  signal (SIGPIPE, SIG_IGN);
  while (write (fd, text, LONG_BYTES) > 0)
    continue;
  return TRUE;
}

int
main (int argc, char **argv)
{
  const char *uuid = argc > 2 ? argv[2] : "";
  int fd = argc > 4 ? atoi (argv[4]) : -1;
  autofd lock = -1;
  autofd control = -1;

  mode = g_getenv ("HOSTILE");
  if (mode == NULL || !paths_is_uuid (uuid) || report_only (fd))
    return 1;
  signal (SIGPIPE, SIG_IGN);
  lock = take_lock (uuid);
  guest = vt_dbus_guest1_skeleton_new ();
  loop = g_main_loop_new (NULL, FALSE);
  fill_properties ();
  g_signal_connect (guest, "handle-force-off", G_CALLBACK (on_force_off), NULL);
  g_signal_connect (guest, "handle-pause", G_CALLBACK (on_pause), NULL);
  g_signal_connect (guest, "handle-monitor", G_CALLBACK (on_monitor), NULL);
  control = listen_control (uuid);
  g_unix_fd_add (control, G_IO_IN, on_connect, NULL);
  write_pid ();
  report (fd, "step Making everything ready\nready\n");
  close (fd);
  /* It never outlives a test that forgot it. */
  g_timeout_add_seconds (60, leave, NULL);
  g_main_loop_run (loop);
  return 0;
}
