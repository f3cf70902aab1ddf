/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A hostile QEMU against the real vitrine-display. What breaks the protocol ends the display
 * process in good order, with LINK_FAILED and exit status 1, so that vmm can start another; what is
 * merely odd is lived through, viewers notice nothing and memory stays bounded.
 */
#include "fake-qemu.h"
#include "fds.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define LISTENER "org.qemu.Display1.Listener"
#define UNIX_MAP "org.qemu.Display1.Listener.Unix.Map"

/* --- What ends it --- */

static void
scanout_with (FakeQemu *fake,
              guint32 width,
              guint32 height,
              guint32 stride,
              guint32 format,
              gsize size)
{
  fake_qemu_send (
      fake, LISTENER, "Scanout",
      g_variant_new ("(uuuu@ay)", width, height, stride, format, fake_qemu_bytes (size)));
}

static void
do_no_width (FakeQemu *fake)
{
  scanout_with (fake, 0, 100, 400, FAKE_X8R8G8B8, 40000);
}

static void
do_huge (FakeQemu *fake)
{
  scanout_with (fake, 65535, 65535, 65535 * 4, FAKE_X8R8G8B8, 1000);
}

static void
do_wrapping_size (FakeQemu *fake)
{
  scanout_with (fake, 0x40000001, 16, 4, FAKE_X8R8G8B8, 64);
}

static void
do_small_stride (FakeQemu *fake)
{
  scanout_with (fake, 100, 100, 399, FAKE_X8R8G8B8, 40000);
}

static void
do_short_data (FakeQemu *fake)
{
  scanout_with (fake, 100, 100, 400, FAKE_X8R8G8B8, 39999);
}

static void
do_no_data (FakeQemu *fake)
{
  scanout_with (fake, 100, 100, 400, FAKE_X8R8G8B8, 0);
}

static void
do_unknown_format (FakeQemu *fake)
{
  scanout_with (fake, 100, 100, 400, 0x20020999, 40000);
}

static void
do_wrong_types (FakeQemu *fake)
{
  fake_qemu_send (fake, LISTENER, "Scanout", g_variant_new ("(ssss)", "a", "b", "c", "d"));
}

static void
do_no_arguments (FakeQemu *fake)
{
  fake_qemu_send (fake, LISTENER, "Update", NULL);
}

static void
update_with (FakeQemu *fake,
             gint32 x,
             gint32 y,
             gint32 width,
             gint32 height,
             guint32 stride,
             gsize size)
{
  fake_qemu_send (fake, LISTENER, "Update",
                  g_variant_new ("(iiiiuu@ay)", x, y, width, height, stride, FAKE_X8R8G8B8,
                                 fake_qemu_bytes (size)));
}

static void
do_negative_update (FakeQemu *fake)
{
  fake_qemu_scanout (fake, 64, 64, 0);
  update_with (fake, -8, 0, 16, 16, 64, 1024);
}

static void
do_negative_size (FakeQemu *fake)
{
  fake_qemu_scanout (fake, 64, 64, 0);
  update_with (fake, 0, 0, 16, -1, 64, 1024);
}

static void
do_short_update (FakeQemu *fake)
{
  fake_qemu_scanout (fake, 64, 64, 0);
  update_with (fake, 0, 0, 16, 16, 64, 1023);
}

static void
do_huge_cursor (FakeQemu *fake)
{
  fake_qemu_send (fake, LISTENER, "CursorDefine",
                  g_variant_new ("(iiii@ay)", 4096, 4096, 0, 0, fake_qemu_bytes (4096)));
}

static void
do_short_cursor (FakeQemu *fake)
{
  fake_qemu_send (fake, LISTENER, "CursorDefine",
                  g_variant_new ("(iiii@ay)", 32, 32, 0, 0, fake_qemu_bytes (4095)));
}

static GVariant *
map_body (gint32 handle, guint32 offset, guint32 width, guint32 height)
{
  return g_variant_new ("(huuuuu)", handle, offset, width, height, width * 4, FAKE_X8R8G8B8);
}

static void
do_map_without_fd (FakeQemu *fake)
{
  fake_qemu_send (fake, UNIX_MAP, "ScanoutMap", map_body (0, 0, 64, 64));
}

static void
do_map_other_handle (FakeQemu *fake)
{
  autofd fd = memfd_create ("frame", MFD_CLOEXEC);

  g_assert_cmpint (ftruncate (fd, 65536), ==, 0);
  fake_qemu_send_fd (fake, UNIX_MAP, "ScanoutMap", map_body (5, 0, 64, 64), fd);
}

static void
do_map_pipe (FakeQemu *fake)
{
  int ends[2];

  g_assert_cmpint (pipe (ends), ==, 0);
  fake_qemu_send_fd (fake, UNIX_MAP, "ScanoutMap", map_body (0, 0, 64, 64), ends[0]);
  close (ends[0]);
  close (ends[1]);
}

static void
do_map_folder (FakeQemu *fake)
{
  autofd fd = open ("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  fake_qemu_send_fd (fake, UNIX_MAP, "ScanoutMap", map_body (0, 0, 64, 64), fd);
}

static void
do_map_too_small (FakeQemu *fake)
{
  autofd fd = memfd_create ("frame", MFD_CLOEXEC);

  g_assert_cmpint (ftruncate (fd, 64 * 64 * 4 - 1), ==, 0);
  fake_qemu_send_fd (fake, UNIX_MAP, "ScanoutMap", map_body (0, 0, 64, 64), fd);
}

static void
do_map_offset (FakeQemu *fake)
{
  autofd fd = memfd_create ("frame", MFD_CLOEXEC);

  g_assert_cmpint (ftruncate (fd, 64 * 64 * 4), ==, 0);
  fake_qemu_send_fd (fake, UNIX_MAP, "ScanoutMap", map_body (0, G_MAXUINT32, 64, 64), fd);
}

/* The memory shrinks after it was checked, and `updates` of it. */
static void
truncate_after (FakeQemu *fake, guint updates)
{
  autofd fd = memfd_create ("frame", MFD_CLOEXEC);
  autofd viewer = fake_qemu_view (fake);
  autofd later = -1;

  g_assert_cmpint (ftruncate (fd, 64 * 64 * 4), ==, 0);
  fake_qemu_send_fd (fake, UNIX_MAP, "ScanoutMap", map_body (0, 0, 64, 64), fd);
  fake_qemu_expect_pixel (viewer, 0);
  for (guint32 i = 1; i <= updates; i++)
    {
      g_assert_cmpint (pwrite (fd, &i, sizeof i, 0), ==, sizeof i);
      fake_qemu_send (fake, UNIX_MAP, "UpdateMap", g_variant_new ("(iiii)", 0, 0, 64, 64));
    }
  later = fake_qemu_view (fake);
  fake_qemu_expect_pixel (later, updates);
  g_assert_cmpint (ftruncate (fd, 4096), ==, 0);
  fake_qemu_send (fake, UNIX_MAP, "UpdateMap", g_variant_new ("(iiii)", 0, 0, 64, 64));
}

/* While it is read as a file. */
static void
do_map_truncated (FakeQemu *fake)
{
  truncate_after (fake, 0);
}

/* Once it is mapped, which no SIGBUS must end. */
static void
do_map_truncated_late (FakeQemu *fake)
{
  truncate_after (fake, 10);
}

static void
do_map_bad_part (FakeQemu *fake)
{
  autofd fd = memfd_create ("frame", MFD_CLOEXEC);

  g_assert_cmpint (ftruncate (fd, 64 * 64 * 4), ==, 0);
  fake_qemu_send_fd (fake, UNIX_MAP, "ScanoutMap", map_body (0, 0, 64, 64), fd);
  fake_qemu_send (fake, UNIX_MAP, "UpdateMap", g_variant_new ("(iiii)", 60, 0, 8, 8));
}

static void
write_garbage (GDBusConnection *connection)
{
  GSocketConnection *stream = G_SOCKET_CONNECTION (g_dbus_connection_get_stream (connection));
  int fd = g_socket_get_fd (g_socket_connection_get_socket (stream));

  g_assert_cmpint (send (fd, "this is no D-Bus message at all, is it?", 39, MSG_NOSIGNAL), ==, 39);
}

static void
do_garbage_to_listener (FakeQemu *fake)
{
  write_garbage (fake->listener);
}

static void
do_garbage_on_link (FakeQemu *fake)
{
  write_garbage (fake->connection);
}

static void
do_close_listener (FakeQemu *fake)
{
  g_dbus_connection_close_sync (fake->listener, NULL, NULL);
}

static void
do_close_link (FakeQemu *fake)
{
  g_dbus_connection_close_sync (fake->connection, NULL, NULL);
}

typedef struct
{
  const char *name;
  void (*attack) (FakeQemu *fake);
  LinkFailure failure;
} Attack;

static const Attack attacks[] = {
  { "no-width", do_no_width, LINK_FAILURE_QEMU_PROTOCOL },
  { "huge", do_huge, LINK_FAILURE_QEMU_PROTOCOL },
  { "wrapping-size", do_wrapping_size, LINK_FAILURE_QEMU_PROTOCOL },
  { "small-stride", do_small_stride, LINK_FAILURE_QEMU_PROTOCOL },
  { "short-data", do_short_data, LINK_FAILURE_QEMU_PROTOCOL },
  { "no-data", do_no_data, LINK_FAILURE_QEMU_PROTOCOL },
  { "unknown-format", do_unknown_format, LINK_FAILURE_QEMU_PROTOCOL },
  { "wrong-types", do_wrong_types, LINK_FAILURE_QEMU_PROTOCOL },
  { "no-arguments", do_no_arguments, LINK_FAILURE_QEMU_PROTOCOL },
  { "negative-update", do_negative_update, LINK_FAILURE_QEMU_PROTOCOL },
  { "negative-size", do_negative_size, LINK_FAILURE_QEMU_PROTOCOL },
  { "short-update", do_short_update, LINK_FAILURE_QEMU_PROTOCOL },
  { "huge-cursor", do_huge_cursor, LINK_FAILURE_QEMU_PROTOCOL },
  { "short-cursor", do_short_cursor, LINK_FAILURE_QEMU_PROTOCOL },
  { "map-without-fd", do_map_without_fd, LINK_FAILURE_QEMU_PROTOCOL },
  { "map-other-handle", do_map_other_handle, LINK_FAILURE_QEMU_PROTOCOL },
  { "map-pipe", do_map_pipe, LINK_FAILURE_QEMU_PROTOCOL },
  { "map-folder", do_map_folder, LINK_FAILURE_QEMU_PROTOCOL },
  { "map-too-small", do_map_too_small, LINK_FAILURE_QEMU_PROTOCOL },
  { "map-offset", do_map_offset, LINK_FAILURE_QEMU_PROTOCOL },
  { "map-truncated", do_map_truncated, LINK_FAILURE_QEMU_PROTOCOL },
  { "map-truncated-late", do_map_truncated_late, LINK_FAILURE_QEMU_PROTOCOL },
  { "map-bad-part", do_map_bad_part, LINK_FAILURE_QEMU_PROTOCOL },
  { "garbage-to-listener", do_garbage_to_listener, LINK_FAILURE_QEMU_PROTOCOL },
  { "garbage-on-link", do_garbage_on_link, LINK_FAILURE_QEMU_PROTOCOL },
  { "close-listener", do_close_listener, LINK_FAILURE_QEMU_GONE },
  { "close-link", do_close_link, LINK_FAILURE_QEMU_GONE },
};

static void
expect_failure (FakeQemu *fake, LinkFailure failure)
{
  int status;

  g_assert_cmpint (fake_qemu_expect (fake, LINK_FAILED), ==, failure);
  status = fake_qemu_wait_end (fake);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 1);
}

static void
test_attack (gconstpointer data)
{
  const Attack *attack = data;
  g_autoptr (FakeQemu) fake = fake_qemu_new ();

  attack->attack (fake);
  expect_failure (fake, attack->failure);
}

/* --- What is lived through --- */

static void
do_update_first (FakeQemu *fake)
{
  update_with (fake, 0, 0, 16, 16, 64, 1024);
}

static void
do_update_outside (FakeQemu *fake)
{
  fake_qemu_scanout (fake, 16, 16, 0);
  update_with (fake, 8, 8, 16, 16, 64, 1024);
}

static void
do_update_map_first (FakeQemu *fake)
{
  fake_qemu_send (fake, UNIX_MAP, "UpdateMap", g_variant_new ("(iiii)", 0, 0, 8, 8));
}

static void
do_unknown_calls (FakeQemu *fake)
{
  fake_qemu_send (fake, LISTENER, "ScanoutDMABUF", NULL);
  fake_qemu_send (fake, "org.freedesktop.DBus.Introspectable", "Introspect", NULL);
  fake_qemu_send (fake, "org.freedesktop.DBus.Properties", "Get", g_variant_new ("(ss)", "x", "y"));
  fake_qemu_send (fake, "org.freedesktop.DBus.Properties", "GetAll", NULL);
  fake_qemu_send (fake, "org.freedesktop.DBus.Properties", "Set", g_variant_new ("(u)", 1));
}

static void
do_odd_cursors (FakeQemu *fake)
{
  for (gint32 i = 0; i < 2000; i++)
    {
      fake_qemu_send (
          fake, LISTENER, "CursorDefine",
          g_variant_new ("(iiii@ay)", 64, 64, -i, i * 1000, fake_qemu_bytes (64 * 64 * 4)));
      fake_qemu_send (fake, LISTENER, "MouseSet",
                      g_variant_new ("(iii)", G_MININT32, G_MAXINT32, i - 1000));
    }
  fake_qemu_send (fake, LISTENER, "CursorDefine",
                  g_variant_new ("(iiii@ay)", 0, 0, 0, 0, fake_qemu_bytes (0)));
}

static void
do_mode_flood (FakeQemu *fake)
{
  for (guint32 i = 0; i < 2000; i++)
    {
      fake_qemu_scanout (fake, 1 + i * 7 % 640, 1 + i * 13 % 480, i);
      if (i % 5 == 0)
        fake_qemu_send (fake, LISTENER, "Disable", NULL);
    }
}

static void
do_odd_signals (FakeQemu *fake)
{
  for (guint i = 0; i < 20000; i++)
    {
      fake_qemu_change (fake, "org.qemu.Display1.Mouse", "IsAbsolute", g_variant_new_string ("x"));
      fake_qemu_change (fake, "org.qemu.Display1.Keyboard", "Modifiers", g_variant_new_uint32 (i));
      fake_qemu_change (fake, "", "", g_variant_new_int64 (1));
    }
}

static void
do_unasked_answers (FakeQemu *fake)
{
  for (guint i = 0; i < 20000; i++)
    {
      g_autoptr (GDBusMessage) message = g_dbus_message_new ();

      g_dbus_message_set_message_type (message, G_DBUS_MESSAGE_TYPE_METHOD_RETURN);
      g_dbus_message_set_reply_serial (message, 100000 + i);
      g_dbus_message_set_body (message, g_variant_new ("(@ay)", fake_qemu_bytes (1000)));
      g_dbus_connection_send_message (i % 2 ? fake->connection : fake->listener, message,
                                      G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
    }
}

static const Attack oddities[] = {
  { "update-first", do_update_first },         { "update-outside", do_update_outside },
  { "update-map-first", do_update_map_first }, { "unknown-calls", do_unknown_calls },
  { "odd-cursors", do_odd_cursors },           { "mode-flood", do_mode_flood },
  { "odd-signals", do_odd_signals },           { "unasked-answers", do_unasked_answers },
};

static void
test_oddity (gconstpointer data)
{
  const Attack *oddity = data;
  g_autoptr (FakeQemu) fake = fake_qemu_new ();
  autofd silent = fake_qemu_view (fake);
  autofd viewer = fake_qemu_view (fake);

  oddity->attack (fake);
  fake_qemu_scanout (fake, 80, 60, 0x123456);
  fake_qemu_expect_pixel (viewer, 0x123456);
  g_assert_cmpuint (fake_qemu_memory_kib (fake), <, 24 * 1024);
}

/* --- Floods and silence --- */

/* Frames faster than anyone can take them: nothing piles up. */
static void
test_frame_flood (void)
{
  g_autoptr (FakeQemu) fake = fake_qemu_start ();
  autofd viewer = -1;
  autofd silent = -1;
  const guint32 side = 512;

  fake_qemu_accept (fake, TRUE);
  fake_qemu_listen_raw (fake);
  viewer = fake_qemu_view (fake);
  silent = fake_qemu_view (fake);
  for (guint32 i = 1; i <= 2000; i++)
    {
      g_autofree guint8 *blob = NULL;
      g_autoptr (GDBusMessage) message = NULL;
      guint32 *pixels = g_new (guint32, side * side);
      gsize size, sent = 0;

      for (guint32 p = 0; p < side * side; p++)
        pixels[p] = i;
      message = fake_qemu_message (
          LISTENER, "Scanout",
          g_variant_new ("(uuuu@ay)", side, side, side * 4, FAKE_X8R8G8B8,
                         g_variant_new_from_data (G_VARIANT_TYPE ("ay"), pixels, side * side * 4,
                                                  TRUE, g_free, pixels)));
      g_dbus_message_set_serial (message, i);
      blob = g_dbus_message_to_blob (message, &size, G_DBUS_CAPABILITY_FLAGS_UNIX_FD_PASSING, NULL);
      while (sent < size)
        {
          gssize n = send (fake->listener_socket, blob + sent, size - sent, MSG_NOSIGNAL);

          g_assert_cmpint (n, >, 0);
          sent += n;
        }
      if (i % 500 == 0)
        g_assert_cmpuint (fake_qemu_memory_kib (fake), <, 24 * 1024);
    }
  fake_qemu_expect_pixel (viewer, 2000);
}

/* Asks without reading what it is answered. */
static void
test_question_flood (void)
{
  g_autoptr (FakeQemu) fake = fake_qemu_start ();
  g_autoptr (GDBusMessage) message = NULL;

  fake_qemu_accept (fake, TRUE);
  fake_qemu_listen_raw (fake);
  message = fake_qemu_message ("org.freedesktop.DBus.Properties", "GetAll",
                               g_variant_new ("(s)", LISTENER));
  g_dbus_message_set_flags (message, G_DBUS_MESSAGE_FLAGS_NONE);
  for (guint32 i = 1; i < 1000000; i++)
    {
      gsize size;
      g_autofree guint8 *blob = NULL;

      g_dbus_message_set_serial (message, i);
      blob = g_dbus_message_to_blob (message, &size, G_DBUS_CAPABILITY_FLAGS_NONE, NULL);
      if (send (fake->listener_socket, blob, size, MSG_NOSIGNAL) < 0)
        break;
    }
  expect_failure (fake, LINK_FAILURE_QEMU_PROTOCOL);
}

/* A QEMU that stops at some step of the set-up is given up in time; both at once, to save time. */
static void
test_silence (void)
{
  g_autoptr (FakeQemu) no_authentication = fake_qemu_start ();
  g_autoptr (FakeQemu) no_answer = fake_qemu_start ();

  fake_qemu_accept (no_answer, FALSE);
  expect_failure (no_authentication, LINK_FAILURE_QEMU_PROTOCOL);
  expect_failure (no_answer, LINK_FAILURE_QEMU_PROTOCOL);
}

/* --- vmm's side --- */

static void
test_vmm_leaves (void)
{
  g_autoptr (FakeQemu) fake = fake_qemu_new ();

  fds_clear (&fake->link);
  g_assert_cmpint (fake_qemu_wait_end (fake), ==, 0);
}

static void
test_vmm_breaks_protocol (void)
{
  static const LinkMessage messages[] = {
    { LINK_READY, 0 }, { LINK_QEMU, 0 }, { 0, 0 }, { ~0u, 1 }
  };

  for (gsize i = 0; i < G_N_ELEMENTS (messages); i++)
    {
      g_autoptr (FakeQemu) fake = fake_qemu_new ();

      fds_send (fake->link, &messages[i], sizeof messages[i], NULL, 0);
      g_assert_cmpint (fake_qemu_wait_end (fake), ==, 0);
    }
}

static void
test_ping (void)
{
  g_autoptr (FakeQemu) fake = fake_qemu_new ();
  const LinkMessage ping = { LINK_PING, 4711 };
  autofd viewer = -1;

  g_assert_cmpint (fds_send (fake->link, &ping, sizeof ping, NULL, 0), ==, sizeof ping);
  g_assert_cmpint (fake_qemu_expect (fake, LINK_PONG), ==, 4711);
  fake_qemu_scanout (fake, 8, 8, 0);
  g_assert_cmpint (fake_qemu_expect (fake, LINK_READY), ==, 0);
  viewer = fake_qemu_view (fake);
  g_assert_cmpint (fake_qemu_expect (fake, LINK_VIEWERS), ==, 1);
  fds_clear (&viewer);
  g_assert_cmpint (fake_qemu_expect (fake, LINK_VIEWERS), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (attacks); i++)
    {
      g_autofree char *path = g_strconcat ("/display/attack/", attacks[i].name, NULL);

      g_test_add_data_func (path, &attacks[i], test_attack);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (oddities); i++)
    {
      g_autofree char *path = g_strconcat ("/display/oddity/", oddities[i].name, NULL);

      g_test_add_data_func (path, &oddities[i], test_oddity);
    }
  g_test_add_func ("/display/flood/frames", test_frame_flood);
  g_test_add_func ("/display/flood/questions", test_question_flood);
  g_test_add_func ("/display/silence", test_silence);
  g_test_add_func ("/display/vmm/leaves", test_vmm_leaves);
  g_test_add_func ("/display/vmm/breaks-protocol", test_vmm_breaks_protocol);
  g_test_add_func ("/display/vmm/ping", test_ping);
  return g_test_run ();
}
