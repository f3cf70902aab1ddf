/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A stand-in for vitrine-display that has been taken over: put in its place in a folder of its own,
 * it runs in the display's jail, answers vmm on the link and front ends on the glass socket as
 * badly as its mode says. The mode is written over the marker below in the copied binary.
 * Everything it does must cost only itself. Test code; libc only.
 */
#include "ipc/glass-wire.h"
#include "ipc/link-wire.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* The test replaces what stands between the brackets. */
static const volatile char marker[] = "VITRINE-MODE[good                    ]";

static char mode[32];
static int link_fd = -1, glass_fd = -1;
static int thief_fd = -1; /* the viewer whose clipboard is wanted, in mode "clipboard" */

static int
is_mode (const char *name)
{
  return strcmp (mode, name) == 0;
}

static void
read_mode (void)
{
  size_t n = 0;

  for (const volatile char *at = strchr ((const char *) marker, '[') + 1; *at != ' ' && *at != ']';
       at++)
    mode[n++] = *at;
}

static void
tell_vmm (guint32 type, guint32 value)
{
  LinkMessage message = { type, value };

  if (send (link_fd, &message, sizeof message, MSG_NOSIGNAL) < 0)
    _exit (0);
}

static void
send_with_fds (int socket, const void *data, size_t size, const int *fds, int n_fds)
{
  char control[CMSG_SPACE (4 * sizeof (int))] = { 0 };
  struct iovec iov = { .iov_base = (void *) data, .iov_len = size };
  struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

  if (n_fds > 0)
    {
      struct cmsghdr *head = (struct cmsghdr *) control;

      message.msg_control = control;
      message.msg_controllen = CMSG_SPACE (n_fds * sizeof (int));
      head->cmsg_level = SOL_SOCKET;
      head->cmsg_type = SCM_RIGHTS;
      head->cmsg_len = CMSG_LEN (n_fds * sizeof (int));
      memcpy (CMSG_DATA (head), fds, n_fds * sizeof (int));
    }
  sendmsg (socket, &message, MSG_NOSIGNAL);
}

static int
make_frame (size_t size, int seals)
{
  static const char zeros[1 << 20];
  int fd = memfd_create ("frame", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  if (fd < 0 || write (fd, zeros, size) != (ssize_t) size)
    _exit (5);
  fcntl (fd, F_ADD_SEALS, seals);
  return fd;
}

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE)

static void
send_scanout (int socket,
              guint32 width,
              guint32 height,
              guint32 stride,
              guint32 format,
              size_t size,
              int seals)
{
  GlassScanout scanout = { GLASS_SCANOUT, 1, width, height, stride, format };
  int fd = make_frame (size, seals);
  int fds[3] = { fd, fd, fd };

  send_with_fds (socket, &scanout, sizeof scanout, fds,
                 is_mode ("scanout-no-fd")       ? 0
                 : is_mode ("scanout-three-fds") ? 3
                                                 : 1);
  if (is_mode ("scanout-truncated-later"))
    {
      usleep (50000);
      if (ftruncate (fd, 0) < 0)
        _exit (6);
    }
  close (fd);
}

static void
send_damage (int socket, guint32 n_rects, guint32 stated, GlassRect rect)
{
  static char buffer[65536];
  GlassDamage damage = { GLASS_DAMAGE, 2, stated, 1 };

  memcpy (buffer, &damage, sizeof damage);
  for (guint32 i = 0; i < n_rects; i++)
    memcpy (buffer + sizeof damage + i * sizeof rect, &rect, sizeof rect);
  send_with_fds (socket, buffer, sizeof damage + n_rects * sizeof rect, NULL, 0);
}

/* One scanout with a fault of its own; whether the mode was one of them. */
static int
send_bad_scanout (int socket)
{
  static const struct
  {
    const char *mode;
    guint32 width, height, stride, format;
    size_t size;
    int seals;
  } cases[] = {
    { "scanout-huge", 0xffffffff, 0xffffffff, 0xfffffffc, GLASS_FORMAT_XRGB8888, 4096, SEALS },
    { "scanout-wide", GLASS_DIMENSION_MAX + 1, 1, (GLASS_DIMENSION_MAX + 1) * 4,
      GLASS_FORMAT_XRGB8888, 1 << 20, SEALS },
    { "scanout-overflow", 16384, 16384, 0x40000000, GLASS_FORMAT_XRGB8888, 4096, SEALS },
    { "scanout-zero", 0, 0, 0, GLASS_FORMAT_XRGB8888, 4096, SEALS },
    { "scanout-stride", 64, 64, 64, GLASS_FORMAT_XRGB8888, 1 << 20, SEALS },
    { "scanout-odd-stride", 64, 64, 257, GLASS_FORMAT_XRGB8888, 1 << 20, SEALS },
    { "scanout-format", 64, 64, 256, 0x12345678, 1 << 20, SEALS },
    { "scanout-short", 1024, 768, 4096, GLASS_FORMAT_XRGB8888, 4096, SEALS },
    { "scanout-unsealed", 64, 64, 256, GLASS_FORMAT_XRGB8888, 16384, 0 },
    { "scanout-truncated-later", 1024, 768, 4096, GLASS_FORMAT_XRGB8888, 4096 * 768, 0 },
    { "scanout-no-fd", 64, 64, 256, GLASS_FORMAT_XRGB8888, 16384, SEALS },
    { "scanout-three-fds", 64, 64, 256, GLASS_FORMAT_XRGB8888, 16384, SEALS },
  };

  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    if (is_mode (cases[i].mode))
      {
        send_scanout (socket, cases[i].width, cases[i].height, cases[i].stride, cases[i].format,
                      cases[i].size, cases[i].seals);
        return 1;
      }
  if (is_mode ("scanout-pipe"))
    {
      GlassScanout scanout = { GLASS_SCANOUT, 1, 64, 64, 256, GLASS_FORMAT_XRGB8888 };
      int fds[2];

      if (pipe (fds) < 0)
        _exit (7);
      send_with_fds (socket, &scanout, sizeof scanout, fds, 1);
      return 1;
    }
  return 0;
}

/* As if the guest's owner allowed everything. */
static void
begin_theft (int socket)
{
  GlassClipboardState state = { GLASS_CLIPBOARD_STATE, 3, 0, 0 };
  GlassClipboardOffer offer = { GLASS_CLIPBOARD_OFFER, 1, GLASS_CLIPBOARD_TEXT };

  send_with_fds (socket, &state, sizeof state, NULL, 0);
  send_with_fds (socket, &offer, sizeof offer, NULL, 0);
  thief_fd = socket;
}

/* Whatever the viewer says, its clipboard is asked for; what comes is told on the guest's log. */
static void
go_on_with_theft (void)
{
  static guint32 number;
  GlassRequest request = { 0 };
  GlassClipboardWant want = { GLASS_CLIPBOARD_WANT, ++number, GLASS_CLIPBOARD_TEXT };
  ssize_t n = recv (thief_fd, &request, sizeof request, 0);

  if (n <= 0)
    {
      thief_fd = -1;
      return;
    }
  if (request.type == GLASS_CLIPBOARD_SEND)
    fprintf (stderr, "stolen: %u bytes\n", request.clipboard_data.size);
  else if (request.type == GLASS_CLIPBOARD_FETCH)
    fprintf (stderr, "planted\n");
  else if (request.type != GLASS_ACK)
    send_with_fds (thief_fd, &want, sizeof want, NULL, 0);
}

static void
serve_viewer (int socket)
{
  GlassWelcome welcome = { GLASS_WELCOME, GLASS_VERSION, 0 };
  GlassHeads heads = { GLASS_HEADS, 1, 1 };
  static const char nonsense[4096] = { 'x', 'y' };

  if (is_mode ("viewer-silence"))
    return;
  if (is_mode ("viewer-closed"))
    {
      close (socket);
      return;
    }
  if (is_mode ("viewer-version"))
    welcome.version = 99;
  if (is_mode ("viewer-garbage"))
    {
      send_with_fds (socket, nonsense, sizeof nonsense, NULL, 0);
      return;
    }
  if (is_mode ("viewer-other-head"))
    welcome.console = 1;
  if (is_mode ("heads-thousand"))
    heads.count = 1000;
  if (is_mode ("heads-lit-nowhere"))
    heads.lit = 8;
  send_with_fds (socket, &welcome, sizeof welcome, NULL, 0);
  send_with_fds (socket, &heads, sizeof heads, NULL, 0);
  if (is_mode ("viewer-no-picture") || is_mode ("viewer-version") || send_bad_scanout (socket))
    return;
  if (is_mode ("damage-first"))
    {
      send_damage (socket, 1, 1, (GlassRect) { 0, 0, 1, 1 });
      return;
    }
  if (is_mode ("cursor-huge"))
    {
      GlassCursor cursor = { GLASS_CURSOR, 0xffffffff, 0xffffffff, 0, 0 };
      int fd = make_frame (4096, SEALS);

      send_with_fds (socket, &cursor, sizeof cursor, &fd, 1);
      return;
    }
  /* good, and a fault in what follows the frame */
  send_scanout (socket, 64, 64, 256, GLASS_FORMAT_XRGB8888, 16384, SEALS);
  if (is_mode ("clipboard"))
    begin_theft (socket);
}

static void
tell_viewer (guint32 share, LinkViewerEvent event)
{
  LinkViewer message = { LINK_VIEWER, 1, share, event, 0, 0, 0, "192.0.2.1" };

  if (send (link_fd, &message, sizeof message, MSG_NOSIGNAL) < 0)
    _exit (0);
}

/* Viewers that there are not, or that it does not let go. */
static void
hear_share (guint32 share)
{
  if (is_mode ("share-unannounced"))
    {
      tell_viewer (share, LINK_VIEWER_CAME);
      tell_viewer (share, LINK_VIEWER_CAME);
    }
  if (is_mode ("share-uninvited"))
    {
      tell_viewer (share, LINK_VIEWER_CAME);
      tell_viewer (share, LINK_VIEWER_ASKS);
      tell_viewer (share, LINK_VIEWER_IN);
    }
  if (is_mode ("share-keeps"))
    {
      tell_viewer (share, LINK_VIEWER_CAME);
      tell_viewer (share, LINK_VIEWER_IN);
    }
}

static void
hear_vmm (void)
{
  LinkMessage message;
  ssize_t n = recv (link_fd, &message, sizeof message, 0);
  static const char nonsense[4096] = { 1, 2, 3 };

  if (n <= 0)
    _exit (0);
  if (message.type == LINK_PING)
    {
      if (is_mode ("link-no-pong"))
        return;
      tell_vmm (LINK_PONG, is_mode ("link-wrong-pong") ? message.value + 7 : message.value);
      return;
    }
  if (message.type == LINK_SHARE)
    hear_share (message.value);
  if (message.type != LINK_QEMU)
    return;
  if (is_mode ("link-silence"))
    return;
  if (is_mode ("link-exits"))
    _exit (0);
  if (is_mode ("link-garbage"))
    send (link_fd, nonsense, sizeof nonsense, MSG_NOSIGNAL);
  if (is_mode ("link-short"))
    send (link_fd, nonsense, 3, MSG_NOSIGNAL);
  if (is_mode ("link-unknown"))
    tell_vmm (0xdeadbeef, 1);
  if (is_mode ("link-viewers"))
    tell_vmm (LINK_VIEWERS, 0xffffffff);
  if (is_mode ("link-failed"))
    tell_vmm (LINK_FAILED, 0xffffffff);
  if (is_mode ("link-flood"))
    for (;;)
      tell_vmm (LINK_VIEWERS, 1);
  tell_vmm (LINK_READY, 0);
}

int
main (int argc, char **argv)
{
  read_mode ();
  for (int i = 1; i + 1 < argc; i++)
    {
      if (strcmp (argv[i], "--link-fd") == 0)
        link_fd = atoi (argv[i + 1]);
      if (strcmp (argv[i], "--glass-fd") == 0)
        glass_fd = atoi (argv[i + 1]);
    }
  for (;;)
    {
      struct pollfd polls[] = { { link_fd, POLLIN, 0 },
                                { glass_fd, POLLIN, 0 },
                                { thief_fd, POLLIN, 0 } };

      if (poll (polls, 3, -1) < 0)
        return 1;
      if (polls[0].revents != 0)
        hear_vmm ();
      if (polls[2].revents != 0)
        go_on_with_theft ();
      if (polls[1].revents != 0)
        {
          int viewer = accept4 (glass_fd, NULL, NULL, SOCK_CLOEXEC);

          if (viewer >= 0)
            serve_viewer (viewer);
        }
    }
}
