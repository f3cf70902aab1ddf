/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Connects to Unix sockets. Runs in the front ends; must never open a socket of another family.
 */
#include "config.h"

#include "unix-connect.h"

#include "fds.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

int
unix_connect (const char *path, int type, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  autofd fd = socket (AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  uid_t uid;

  if (g_strlcpy (address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FILENAME_TOO_LONG,
                   _ ("The socket name %s is too long"), path);
      return -1;
    }
  if (fd < 0 || connect (fd, (struct sockaddr *) &address, sizeof address) != 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), _ ("Cannot connect to %s: %s"),
                   path, g_strerror (errno));
      return -1;
    }
  if (!fds_peer_uid (fd, &uid, error))
    return -1;
  if (uid != geteuid ())
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                   _ ("%s is served by another user"), path);
      return -1;
    }
  return fds_steal (&fd);
}
