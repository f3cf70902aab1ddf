/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Finding ISO files. Runs in `vitrine`; follows no link out of the folder and opens no file.
 */
#include "iso-finder.h"

#define BATCH 64

typedef struct
{
  char *path;
  guint64 modified; /* seconds */
} Found;

typedef struct
{
  GFile *folder;
  GArray *found; /* of Found, newest first, at most ISO_FINDER_MAX */
  guint n_entries;
} Search;

static void
found_clear (gpointer data)
{
  g_free (((Found *) data)->path);
}

static void
search_free (gpointer data)
{
  Search *search = data;

  g_object_unref (search->folder);
  g_array_unref (search->found);
  g_free (search);
}

static void
consider (Search *search, GFileInfo *info)
{
  const char *name = g_file_info_get_name (info);
  g_autofree char *lower = g_ascii_strdown (name, -1);
  g_autoptr (GFile) file = g_file_get_child (search->folder, name);
  Found found = { .modified =
                      g_file_info_get_attribute_uint64 (info, G_FILE_ATTRIBUTE_TIME_MODIFIED) };
  guint at = 0;

  if (g_file_info_get_file_type (info) != G_FILE_TYPE_REGULAR || !g_str_has_suffix (lower, ".iso"))
    return;
  while (at < search->found->len &&
         g_array_index (search->found, Found, at).modified >= found.modified)
    at++;
  if (at == ISO_FINDER_MAX)
    return;
  found.path = g_file_get_path (file);
  g_array_insert_val (search->found, at, found);
  if (search->found->len > ISO_FINDER_MAX)
    g_array_set_size (search->found, ISO_FINDER_MAX);
}

static void
finish (GTask *task)
{
  Search *search = g_task_get_task_data (task);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < search->found->len; i++)
    g_strv_builder_add (builder, g_array_index (search->found, Found, i).path);
  g_task_return_pointer (task, g_strv_builder_end (builder), (GDestroyNotify) g_strfreev);
}

static void
on_batch (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Search *search = g_task_get_task_data (task);
  GFileEnumerator *enumerator = G_FILE_ENUMERATOR (source);
  GList *infos = g_file_enumerator_next_files_finish (enumerator, result, NULL);
  guint n = g_list_length (infos);

  for (GList *l = infos; l; l = l->next)
    consider (search, l->data);
  g_list_free_full (infos, g_object_unref);
  search->n_entries += n;
  if (n == 0 || search->n_entries >= ISO_FINDER_ENTRIES_MAX)
    finish (task);
  else
    g_file_enumerator_next_files_async (enumerator, BATCH, G_PRIORITY_LOW,
                                        g_task_get_cancellable (task), on_batch,
                                        g_object_ref (task));
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GFileEnumerator) enumerator =
      g_file_enumerate_children_finish (G_FILE (source), result, NULL);

  if (!enumerator)
    finish (task);
  else
    g_file_enumerator_next_files_async (enumerator, BATCH, G_PRIORITY_LOW,
                                        g_task_get_cancellable (task), on_batch,
                                        g_object_ref (task));
}

void
iso_finder_async (const char *folder,
                  GCancellable *cancellable,
                  GAsyncReadyCallback callback,
                  gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  const char *downloads = g_get_user_special_dir (G_USER_DIRECTORY_DOWNLOAD);
  g_autofree char *fallback = g_build_filename (g_get_home_dir (), "Downloads", NULL);
  Search *search = g_new0 (Search, 1);

  /* A home folder that stands in for a missing download folder is not searched. */
  if (!downloads || g_strcmp0 (downloads, g_get_home_dir ()) == 0)
    downloads = fallback;
  search->folder = g_file_new_for_path (folder ? folder : downloads);
  search->found = g_array_new (FALSE, FALSE, sizeof (Found));
  g_array_set_clear_func (search->found, found_clear);
  g_task_set_task_data (task, search, search_free);
  g_file_enumerate_children_async (search->folder,
                                   G_FILE_ATTRIBUTE_STANDARD_NAME
                                   "," G_FILE_ATTRIBUTE_STANDARD_TYPE
                                   "," G_FILE_ATTRIBUTE_TIME_MODIFIED,
                                   G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, G_PRIORITY_LOW, cancellable,
                                   on_opened, g_object_ref (task));
}

GStrv
iso_finder_finish (GAsyncResult *result)
{
  GStrv paths = g_task_propagate_pointer (G_TASK (result), NULL);

  return paths ? paths : g_new0 (char *, 1);
}
