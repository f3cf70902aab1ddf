/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Gathers the page's files. Runs in vitrine-vmm, without privileges. Must never follow a link out
 * of noVNC's folder, nor read anything there but scripts.
 */
#include "web-pages.h"

#include "fds.h"
#include "ipc/web-wire.h"
#include "vmm-web-resource.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define OURS "/org/vitrine/web/"

typedef struct
{
  char *path; /* as browsers ask for it */
  GBytes *bytes;
} File;

static void
file_free (File *file)
{
  g_free (file->path);
  g_bytes_unref (file->bytes);
  g_free (file);
}

static gboolean
fail (GError **error, const char *path, const char *why)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "The console cannot be shared by web: %s: %s",
               path, why);
  return FALSE;
}

static gboolean
add (GPtrArray *files, const char *path, GBytes *bytes, GError **error)
{
  File *file;

  if (files->len >= WEB_PAGES_COUNT_MAX || strlen (path) >= WEB_PATH_BYTES ||
      g_bytes_get_size (bytes) > WEB_PAGES_FILE_BYTES_MAX)
    return fail (error, path, "there is more of noVNC than a page needs");
  file = g_new (File, 1);
  file->path = g_strdup (path);
  file->bytes = g_bytes_ref (bytes);
  g_ptr_array_add (files, file);
  return TRUE;
}

/* --- noVNC's --- */

static gboolean
read_script (int folder, const char *name, const char *path, GPtrArray *files, GError **error)
{
  autofd fd = openat (folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  struct stat info;
  g_autofree guint8 *data = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (fd < 0 && errno == ELOOP)
    return TRUE;
  if (fd < 0 || fstat (fd, &info) != 0)
    return fail (error, path, g_strerror (errno));
  if (!S_ISREG (info.st_mode) || info.st_size > WEB_PAGES_FILE_BYTES_MAX)
    return TRUE;
  data = g_malloc (info.st_size + 1);
  if (pread (fd, data, info.st_size, 0) != info.st_size)
    return fail (error, path, "it cannot be read whole");
  bytes = g_bytes_new_take (g_steal_pointer (&data), info.st_size);
  return add (files, path, bytes, error);
}

static gboolean
is_plain_name (const char *name)
{
  return name[0] != '.' &&
         strspn (name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") ==
             strlen (name);
}

static void
close_folder (DIR *folder)
{
  closedir (folder);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DIR, close_folder)

/* Takes the descriptor. What is neither a script nor a folder, a link for one, is passed over. */
static gboolean
read_folder (int taken, const char *path, guint depth, GPtrArray *files, GError **error)
{
  autofd fd = taken;
  g_autoptr (DIR) folder = fdopendir (fd);
  struct dirent *entry;

  if (folder == NULL || depth > WEB_PAGES_DEPTH_MAX)
    return folder == NULL ? fail (error, path, g_strerror (errno)) : TRUE;
  fd = -1; /* the folder's now */
  while ((entry = readdir (folder)) != NULL)
    {
      g_autofree char *below = g_strdup_printf ("%s/%s", path, entry->d_name);
      int inner;

      if (!is_plain_name (entry->d_name))
        continue;
      if (g_str_has_suffix (entry->d_name, ".js"))
        {
          if (!read_script (dirfd (folder), entry->d_name, below, files, error))
            return FALSE;
          continue;
        }
      inner =
          openat (dirfd (folder), entry->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_DIRECTORY);
      if (inner >= 0 && !read_folder (inner, below, depth + 1, files, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
add_novnc (const char *novnc, GPtrArray *files, GError **error)
{
  static const char *const parts[] = { "core", "vendor" };
  autofd root = open (novnc, O_PATH | O_CLOEXEC | O_DIRECTORY);

  if (root < 0 || faccessat (root, "core/rfb.js", R_OK, 0) != 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   "A console in a browser needs noVNC, which is not installed (%s/core/rfb.js was "
                   "not found). On Debian: apt install novnc; or share the console by VNC",
                   novnc);
      return FALSE;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *path = g_strdup_printf ("/novnc/%s", parts[i]);
      int folder = openat (root, parts[i], O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_DIRECTORY);

      if (folder >= 0 && !read_folder (folder, path, 1, files, error))
        return FALSE;
    }
  return TRUE;
}

/* --- Ours --- */

static gboolean
add_ours (GPtrArray *files, GError **error)
{
  GResource *resource = vmm_web_get_resource ();
  g_auto (GStrv) names = g_resource_enumerate_children (resource, OURS, 0, error);

  for (char **name = names; name != NULL && *name != NULL; name++)
    {
      g_autofree char *from = g_strconcat (OURS, *name, NULL);
      g_autofree char *path = g_strconcat ("/", *name, NULL);
      g_autoptr (GBytes) bytes = g_resource_lookup_data (resource, from, 0, error);

      if (bytes == NULL || !add (files, path, bytes, error))
        return FALSE;
    }
  return names != NULL;
}

/* --- Together --- */

static gint
compare_files (gconstpointer a, gconstpointer b)
{
  const File *const *one = a;
  const File *const *other = b;

  return strcmp ((*one)->path, (*other)->path);
}

static int
pack (const GPtrArray *files, GError **error)
{
  gsize at = sizeof (WebPagesHead) + files->len * sizeof (WebPagesEntry);
  gsize size = at;
  guint8 *map;
  int fd;

  for (guint i = 0; i < files->len; i++)
    size += g_bytes_get_size (((File *) files->pdata[i])->bytes);
  if (size > WEB_PAGES_BYTES_MAX)
    {
      fail (error, "/novnc", "there is more of noVNC than a page needs");
      return -1;
    }
  fd = fds_sealed_memory ("pages", size, (void **) &map, error);
  if (fd < 0)
    return -1;
  *(WebPagesHead *) map = (WebPagesHead) { WEB_PAGES_MAGIC, files->len };
  for (guint i = 0; i < files->len; i++)
    {
      WebPagesEntry *entry = (WebPagesEntry *) (map + sizeof (WebPagesHead)) + i;
      const File *file = files->pdata[i];

      memcpy (entry->path, file->path, strlen (file->path)); /* the rest is zero already */
      entry->offset = at;
      entry->size = g_bytes_get_size (file->bytes);
      if (entry->size > 0)
        memcpy (map + at, g_bytes_get_data (file->bytes, NULL), entry->size);
      at += entry->size;
    }
  munmap (map, size);
  return fd;
}

int
web_pages_build (const char *novnc, GError **error)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func ((GDestroyNotify) file_free);

  if (!add_ours (files, error) || !add_novnc (novnc, files, error))
    return -1;
  g_ptr_array_sort (files, compare_files);
  return pack (files, error);
}
