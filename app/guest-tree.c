/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Removes a guest's folder, by descriptor all the way down. Runs in the front ends.
 */
#include "config.h"

#include "guest-tree.h"

#include "fds.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>

typedef DIR Dir;
static void
dir_close (Dir *dir)
{
  closedir (dir);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Dir, dir_close)

static gboolean
fail (GError **error, const char *name)
{
  if (errno == ENOENT)
    return TRUE;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), _ ("Cannot remove %s: %s"), name,
               g_strerror (errno));
  return FALSE;
}

static gboolean remove_entry (int parent,
                              const char *name,
                              dev_t device,
                              guint depth,
                              GError **error);

/* What is in the folder; consumes the descriptor. */
static gboolean
empty_folder (int taken, dev_t device, guint depth, GError **error)
{
  autofd fd = taken;
  g_autoptr (Dir) dir = fdopendir (fd);
  const struct dirent *entry;

  if (dir == NULL)
    return fail (error, ".");
  taken = fds_steal (&fd); /* the DIR's now */
  while ((entry = readdir (dir)) != NULL)
    if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0 &&
        !remove_entry (taken, entry->d_name, device, depth, error))
      return FALSE;
  return TRUE;
}

static gboolean
remove_entry (int parent, const char *name, dev_t device, guint depth, GError **error)
{
  struct stat info;
  autofd fd = openat (parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

  /* A symbolic link or a file: the name goes, what it leads to stays. */
  if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
    return unlinkat (parent, name, 0) == 0 || fail (error, name);
  if (fd < 0 || fstat (fd, &info) != 0)
    return fail (error, name);
  if (info.st_dev != device || depth == 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                   info.st_dev != device
                       ? _ ("Cannot remove %s: another file system is mounted there")
                       : _ ("Cannot remove %s: folders are nested too deeply"),
                   name);
      return FALSE;
    }
  if (!empty_folder (fds_steal (&fd), device, depth - 1, error))
    return FALSE;
  return unlinkat (parent, name, AT_REMOVEDIR) == 0 || fail (error, name);
}

gboolean
guest_tree_remove (int parent, const char *name, GError **error)
{
  struct stat info;

  if (fstat (parent, &info) != 0)
    return fail (error, name);
  return remove_entry (parent, name, info.st_dev, GUEST_TREE_DEPTH_MAX, error);
}
