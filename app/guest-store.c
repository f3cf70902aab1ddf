/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The guests folder: reading, and what both kinds of change need. Runs in the front ends; touches
 * nothing outside the guests folder and the guests' runtime folders.
 */
#include "config.h"

#include "guest-store-private.h"

#include "fds.h"
#include "guest-tree.h"
#include "paths.h"

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

gboolean
guest_store_fail (GError **error, const char *what)
{
  int code = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "%s: %s", what, g_strerror (code));
  return FALSE;
}

static void
store_clear (GuestStore *store)
{
  fds_clear (&store->dir);
  g_hash_table_unref (store->prepared);
  g_free (store->path);
}

GuestStore *
guest_store_ref (GuestStore *store)
{
  return g_atomic_rc_box_acquire (store);
}

void
guest_store_unref (GuestStore *store)
{
  g_atomic_rc_box_release_full (store, (GDestroyNotify) store_clear);
}

const char *
guest_store_get_path (const GuestStore *store)
{
  return store->path;
}

static void
close_pointer (gpointer fd)
{
  close (GPOINTER_TO_INT (fd));
}

int
guest_store_lock (GuestStore *store, GError **error)
{
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  autofd fd = openat (store->dir, ".lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  int got;

  if (fd < 0)
    {
      guest_store_fail (error, _ ("Cannot lock the folder of guests"));
      return -1;
    }
  do
    got = fcntl (fd, F_OFD_SETLKW, &lock);
  while (got != 0 && errno == EINTR);
  if (got == 0)
    return fds_steal (&fd);
  guest_store_fail (error, _ ("Cannot lock the folder of guests"));
  return -1;
}

int
guest_store_lock_guest (GuestStore *store, const char *folder)
{
  g_autofree char *name = g_build_filename (folder, "lock", NULL);
  /* Byte 0 alone, as a vmm that is ending has it: one that begins meanwhile waits for us instead of
   * taking us for another vmm (vmm/guest-lock.h). */
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };
  autofd fd = openat (store->dir, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

  if (fd < 0 || fcntl (fd, F_OFD_SETLK, &lock) != 0)
    return -1;
  return fds_steal (&fd);
}

/* Calls `each` for every name in the guests folder until it says no. */
static gboolean
for_each_name (GuestStore *store,
               gboolean (*each) (GuestStore *, const char *, gpointer),
               gpointer data,
               GError **error)
{
  autofd fd = openat (store->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_autoptr (Dir) dir = fd >= 0 ? fdopendir (fd) : NULL;
  const struct dirent *entry;

  if (dir == NULL)
    return guest_store_fail (error, store->path);
  fds_steal (&fd);
  while ((entry = readdir (dir)) != NULL)
    if (!each (store, entry->d_name, data))
      return FALSE;
  return TRUE;
}

/* Whether it is ours to sweep: an old folder always, a new one if its creator is dead. */
static gboolean
is_left_over (GuestStore *store, const char *name, int *ret_lock)
{
  if (g_str_has_prefix (name, GUEST_STORE_OLD))
    return TRUE;
  if (!g_str_has_prefix (name, GUEST_STORE_NEW))
    return FALSE;
  *ret_lock = guest_store_lock_guest (store, name);
  return *ret_lock >= 0;
}

static gboolean
sweep_one (GuestStore *store, const char *name, gpointer data)
{
  g_autoptr (GError) error = NULL;
  autofd lock = -1;

  if (is_left_over (store, name, &lock) && !guest_tree_remove (store->dir, name, &error))
    g_debug ("%s", error->message);
  return TRUE;
}

static gboolean
find_left_over (GuestStore *store, const char *name, gpointer data)
{
  *(gboolean *) data =
      g_str_has_prefix (name, GUEST_STORE_OLD) || g_str_has_prefix (name, GUEST_STORE_NEW);
  return !*(gboolean *) data;
}

/* Under the lock, so that a folder just made is not taken for one whose creator died. */
static void
sweep (GuestStore *store)
{
  gboolean found = FALSE;
  autofd lock = -1;

  for_each_name (store, find_left_over, &found, NULL);
  if (!found)
    return;
  lock = guest_store_lock (store, NULL);
  if (lock >= 0)
    for_each_name (store, sweep_one, NULL, NULL);
}

GuestStore *
guest_store_open (GError **error)
{
  g_autofree char *path = paths_guests_dir ();
  g_autoptr (GuestStore) store = NULL;
  autofd dir = -1;

  if (g_mkdir_with_parents (path, 0700) == 0)
    dir = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir < 0)
    {
      g_autofree char *what = g_strdup_printf (_ ("Cannot open the folder of guests %s"), path);

      guest_store_fail (error, what);
      return NULL;
    }
  store = g_atomic_rc_box_new0 (GuestStore);
  store->path = g_steal_pointer (&path);
  store->dir = fds_steal (&dir);
  store->prepared = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, close_pointer);
  sweep (store);
  return g_steal_pointer (&store);
}

static gboolean
collect_uuid (GuestStore *store, const char *name, gpointer data)
{
  struct stat info;

  if (paths_is_uuid (name) && fstatat (store->dir, name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
      S_ISDIR (info.st_mode))
    g_strv_builder_add (data, name);
  return TRUE;
}

GStrv
guest_store_list (GuestStore *store, GError **error)
{
  g_autoptr (GStrvBuilder) uuids = g_strv_builder_new ();

  if (!for_each_name (store, collect_uuid, uuids, error))
    return NULL;
  return g_strv_builder_end (uuids);
}

char *
guest_store_conf_path (const GuestStore *store, const char *folder)
{
  return g_build_filename (store->path, folder, "guest.conf", NULL);
}

/* The file's bytes, never more than a definition may have. */
char *
guest_store_read_text (GuestStore *store, const char *uuid, gsize *ret_size, GError **error)
{
  g_autofree char *path = guest_store_conf_path (store, uuid);
  g_autofree char *what = g_strdup_printf (_ ("Cannot read %s"), path);
  g_autofree char *text = g_malloc (GUEST_DEFINITION_BYTES_MAX + 2);
  autofd fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  struct stat info;
  gsize have = 0;
  gssize got = 1;

  if (fd < 0 || fstat (fd, &info) != 0)
    {
      guest_store_fail (error, what);
      return NULL;
    }
  if (!S_ISREG (info.st_mode))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE, _ ("%s is not a regular file"),
                   path);
      return NULL;
    }
  /* One byte over the cap, so that the parser sees that there is too much. */
  while (got > 0 && have <= GUEST_DEFINITION_BYTES_MAX)
    {
      got = read (fd, text + have, GUEST_DEFINITION_BYTES_MAX + 1 - have);
      if (got < 0 && errno != EINTR)
        {
          guest_store_fail (error, what);
          return NULL;
        }
      have += MAX (got, 0);
      got = got < 0 ? 1 : got;
    }
  text[have] = '\0';
  *ret_size = have;
  return g_steal_pointer (&text);
}

GuestDefinition *
guest_store_read (GuestStore *store, const char *uuid, GError **error)
{
  g_autofree char *path = guest_store_conf_path (store, uuid);
  gsize size;
  g_autofree char *text = guest_store_read_text (store, uuid, &size, error);
  g_autoptr (GuestDefinition) definition = NULL;

  if (text == NULL)
    return NULL;
  definition = guest_definition_parse (text, size, path, error);
  if (definition != NULL && strcmp (definition->uuid, uuid) != 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   _ ("%s: uuid is %s, only the name of its folder is allowed"), path,
                   definition->uuid);
      return NULL;
    }
  return g_steal_pointer (&definition);
}

gboolean
guest_store_is_running (GuestStore *store, const char *uuid)
{
  g_autofree char *name = g_build_filename (uuid, "lock", NULL);
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  autofd fd = openat (store->dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

  /* Nobody knows then, and whoever takes it to be off may do harm. */
  if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM))
    return TRUE;
  /* A guest that is over, its vmm still cleaning up, keeps byte 0 alone (vmm/guest-lock.h); the
   * next vmm waits for that. */
  return fd >= 0 && fcntl (fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK &&
         !(lock.l_start == 0 && lock.l_len == 1);
}

void
guest_store_wait_stopped (GuestStore *store, const char *uuid)
{
  g_autofree char *name = g_build_filename (uuid, "lock", NULL);
  struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
  autofd fd = openat (store->dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

  while (fd >= 0 && fcntl (fd, F_OFD_SETLKW, &lock) != 0 && errno == EINTR)
    continue;
}

void
guest_store_clear_runtime (GuestStore *store, const char *uuid)
{
  g_autofree char *path = paths_runtime_dir (uuid);
  /* With the lock in hand no vmm can be making these sockets. */
  autofd lock = guest_store_lock_guest (store, uuid);
  autofd dir = -1;

  if (lock < 0)
    return;
  dir = open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  for (gsize i = 0; dir >= 0 && paths_runtime_names[i] != NULL; i++)
    unlinkat (dir, paths_runtime_names[i], 0);
  rmdir (path);
}
