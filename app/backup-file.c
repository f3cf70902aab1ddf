/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Runs in the front ends; never blocks but where the header says so.
 */
#include "config.h"

#include "backup-file.h"

#include "fds.h"
#include "paths.h"
#include "unix-connect.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define READERS 8
#define TRIES 8

/* Of a copy that is not complete: this, with eight digits between. */
#define PART_BEGIN "."
#define PART_END ".vitrine-part"
#define PART_DIGITS 8

/* Of QEMU's locks on an image: bytes 100 and on for what is done with it, 200 and on for what
 * others may not (block/file-posix.c). */
#define LOCKS_FIRST 100
#define LOCKS_BYTES 200

static int
fail (GError **error, const char *format, const char *path)
{
  int code = errno;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  g_autofree char *text = g_strdup_printf (format, path, g_strerror (code));
#pragma GCC diagnostic pop

  g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (code), text);
  return -1;
}

/* --- sockets --- */

int
backup_file_listen (const char *path, GError **error)
{
  struct sockaddr_un name = { .sun_family = AF_UNIX };
  autofd fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  mode_t mask;
  int result;

  if (g_strlcpy (name.sun_path, path, sizeof name.sun_path) >= sizeof name.sun_path)
    {
      errno = ENAMETOOLONG;
      return fail (error, _ ("%s cannot be a socket: %s"), path);
    }
  mask = umask (0177);
  result = fd >= 0 ? bind (fd, (struct sockaddr *) &name, sizeof name) : -1;
  umask (mask);
  if (result != 0)
    return fail (error, _ ("%s cannot be a socket: %s"), path);
  if (listen (fd, READERS) != 0)
    {
      fail (error, _ ("%s cannot be a socket: %s"), path);
      unlink (path);
      return -1;
    }
  return fds_steal (&fd);
}

int
backup_file_listen_for_one (const char *uuid, int *ret_reader, GError **error)
{
  static guint count;
  g_autofree char *folder = paths_runtime_dir (uuid);
  g_autofree char *name = g_strdup_printf ("copy-%d-%u", (int) getpid (), count++);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  autofd listener = -1;

  unlink (path); /* of a process of this number that was ended in between */
  listener = backup_file_listen (path, error);
  if (listener < 0)
    return -1;
  *ret_reader = unix_connect (path, SOCK_STREAM, error);
  unlink (path);
  return *ret_reader >= 0 ? fds_steal (&listener) : -1;
}

/* --- files --- */

static int
open_nameless (const char *folder)
{
  return open (folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

int
backup_file_scratch (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, ".backup-XXXXXX", NULL);
  int fd = open_nameless (folder);

  if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
    {
      fd = g_mkstemp_full (path, O_RDWR | O_CLOEXEC, 0600);
      if (fd >= 0)
        unlink (path);
    }
  return fd >= 0 ? fd : fail (error, _ ("No file can be made in %s: %s"), folder);
}

struct _BackupTarget
{
  char *path;
  char *folder;
  char *name;      /* in the folder */
  char *temporary; /* likewise, while it has that name; NULL: it has none */
  int folder_fd;
  int fd;
  gboolean replace;
};

void
backup_target_free (BackupTarget *target)
{
  if (target->temporary != NULL)
    unlinkat (target->folder_fd, target->temporary, 0);
  fds_clear (&target->fd);
  fds_clear (&target->folder_fd);
  g_free (target->path);
  g_free (target->folder);
  g_free (target->name);
  g_free (target->temporary);
  g_free (target);
}

int
backup_target_get_fd (BackupTarget *target)
{
  return target->fd;
}

/* A program that follows QEMU's rules has it open as an image. */
static gboolean
is_image_in_use (int fd)
{
  struct flock lock = {
    .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = LOCKS_FIRST, .l_len = LOCKS_BYTES
  };

  return fcntl (fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

/* What has the name already. */
static gboolean
judge_present (BackupTarget *target, GError **error)
{
  struct stat info;
  autofd present = -1;

  if (fstatat (target->folder_fd, target->name, &info, 0) != 0)
    return TRUE;
  if (!target->replace || !S_ISREG (info.st_mode))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS, _ ("%s exists already"), target->path);
      return FALSE;
    }
  present = openat (target->folder_fd, target->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (present < 0 || !is_image_in_use (present))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY,
               _ ("%s is a disk image that is in use: choose another name"), target->path);
  return FALSE;
}

static char *
make_temporary_name (void)
{
  g_autofree char *random = g_uuid_string_random ();

  return g_strdup_printf (PART_BEGIN "%.*s" PART_END, PART_DIGITS, random);
}

static gboolean
is_temporary_name (const char *name)
{
  gsize begin = strlen (PART_BEGIN);

  return g_str_has_prefix (name, PART_BEGIN) &&
         strspn (name + begin, "0123456789abcdef") == PART_DIGITS &&
         g_str_equal (name + begin + PART_DIGITS, PART_END);
}

/* For as long as this process or the one that copies is there: whoever comes later does not take
 * the file for one that was left behind. FALSE: somebody just has. */
static gboolean
hold (int fd)
{
  struct stat info;

  /* Where there are no locks, nobody removes what nobody holds. */
  if (flock (fd, LOCK_EX | LOCK_NB) != 0)
    return errno != EWOULDBLOCK;
  return fstat (fd, &info) == 0 && info.st_nlink > 0;
}

static void
remove_unless_held (int folder, const char *name)
{
  autofd fd = openat (folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  struct stat info;

  if (fd >= 0 && fstat (fd, &info) == 0 && S_ISREG (info.st_mode) && info.st_uid == geteuid () &&
      flock (fd, LOCK_EX | LOCK_NB) == 0)
    unlinkat (folder, name, 0);
}

/* What is left of copies whose process was ended before it could. */
static void
remove_left_behind (int folder)
{
  int fd = openat (folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *all = fd >= 0 ? fdopendir (fd) : NULL;
  struct dirent *entry;

  while (all != NULL && (entry = readdir (all)) != NULL)
    if (is_temporary_name (entry->d_name))
      remove_unless_held (folder, entry->d_name);
  if (all != NULL)
    closedir (all);
}

/* Where nameless files cannot be had, or cannot be given a name. */
static gboolean
open_named (BackupTarget *target)
{
  for (guint i = 0; i < TRIES; i++)
    {
      g_autofree char *name = make_temporary_name ();

      target->fd = openat (target->folder_fd, name,
                           O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
      if (target->fd < 0)
        return FALSE;
      if (hold (target->fd))
        {
          target->temporary = g_steal_pointer (&name);
          return TRUE;
        }
      unlinkat (target->folder_fd, name, 0);
      fds_clear (&target->fd);
      errno = EBUSY;
    }
  return FALSE;
}

BackupTarget *
backup_target_new (const char *path, gboolean replace, GError **error)
{
  g_autoptr (BackupTarget) target = g_new0 (BackupTarget, 1);

  target->fd = -1;
  target->path = g_canonicalize_filename (path, NULL);
  target->folder = g_path_get_dirname (target->path);
  target->name = g_path_get_basename (target->path);
  target->replace = replace;
  target->folder_fd = open (target->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (target->folder_fd < 0)
    {
      fail (error, _ ("%s cannot be opened: %s"), target->folder);
      return NULL;
    }
  if (!judge_present (target, error))
    return NULL;
  remove_left_behind (target->folder_fd);
  target->fd = open_nameless (target->folder);
  if (target->fd >= 0)
    hold (target->fd); /* it has a name for a moment at the end */
  else if (!open_named (target))
    {
      fail (error, _ ("No file can be made in %s: %s"), target->folder);
      return NULL;
    }
  return g_steal_pointer (&target);
}

/* A name of its own first: only rename () replaces what is there, at once. */
static gboolean
give_temporary_name (BackupTarget *target)
{
  g_autofree char *name = make_temporary_name ();
  char from[32];

  g_snprintf (from, sizeof from, "/proc/self/fd/%d", target->fd);
  if (linkat (AT_FDCWD, from, target->folder_fd, name, AT_SYMLINK_FOLLOW) != 0)
    return FALSE;
  target->temporary = g_steal_pointer (&name);
  return TRUE;
}

gboolean
backup_target_finish (BackupTarget *target, GError **error)
{
  int result;

  if (!judge_present (target, error))
    return FALSE;
  if (fsync (target->fd) != 0 || (target->temporary == NULL && !give_temporary_name (target)))
    return fail (error, _ ("%s cannot be written: %s"), target->path) == 0;
  result = renameat2 (target->folder_fd, target->temporary, target->folder_fd, target->name,
                      target->replace ? 0 : RENAME_NOREPLACE);
  if (result != 0 && errno == EINVAL) /* not every file system knows the flag */
    result = renameat (target->folder_fd, target->temporary, target->folder_fd, target->name);
  if (result != 0)
    return fail (error, _ ("%s cannot be written: %s"), target->path) == 0;
  g_clear_pointer (&target->temporary, g_free);
  if (fsync (target->folder_fd) != 0)
    return fail (error, _ ("%s cannot be written: %s"), target->path) == 0;
  return TRUE;
}
