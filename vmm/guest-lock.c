/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The guest's lock. Runs in vitrine-vmm; never waits.
 */
#include "guest-lock.h"

#include "fds.h"
#include "paths.h"

#include <errno.h>
#include <fcntl.h>

int
guest_lock_take (const char *uuid, GError **error)
{
  g_autofree char *path = paths_guest_file (uuid, "lock");
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  autofd fd = open (path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

  if (fd >= 0 && fcntl (fd, F_OFD_SETLK, &lock) == 0)
    return fds_steal (&fd);
  if (fd >= 0 && (errno == EAGAIN || errno == EACCES))
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY, "This guest is already running");
  else
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "Cannot lock %s: %s", path,
                 g_strerror (errno));
  return -1;
}

void
guest_lock_release (int fd)
{
  struct flock lock = { .l_type = F_UNLCK, .l_whence = SEEK_SET };

  if (fd >= 0)
    fcntl (fd, F_OFD_SETLK, &lock);
}
