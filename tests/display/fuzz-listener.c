/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * B4, whole messages: bytes of D-Bus to the listener and into the frame, as from QEMU's socket. A
 * descriptor that messages may name is a memory of two pages.
 */
#include "fds.h"
#include "qemu/qemu-listener.h"

#include <gio/gunixfdlist.h>
#include <sys/mman.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
ignore (gpointer user_data)
{
}

static void
add_descriptor (GDBusMessage *message)
{
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  autofd fd = memfd_create ("surface", MFD_CLOEXEC);

  g_assert_cmpint (ftruncate (fd, 8192), ==, 0);
  g_unix_fd_list_append (fds, fd, NULL);
  g_dbus_message_set_unix_fd_list (message, fds);
}

/* Any number of messages, one after another, to one listener that has a frame already. */
int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (Screen) screen = screen_new (ignore, NULL);
  g_autoptr (QemuListener) listener = qemu_listener_new (NULL, screen);
  ScreenNews news = { 0 };

  g_assert_true (screen_begin_frame (screen, 48, 32, NULL));
  screen_end (screen);
  while (size >= 16)
    {
      gssize need = g_dbus_message_bytes_needed ((guchar *) data, size, NULL);
      g_autoptr (GDBusMessage) message = NULL;

      if (need <= 0 || (gsize) need > size)
        break;
      message = g_dbus_message_new_from_blob ((guchar *) data, need,
                                              G_DBUS_CAPABILITY_FLAGS_UNIX_FD_PASSING, NULL);
      if (message == NULL)
        break;
      add_descriptor (message);
      qemu_listener_take (listener, message);
      data += need;
      size -= need;
    }
  screen_take_news (screen, &news);
  g_assert_cmpuint (news.width, <=, GLASS_DIMENSION_MAX);
  screen_news_clear (&news);
  return 0;
}
