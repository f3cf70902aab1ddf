/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The guest's lock. Runs in vitrine-vmm; waits only before there is a main loop.
 */
#include "guest-lock.h"

#include "fds.h"
#include "paths.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static void
on_alarm (int number)
{
}

/* Whether another vmm has the lock and has marked it as ending. */
static gboolean
is_ending (int fd)
{
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

  return fcntl (fd, F_OFD_GETLK, &lock) == 0 &&
         (lock.l_type == F_UNLCK || (lock.l_start == 0 && lock.l_len == 1));
}

/* The alarm interrupts the wait. */
static int
wait_for_lock (int fd, struct flock *lock)
{
  struct sigaction handler = { .sa_handler = on_alarm };
  struct sigaction before;
  int result;

  sigaction (SIGALRM, &handler, &before);
  alarm (GUEST_LOCK_WAIT_SECONDS);
  result = fcntl (fd, F_OFD_SETLKW, lock);
  alarm (0);
  sigaction (SIGALRM, &before, NULL);
  if (result != 0 && errno == EINTR)
    errno = EAGAIN;
  return result;
}

static int
fail_busy (void)
{
  errno = EAGAIN;
  return -1;
}

int
guest_lock_take (const char *uuid, GError **error)
{
  g_autofree char *path = paths_guest_file (uuid, "lock");
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  autofd fd = open (path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  int result = fd >= 0 ? fcntl (fd, F_OFD_SETLK, &lock) : -1;

  if (fd >= 0 && result != 0 && (errno == EAGAIN || errno == EACCES))
    result = is_ending (fd) ? wait_for_lock (fd, &lock) : fail_busy ();
  if (result == 0)
    {
      guest_lock_note (fd, getpid (), getpid ());
      return fds_steal (&fd);
    }
  if (fd >= 0 && (errno == EAGAIN || errno == EACCES))
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY, "This guest is already running");
  else
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "Cannot lock %s: %s", path,
                 g_strerror (errno));
  return -1;
}

/* Always as long, over what an earlier one has left: so a full disk, too, has the room. */
void
guest_lock_note (int fd, pid_t janitor, pid_t vmm)
{
  g_autofree char *text = g_strdup_printf ("%10d %10d\n", (int) janitor, (int) vmm);

  if (pwrite (fd, text, strlen (text), 0) < 0)
    g_debug ("Nobody can tell who has the lock: %s", g_strerror (errno));
}

void
guest_lock_mark_ending (int fd)
{
  struct flock lock = { .l_type = F_UNLCK, .l_whence = SEEK_SET, .l_start = 1 };

  fcntl (fd, F_OFD_SETLK, &lock);
}

void
guest_lock_release (int fd)
{
  struct flock lock = { .l_type = F_UNLCK, .l_whence = SEEK_SET };

  if (fd >= 0)
    fcntl (fd, F_OFD_SETLK, &lock);
}
