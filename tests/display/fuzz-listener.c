/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * B4, all of a listener's connection once it is authenticated: bytes from QEMU's socket to the
 * listener and into the frame. A descriptor that messages may name, a memory of two pages, comes
 * with the first byte, and another with the last.
 */
#include "fds.h"
#include "qemu/qemu-listener.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>

/* What a socket takes at once. */
#define BYTES_MAX 65536

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
ignore (gpointer user_data)
{
}

static void
send_with_surface (int socket, const guint8 *data, gsize size)
{
  autofd fd = memfd_create ("surface", MFD_CLOEXEC);

  g_assert_cmpint (ftruncate (fd, 8192), ==, 0);
  g_assert_cmpint (fds_send (socket, data, size, &fd, 1), ==, size);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (Screen) screen = screen_new (ignore, NULL);
  ScreenNews news = { 0 };
  int pair[2];

  g_assert_true (screen_begin_frame (screen, 48, 32, NULL));
  screen_end (screen);
  size = MIN (size, BYTES_MAX);
  g_assert_true (fds_socketpair (SOCK_STREAM, pair, NULL));
  fcntl (pair[0], F_SETFL, 0);
  if (size > 0)
    send_with_surface (pair[1], data, size - 1);
  if (size > 1)
    send_with_surface (pair[1], data + size - 1, 1);
  shutdown (pair[1], SHUT_WR);
  qemu_listener_serve (pair[0], screen);
  fds_clear (&pair[0]);
  fds_clear (&pair[1]);
  screen_take_news (screen, &news);
  g_assert_cmpuint (news.width, <=, GLASS_DIMENSION_MAX);
  screen_news_clear (&news);
  return 0;
}
