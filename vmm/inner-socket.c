/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Sockets without a name. Runs in vitrine-vmm; never reads what passes, and never waits.
 */
#include "inner-socket.h"

#include "fds.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static gboolean
make (InnerSocket *inner, int folder, const char *name, int backlog)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  unlinkat (folder, name, 0);
  g_snprintf (address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", folder, name);
  inner->listening = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (inner->listening < 0 ||
      bind (inner->listening, (struct sockaddr *) &address, sizeof address) != 0)
    return FALSE;
  inner->path = openat (folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  unlinkat (folder, name, 0);
  return inner->path >= 0 && listen (inner->listening, backlog) == 0;
}

gboolean
inner_socket_make (InnerSocket *socket, int folder, const char *name, int backlog, GError **error)
{
  InnerSocket made = INNER_SOCKET_NONE;

  if (make (&made, folder, name, backlog))
    {
      *socket = made;
      return TRUE;
    }
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
               "The guest's runtime folder cannot be used: %s", g_strerror (errno));
  inner_socket_clear (&made);
  return FALSE;
}

int
inner_socket_connect (const InnerSocket *inner)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  autofd fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  g_snprintf (address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d", inner->path);
  if (fd < 0 || connect (fd, (struct sockaddr *) &address, sizeof address) != 0)
    return -1;
  return fds_steal (&fd);
}

void
inner_socket_clear (InnerSocket *socket)
{
  fds_clear (&socket->listening);
  fds_clear (&socket->path);
}
