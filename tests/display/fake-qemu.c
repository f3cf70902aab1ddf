/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A stand-in for QEMU's D-Bus display, for tests of vitrine-display only.
 */
#include "fake-qemu.h"

#include "fds.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#define PATIENCE_MS 60000
#define LISTENER_PATH "/org/qemu/Display1/Listener"

/* --- The process --- */

/* Keeps the two descriptors at the numbers that the command line names. */
static void
child_setup (gpointer user_data)
{
  int *fds = user_data;

  dup2 (fds[0], 100);
  dup2 (fds[1], 101);
}

static int
listen_glass (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpuint (strlen (path), <, sizeof address.sun_path);
  strcpy (address.sun_path, path);
  g_assert_cmpint (bind (fd, (void *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (fd, 16), ==, 0);
  return fd;
}

FakeQemu *
fake_qemu_start (void)
{
  FakeQemu *fake = g_new0 (FakeQemu, 1);
  g_autofree char *program = g_build_filename (g_getenv ("VITRINE_BUILD"), "vitrine-display", NULL);
  char *argv[] = { program, "--link-fd", "100", "--glass-fd", "101", NULL };
  const LinkMessage qemu = { LINK_QEMU, 0 };
  g_autoptr (GError) error = NULL;
  int link[2], ends[2], child_fds[2];

  fake->listener_socket = -1;
  fake->audio_socket = -1;
  fake->ear = -1;
  for (guint i = 0; i < G_N_ELEMENTS (fake->more_sockets); i++)
    fake->more_sockets[i] = -1;
  fake->text_consoles = "";
  fake->calls = g_async_queue_new_full (g_free);
  fake->registrations = g_async_queue_new_full (g_free);
  fake->unanswered = g_async_queue_new_full (g_object_unref);
  fake->folder = g_dir_make_tmp ("vitrine-fake-XXXXXX", &error);
  g_assert_no_error (error);
  fake->glass_path = g_build_filename (fake->folder, "display", NULL);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, link), ==, 0);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), ==, 0);
  child_fds[0] = link[1];
  child_fds[1] = listen_glass (fake->glass_path);
  g_spawn_async (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_LEAVE_DESCRIPTORS_OPEN,
                 child_setup, child_fds, &fake->pid, &error);
  g_assert_no_error (error);
  close (child_fds[0]);
  close (child_fds[1]);
  fake->link = link[0];
  fake->socket = ends[0];
  g_assert_cmpint (fds_send (fake->link, &qemu, sizeof qemu, &ends[1], 1), ==, sizeof qemu);
  close (ends[1]);
  return fake;
}

void
fake_qemu_free (FakeQemu *fake)
{
  if (fake->pid != 0)
    {
      kill (fake->pid, SIGKILL);
      waitpid (fake->pid, NULL, 0);
    }
  g_clear_object (&fake->listener);
  g_clear_object (&fake->audio);
  fds_clear (&fake->audio_socket);
  fds_clear (&fake->ear);
  for (guint i = 0; i < G_N_ELEMENTS (fake->more_sockets); i++)
    {
      g_clear_object (&fake->more_listeners[i]);
      fds_clear (&fake->more_sockets[i]);
    }
  if (fake->connection != NULL)
    g_dbus_connection_close_sync (fake->connection, NULL, NULL);
  g_clear_object (&fake->connection);
  fds_clear (&fake->listener_socket);
  fds_clear (&fake->socket);
  fds_clear (&fake->link);
  g_unlink (fake->glass_path);
  g_rmdir (fake->folder);
  g_free (fake->glass_path);
  g_free (fake->folder);
  g_free (fake);
}

/* --- The link to QEMU --- */

static GDBusConnection *
authenticate (int fd, GDBusConnectionFlags flags)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *guid = g_dbus_generate_guid ();
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, &error);
  g_autoptr (GSocketConnection) stream = NULL;
  GDBusConnection *connection;

  g_assert_no_error (error);
  stream = g_socket_connection_factory_create_connection (socket);
  connection = g_dbus_connection_new_sync (G_IO_STREAM (stream), guid,
                                           G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER | flags,
                                           NULL, NULL, &error);
  g_assert_no_error (error);
  return connection;
}

static void
answer (GDBusConnection *connection, GDBusMessage *call)
{
  g_autoptr (GDBusMessage) reply = g_dbus_message_new_method_reply (call);

  g_dbus_connection_send_message (connection, reply, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
}

static char *
describe (GDBusMessage *call)
{
  GVariant *body = g_dbus_message_get_body (call);
  g_autofree char *arguments = body != NULL ? g_variant_print (body, TRUE) : g_strdup ("()");

  return g_strdup_printf ("%s.%s %s", strrchr (g_dbus_message_get_interface (call), '.') + 1,
                          g_dbus_message_get_member (call), arguments);
}

/* Which consoles there are, and what each is. */
static void
answer_get (FakeQemu *fake, GDBusConnection *connection, GDBusMessage *call)
{
  g_autoptr (GDBusMessage) reply = g_dbus_message_new_method_reply (call);
  const char *path = g_dbus_message_get_path (call);
  const char *digits = strrchr (path, '_');
  GVariant *value;

  if (digits == NULL)
    value = fake->consoles != NULL ? fake->consoles : g_variant_new_parsed ("[uint32 0]");
  else
    value =
        g_variant_new_string (strchr (fake->text_consoles, digits[1]) != NULL ? "Text" : "Graphic");
  g_dbus_message_set_body (reply, g_variant_new ("(v)", value));
  g_dbus_connection_send_message (connection, reply, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
}

static void
take_listener (FakeQemu *fake, GDBusMessage *call)
{
  int fd = g_unix_fd_list_get (g_dbus_message_get_unix_fd_list (call), 0, NULL);
  gint n = g_atomic_int_get (&fake->registered);

  if (n == 0)
    fake->listener_socket = fd;
  else
    {
      g_assert_cmpint (n, <=, (gint) G_N_ELEMENTS (fake->more_sockets));
      fake->more_sockets[n - 1] = fd;
    }
  g_async_queue_push (fake->registrations, g_strdup (g_dbus_message_get_path (call)));
}

/* On GDBus's worker thread. */
static GDBusMessage *
filter (GDBusConnection *connection, GDBusMessage *message, gboolean incoming, gpointer user_data)
{
  FakeQemu *fake = user_data;
  const char *member = g_dbus_message_get_member (message);

  if (!incoming || g_dbus_message_get_message_type (message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL)
    return message;
  if (g_str_equal (member, "RegisterListener"))
    {
      take_listener (fake, message);
      if (fake->answers)
        answer (connection, message);
      g_atomic_int_inc (&fake->registered);
    }
  else if (g_str_equal (member, "Get"))
    answer_get (fake, connection, message);
  else if (g_str_equal (member, "RegisterOutListener"))
    {
      int fd = g_unix_fd_list_get (g_dbus_message_get_unix_fd_list (message), 0, NULL);

      answer (connection, message);
      g_atomic_int_set (&fake->audio_socket, fd);
    }
  else
    {
      /* First, so that a test which has seen a call knows that it is answered. */
      if (g_atomic_int_get (&fake->mute))
        g_async_queue_push (fake->unanswered, g_object_ref (message));
      else
        answer (connection, message);
      if (!g_str_equal (member, "GetAll"))
        g_async_queue_push (fake->calls, describe (message));
    }
  g_object_unref (message);
  return NULL;
}

void
fake_qemu_accept (FakeQemu *fake, gboolean answers)
{
  gint64 end = g_get_monotonic_time () + PATIENCE_MS * 1000;

  fake->answers = answers;
  fake->connection =
      authenticate (fds_steal (&fake->socket), G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING);
  g_dbus_connection_add_filter (fake->connection, filter, fake, NULL);
  g_dbus_connection_start_message_processing (fake->connection);
  while (!g_atomic_int_get (&fake->registered))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_usleep (1000);
    }
}

void
fake_qemu_set_answering (FakeQemu *fake, gboolean answering)
{
  GDBusMessage *call;

  g_atomic_int_set (&fake->mute, !answering);
  while (answering && (call = g_async_queue_try_pop (fake->unanswered)) != NULL)
    {
      answer (fake->connection, call);
      g_object_unref (call);
    }
}

void
fake_qemu_expect_call (FakeQemu *fake, const char *call)
{
  g_autofree char *got = g_async_queue_timeout_pop (fake->calls, PATIENCE_MS * 1000);

  g_assert_cmpstr (got, ==, call);
}

void
fake_qemu_change (FakeQemu *fake, const char *interface, const char *property, GVariant *value)
{
  fake_qemu_change_console (fake, 0, interface, property, value);
}

void
fake_qemu_change_console (FakeQemu *fake,
                          guint console,
                          const char *interface,
                          const char *property,
                          GVariant *value)
{
  g_autofree char *path = g_strdup_printf ("/org/qemu/Display1/Console_%u", console);
  g_autoptr (GDBusMessage) message =
      g_dbus_message_new_signal (path, "org.freedesktop.DBus.Properties", "PropertiesChanged");
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, property, value);
  g_dbus_message_set_body (message,
                           g_variant_new ("(s@a{sv}@as)", interface, g_variant_dict_end (&dict),
                                          g_variant_new_strv (NULL, 0)));
  g_dbus_connection_send_message (fake->connection, message, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL,
                                  NULL);
}

void
fake_qemu_listen (FakeQemu *fake)
{
  fake->listener = authenticate (fds_steal (&fake->listener_socket), 0);
}

void
fake_qemu_listen_audio (FakeQemu *fake)
{
  gint64 end = g_get_monotonic_time () + PATIENCE_MS * 1000;

  fake->ear = fake_qemu_view (fake);
  fake_qemu_send_words (fake->ear, 2, (const guint32[]) { GLASS_SOUND_WISH, GLASS_SOUND_HEAR });
  while (g_atomic_int_get (&fake->audio_socket) < 0)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_usleep (1000);
    }
  fake->audio = authenticate (fds_steal (&fake->audio_socket), 0);
}

void
fake_qemu_send_audio (FakeQemu *fake, const char *member, GVariant *body)
{
  g_autoptr (GDBusMessage) message =
      g_dbus_message_new_method_call (NULL, "/org/qemu/Display1/AudioOutListener",
                                      "org.qemu.Display1.AudioOutListener", member);

  g_dbus_message_set_flags (message, G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED);
  if (body != NULL)
    g_dbus_message_set_body (message, body);
  g_dbus_connection_send_message (fake->audio, message, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
}

void
fake_qemu_listen_head (FakeQemu *fake, guint head)
{
  gint64 end = g_get_monotonic_time () + PATIENCE_MS * 1000;

  while (g_atomic_int_get (&fake->registered) < (gint) head + 1)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_usleep (1000);
    }
  fake->more_listeners[head - 1] = authenticate (fds_steal (&fake->more_sockets[head - 1]), 0);
}

void
fake_qemu_expect_registration (FakeQemu *fake, const char *path)
{
  g_autofree char *got = g_async_queue_timeout_pop (fake->registrations, PATIENCE_MS * 1000);

  g_assert_cmpstr (got, ==, path);
}

void
fake_qemu_send_head (FakeQemu *fake,
                     guint head,
                     const char *interface,
                     const char *member,
                     GVariant *body)
{
  g_autoptr (GDBusMessage) message = fake_qemu_message (interface, member, body);

  g_dbus_connection_send_message (head == 0 ? fake->listener : fake->more_listeners[head - 1],
                                  message, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
}

/* Reads until `word` has come. */
static void
read_until (int fd, const char *word)
{
  char text[1024] = { 0 };
  gsize have = 0;

  while (strstr (text, word) == NULL)
    {
      gssize got = recv (fd, text + have, sizeof text - 1 - have, 0);

      g_assert_cmpint (got, >, 0);
      for (gssize i = 0; i < got; i++) /* the leading NUL must not end the text */
        if (text[have + i] == '\0')
          text[have + i] = ' ';
      have += got;
    }
}

static void
write_text (int fd, const char *text)
{
  g_assert_cmpint (send (fd, text, strlen (text), MSG_NOSIGNAL), ==, strlen (text));
}

void
fake_qemu_listen_raw (FakeQemu *fake)
{
  int fd = fake->listener_socket;

  fcntl (fd, F_SETFL, fcntl (fd, F_GETFL) & ~O_NONBLOCK);
  read_until (fd, "AUTH EXTERNAL");
  write_text (fd, "OK 1234deadbeef1234deadbeef12345678\r\n");
  read_until (fd, "NEGOTIATE_UNIX_FD\r\n");
  write_text (fd, "AGREE_UNIX_FD\r\n");
  read_until (fd, "BEGIN\r\n");
}

FakeQemu *
fake_qemu_new (void)
{
  FakeQemu *fake = fake_qemu_start ();

  fake_qemu_accept (fake, TRUE);
  fake_qemu_listen (fake);
  return fake;
}

/* --- What QEMU sends --- */

GDBusMessage *
fake_qemu_message (const char *interface, const char *member, GVariant *body)
{
  GDBusMessage *message = g_dbus_message_new_method_call (NULL, LISTENER_PATH, interface, member);

  g_dbus_message_set_flags (message, G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED);
  if (body != NULL)
    g_dbus_message_set_body (message, body);
  return message;
}

void
fake_qemu_send (FakeQemu *fake, const char *interface, const char *member, GVariant *body)
{
  fake_qemu_send_fd (fake, interface, member, body, -1);
}

void
fake_qemu_send_fd (FakeQemu *fake,
                   const char *interface,
                   const char *member,
                   GVariant *body,
                   int fd)
{
  g_autoptr (GDBusMessage) message = fake_qemu_message (interface, member, body);
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();

  if (fd >= 0)
    {
      g_unix_fd_list_append (fds, fd, NULL);
      g_dbus_message_set_unix_fd_list (message, fds);
    }
  /* Fails once display has gone, which is what a hostile peer expects. */
  g_dbus_connection_send_message (fake->listener, message, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL,
                                  NULL);
}

void
fake_qemu_scanout (FakeQemu *fake, guint32 width, guint32 height, guint32 colour)
{
  gsize n = (gsize) width * height;
  guint32 *pixels = g_new (guint32, n);

  for (gsize i = 0; i < n; i++)
    pixels[i] = colour;
  fake_qemu_send (fake, "org.qemu.Display1.Listener", "Scanout",
                  g_variant_new ("(uuuu@ay)", width, height, width * 4, FAKE_X8R8G8B8,
                                 g_variant_new_from_data (G_VARIANT_TYPE ("ay"), pixels, n * 4,
                                                          TRUE, g_free, pixels)));
}

GVariant *
fake_qemu_bytes (gsize n)
{
  guint8 *data = g_malloc0 (n + 1);

  return g_variant_new_from_data (G_VARIANT_TYPE ("ay"), data, n, TRUE, g_free, data);
}

/* --- What display does --- */

static void
wait_readable (int fd)
{
  struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

  g_assert_cmpint (poll (&poll_fd, 1, PATIENCE_MS), ==, 1);
}

gint64
fake_qemu_expect (FakeQemu *fake, LinkType type)
{
  for (;;)
    {
      LinkMessage message;
      guint n_fds = 0;
      gssize size;

      wait_readable (fake->link);
      size = fds_receive (fake->link, &message, sizeof message, NULL, &n_fds);
      if (size <= 0)
        return -1;
      g_assert_cmpint (size, ==, sizeof message);
      if (message.type == type)
        return message.value;
    }
}

int
fake_qemu_wait_end (FakeQemu *fake)
{
  gint64 end = g_get_monotonic_time () + PATIENCE_MS * 1000;
  int status = 0;

  while (waitpid (fake->pid, &status, WNOHANG) == 0)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_usleep (1000);
    }
  fake->pid = 0;
  return status;
}

gsize
fake_qemu_memory_kib (FakeQemu *fake)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/smaps_rollup", fake->pid);
  g_autofree char *text = NULL;
  const char *line;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  line = strstr (text, "\nPss:");
  g_assert_nonnull (line);
  return g_ascii_strtoull (line + 5, NULL, 10);
}

int
fake_qemu_connect (FakeQemu *fake)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

  strcpy (address.sun_path, fake->glass_path);
  g_assert_cmpint (connect (fd, (void *) &address, sizeof address), ==, 0);
  return fd;
}

int
fake_qemu_view (FakeQemu *fake)
{
  return fake_qemu_view_head (fake, 0);
}

int
fake_qemu_view_head (FakeQemu *fake, guint32 head)
{
  const guint32 hello[] = { GLASS_HELLO, GLASS_VERSION, head };
  int fd = fake_qemu_connect (fake);

  fake_qemu_send_words (fd, 3, hello);
  return fd;
}

void
fake_qemu_send_words (int viewer, guint n, const guint32 *words)
{
  g_assert_cmpint (fds_send (viewer, words, n * 4, NULL, 0), ==, n * 4);
}

gsize
fake_qemu_read_packet (int viewer, guint32 packet[static GLASS_MESSAGE_BYTES_MAX / 4], int *ret_fd)
{
  guint n_fds = 1;
  gssize size;

  wait_readable (viewer);
  size = fds_receive (viewer, packet, GLASS_MESSAGE_BYTES_MAX, ret_fd, &n_fds);
  return size < 0 ? 0 : size; /* reset: closed with something unread */
}

void
fake_qemu_expect_packet (int viewer,
                         GlassType type,
                         guint32 packet[static GLASS_MESSAGE_BYTES_MAX / 4])
{
  do
    {
      autofd fd = -1;

      g_assert_cmpuint (fake_qemu_read_packet (viewer, packet, &fd), >, 0);
    }
  while (packet[0] != type);
}

void
fake_qemu_expect_silence (int viewer)
{
  struct pollfd poll_fd = { .fd = viewer, .events = POLLIN };

  g_assert_cmpint (poll (&poll_fd, 1, 100), ==, 0);
}

void
fake_qemu_expect_pixel (int viewer, guint32 colour)
{
  guint32 pixel = ~colour;
  autofd frame = -1;

  while ((pixel & 0xffffff) != colour)
    {
      guint32 packet[GLASS_MESSAGE_BYTES_MAX / 4];
      autofd fd = -1;

      g_assert_cmpuint (fake_qemu_read_packet (viewer, packet, &fd), >, 0);
      if (packet[0] == GLASS_SCANOUT)
        {
          fds_clear (&frame);
          frame = fds_steal (&fd);
        }
      if (packet[0] != GLASS_SCANOUT && packet[0] != GLASS_DAMAGE)
        continue;
      fake_qemu_send_words (viewer, 2, (guint32[]) { GLASS_ACK, packet[1] });
      if (frame >= 0) /* else of a frame that the test has taken before */
        g_assert_cmpint (pread (frame, &pixel, sizeof pixel, 0), ==, sizeof pixel);
    }
}
