/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * QEMU's image locking protocol: for each permission held a shared lock on byte 100 + its number,
 * for each one denied to others on byte 200 + its number; then both are tested against the others'.
 * Runs in vitrine-vmm. Never waits.
 */
#include "image-lock.h"

#include <errno.h>
#include <fcntl.h>

#define LOCK_HELD_BASE 100
#define LOCK_DENIED_BASE 200

/* Numbers of BLK_PERM_*. */
enum
{
  PERMISSION_CONSISTENT_READ = 0,
  PERMISSION_WRITE = 1,
  PERMISSION_RESIZE = 3,
};

static int
lock_byte (int fd, int command, short type, off_t byte, short *ret_type)
{
  struct flock lock = { .l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1 };
  int result;

  do
    result = fcntl (fd, command, &lock);
  while (result != 0 && errno == EINTR);
  if (ret_type != NULL)
    *ret_type = lock.l_type;
  return result;
}

static gboolean
is_locked_by_others (int fd, off_t byte)
{
  short type = F_UNLCK;

  return lock_byte (fd, F_OFD_GETLK, F_WRLCK, byte, &type) == 0 && type != F_UNLCK;
}

static gboolean
fail_busy (const char *name, gboolean writable, GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY,
               "The disk image %s is already in use: another guest or program %s it. Stop that one "
               "first",
               name, writable ? "has opened" : "writes to");
  return FALSE;
}

gboolean
image_lock_take (int fd, gboolean writable, const char *name, GError **error)
{
  static const off_t denied[] = { PERMISSION_WRITE, PERMISSION_RESIZE };
  static const off_t held[] = { PERMISSION_CONSISTENT_READ, PERMISSION_WRITE, PERMISSION_RESIZE };
  guint n_held = writable ? G_N_ELEMENTS (held) : 1;

  for (guint i = 0; i < n_held + G_N_ELEMENTS (denied); i++)
    {
      off_t byte = i < n_held ? LOCK_HELD_BASE + held[i] : LOCK_DENIED_BASE + denied[i - n_held];

      if (lock_byte (fd, F_OFD_SETLK, F_RDLCK, byte, NULL) == 0)
        continue;
      if (errno == EAGAIN || errno == EACCES)
        return fail_busy (name, writable, error);
      return TRUE; /* ENOLCK, EINVAL: this file system knows no locks */
    }
  for (guint i = 0; i < n_held; i++)
    if (is_locked_by_others (fd, LOCK_DENIED_BASE + held[i]))
      return fail_busy (name, writable, error);
  for (guint i = 0; i < G_N_ELEMENTS (denied); i++)
    if (is_locked_by_others (fd, LOCK_HELD_BASE + denied[i]))
      return fail_busy (name, writable, error);
  return TRUE;
}
