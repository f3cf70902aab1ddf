/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Makes images: qemu-img writes into memory from its jail, this process puts the result in place.
 * Runs in vitrine-vmm.
 */
#include "image-make.h"

#include "fds.h"
#include "image-tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#define STORE_BYTES_MAX (256 << 20)

static gboolean
fail (GError **error, const char *path)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "Cannot make %s: %s", path,
               g_strerror (errno));
  return FALSE;
}

static gboolean
copy_all (int from, int to, off_t size)
{
  off_t done = 0;

  while (done < size)
    {
      ssize_t sent = sendfile (to, from, &done, size - done);

      if (sent <= 0 && !(sent < 0 && errno == EINTR))
        return FALSE;
    }
  return fsync (to) == 0;
}

/* Gives the finished file its name, which must be free; durable once the folder is written too. */
static gboolean
give_name (int folder, const char *temporary, const char *name)
{
  int result = renameat2 (folder, temporary, folder, name, RENAME_NOREPLACE);

  if (result != 0 && errno == EINVAL) /* not every file system knows the flag */
    result =
        linkat (folder, temporary, folder, name, 0) == 0 ? unlinkat (folder, temporary, 0) : -1;
  return result == 0 && fsync (folder) == 0;
}

gboolean
image_make_store (int image, const char *path, GError **error)
{
  g_autofree char *folder_path = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *random = g_uuid_string_random ();
  g_autofree char *temporary = g_strdup_printf (".%s.new", random);
  autofd folder = open (folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  autofd file = -1;
  struct stat info;

  if (folder < 0 || fstat (image, &info) != 0)
    return fail (error, path);
  if (info.st_size == 0 || info.st_size > STORE_BYTES_MAX)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "Cannot make %s: it came out wrong", path);
      return FALSE;
    }
  file = openat (folder, temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0)
    return fail (error, path);
  if (copy_all (image, file, info.st_size) && give_name (folder, temporary, name))
    return TRUE;
  fail (error, path);
  unlinkat (folder, temporary, 0);
  return FALSE;
}

gboolean
image_make (const char *path, gint64 bytes, GError **error)
{
  /* Nobody's guest: the jail's uid is made up. */
  g_autofree char *uuid = g_uuid_string_random ();
  g_autofree char *output = NULL;
  autofd image = -1;

  if (bytes < IMAGE_MAKE_BYTES_MIN || bytes > IMAGE_MAKE_BYTES_MAX)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "A disk has between 1 MiB and 64 TiB, not %" G_GINT64_FORMAT " bytes", bytes);
      return FALSE;
    }
  image = memfd_create ("new-disk", MFD_CLOEXEC);
  if (image < 0)
    return fail (error, path);
  output = image_tool_run ("create", uuid, bytes, -1, image, error);
  if (output == NULL)
    {
      g_prefix_error (error, "Cannot make %s: ", path);
      return FALSE;
    }
  return image_make_store (image, path, error);
}
