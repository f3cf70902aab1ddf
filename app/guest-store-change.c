/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Changes of the guests folder: each under the store's lock, visible by one rename, and on the disk
 * when it returns. Runs in the front ends.
 */
#include "config.h"

#include "guest-store-private.h"

#include "fds.h"
#include "guest-merge.h"
#include "guest-tree.h"
#include "paths.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define CONF_NEW ".guest.conf.new"

static gboolean
write_all (int fd, const char *text)
{
  gsize size = strlen (text);

  while (size > 0)
    {
      gssize done = write (fd, text, size);

      if (done < 0 && errno == EINTR)
        continue;
      if (done < 0)
        return FALSE;
      text += done;
      size -= done;
    }
  return TRUE;
}

/* guest.conf of the guest folder. The temporary name is always the same one, which the store's lock
 * permits, so that killed processes cannot litter. */
static gboolean
write_conf (GuestStore *store, const char *folder, const char *text, GError **error)
{
  g_autofree char *path = guest_store_conf_path (store, folder);
  g_autofree char *what = g_strdup_printf (_ ("Cannot write %s"), path);
  autofd dir = openat (store->dir, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  autofd fd = -1;

  if (dir < 0)
    return guest_store_fail (error, what);
  unlinkat (dir, CONF_NEW, 0);
  fd = openat (dir, CONF_NEW, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd >= 0 && write_all (fd, text) && fsync (fd) == 0 &&
      renameat (dir, CONF_NEW, dir, "guest.conf") == 0 && fsync (dir) == 0)
    return TRUE;
  guest_store_fail (error, what);
  unlinkat (dir, CONF_NEW, 0);
  return FALSE;
}

/* That no other guest has this name, as people choose guests by it. */
static gboolean
check_name (GuestStore *store, const GuestDefinition *definition, GError **error)
{
  g_auto (GStrv) uuids = guest_store_list (store, error);

  if (uuids == NULL)
    return FALSE;
  for (guint i = 0; uuids[i] != NULL; i++)
    {
      g_autoptr (GuestDefinition) other = NULL;

      if (strcmp (uuids[i], definition->uuid) == 0)
        continue;
      other = guest_store_read (store, uuids[i], NULL);
      if (other == NULL || strcmp (other->name, definition->name) != 0)
        continue;
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                   _ ("There is already a guest named “%s”; choose another name"),
                   definition->name);
      return FALSE;
    }
  return TRUE;
}

static gboolean
check_uuid_is_new (GuestStore *store, const char *uuid, GError **error)
{
  struct stat info;

  if (fstatat (store->dir, uuid, &info, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS, _ ("There is already a guest %s"), uuid);
  return FALSE;
}

/* The folder .new-UUID with its lock held until the guest is added or discarded. */
static gboolean
prepare (GuestStore *store, const char *uuid, GError **error)
{
  g_autofree char *folder = g_strconcat (GUEST_STORE_NEW, uuid, NULL);
  autofd lock = -1;
  autofd guest = -1;

  if (g_hash_table_contains (store->prepared, uuid))
    return TRUE;
  lock = guest_store_lock (store, error);
  if (lock < 0 || !check_uuid_is_new (store, uuid, error))
    return FALSE;
  if (mkdirat (store->dir, folder, 0700) == 0)
    guest = guest_store_lock_guest (store, folder);
  if (guest < 0)
    return guest_store_fail (error, _ ("Cannot make a folder for the guest"));
  g_hash_table_insert (store->prepared, g_strdup (uuid), GINT_TO_POINTER (fds_steal (&guest)));
  return TRUE;
}

void
guest_store_discard (GuestStore *store, const char *uuid)
{
  g_autofree char *folder = g_strconcat (GUEST_STORE_NEW, uuid, NULL);
  g_autoptr (GError) error = NULL;

  if (!g_hash_table_contains (store->prepared, uuid))
    return;
  if (!guest_tree_remove (store->dir, folder, &error))
    g_debug ("%s", error->message);
  g_hash_table_remove (store->prepared, uuid);
}

char *
guest_store_prepare_disk (GuestStore *store, const char *uuid, const char *file, GError **error)
{
  g_autofree char *disks = g_strconcat (GUEST_STORE_NEW, uuid, "/disks", NULL);

  if (!paths_is_uuid (uuid) || *file == '\0' || *file == '.' || strchr (file, '/') != NULL ||
      strlen (file) > NAME_MAX)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_FILENAME,
                   _ ("“%s” is not a plain file name"), file);
      return NULL;
    }
  if (!prepare (store, uuid, error))
    return NULL;
  if (mkdirat (store->dir, disks, 0700) != 0 && errno != EEXIST)
    {
      guest_store_fail (error, _ ("Cannot make a folder for the guest"));
      return NULL;
    }
  return g_build_filename (store->path, disks, file, NULL);
}

/* The text to write, checked by reading it back: rules between keys, and the file's size. */
static char *
checked_text (GuestStore *store, const GuestDefinition *definition, GError **error)
{
  g_autofree char *path = guest_store_conf_path (store, definition->uuid);
  g_autofree char *text = guest_definition_format (definition);
  g_autoptr (GuestDefinition) again = guest_definition_parse (text, strlen (text), path, error);

  return again != NULL ? g_steal_pointer (&text) : NULL;
}

static gboolean
add_locked (GuestStore *store,
            const GuestDefinition *definition,
            const char *folder,
            const char *text,
            GError **error)
{
  g_autofree char *disks = g_build_filename (folder, "disks", NULL);
  autofd lock = guest_store_lock (store, error);

  if (lock < 0 || !check_uuid_is_new (store, definition->uuid, error) ||
      !check_name (store, definition, error))
    return FALSE;
  if (mkdirat (store->dir, disks, 0700) != 0 && errno != EEXIST)
    return guest_store_fail (error, _ ("Cannot make a folder for the guest"));
  if (!write_conf (store, folder, text, error))
    return FALSE;
  if (renameat2 (store->dir, folder, store->dir, definition->uuid, RENAME_NOREPLACE) != 0 ||
      fsync (store->dir) != 0)
    return guest_store_fail (error, _ ("Cannot add the guest"));
  return TRUE;
}

gboolean
guest_store_add (GuestStore *store, const GuestDefinition *definition, GError **error)
{
  g_autofree char *folder = g_strconcat (GUEST_STORE_NEW, definition->uuid, NULL);
  g_autofree char *text = checked_text (store, definition, error);
  gboolean was_prepared = g_hash_table_contains (store->prepared, definition->uuid);

  if (text == NULL || !prepare (store, definition->uuid, error))
    return FALSE;
  if (add_locked (store, definition, folder, text, error))
    {
      g_hash_table_remove (store->prepared, definition->uuid);
      return TRUE;
    }
  /* What the caller prepared stays until guest_store_discard. */
  if (!was_prepared)
    guest_store_discard (store, definition->uuid);
  return FALSE;
}

/* A name that clashes already (files edited by hand) must not keep a guest from other changes. */
static gboolean
check_new_name (GuestStore *store,
                const GuestDefinition *definition,
                const char *present,
                GError **error)
{
  g_autoptr (GuestDefinition) before = guest_definition_parse (present, strlen (present), "", NULL);

  return (before != NULL && strcmp (before->name, definition->name) == 0) ||
         check_name (store, definition, error);
}

gboolean
guest_store_update (GuestStore *store, const GuestDefinition *definition, GError **error)
{
  g_autofree char *path = guest_store_conf_path (store, definition->uuid);
  g_autoptr (GuestDefinition) merged = NULL;
  g_autofree char *present = NULL;
  g_autofree char *text = NULL;
  autofd lock = guest_store_lock (store, error);
  gsize size;

  if (lock < 0)
    return FALSE;
  present = guest_store_read_text (store, definition->uuid, &size, error);
  if (present == NULL)
    return FALSE;
  if (definition->original != NULL && strcmp (present, definition->original) != 0)
    {
      merged = guest_merge (definition, present, size, path, error);
      if (merged == NULL)
        return FALSE;
      definition = merged;
    }
  text = checked_text (store, definition, error);
  if (text == NULL || !check_new_name (store, definition, present, error))
    return FALSE;
  return strcmp (text, present) == 0 || write_conf (store, definition->uuid, text, error);
}

/* Out of sight in one step, and not while a vmm runs it. */
static char *
rename_away (GuestStore *store, const char *uuid, GError **error)
{
  g_autofree char *unique = g_uuid_string_random ();
  g_autofree char *old = g_strconcat (GUEST_STORE_OLD, uuid, "-", unique, NULL);
  autofd lock = guest_store_lock (store, error);
  autofd guest = -1;
  struct stat info;

  if (lock < 0)
    return NULL;
  if (!paths_is_uuid (uuid) || fstatat (store->dir, uuid, &info, AT_SYMLINK_NOFOLLOW) != 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _ ("There is no guest %s"), uuid);
      return NULL;
    }
  guest = guest_store_lock_guest (store, uuid);
  if (guest < 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY,
                           _ ("The guest is running; stop it first"));
      return NULL;
    }
  if (renameat (store->dir, uuid, store->dir, old) == 0 && fsync (store->dir) == 0)
    return g_steal_pointer (&old);
  guest_store_fail (error, _ ("Cannot remove the guest"));
  return NULL;
}

gboolean
guest_store_remove (GuestStore *store, const char *uuid, GError **error)
{
  g_autofree char *old = rename_away (store, uuid, error);

  return old != NULL && guest_tree_remove (store->dir, old, error);
}
