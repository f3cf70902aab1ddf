/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A user's folders of a test's own. Must come before anything asks GLib for them, as it remembers.
 */
#pragma once

#include "paths.h"

#include <gio/gio.h>
#include <string.h>

static inline void
store_world_remove (const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileEnumerator) names = g_file_enumerate_children (
      file, "standard::name", G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, NULL, NULL);
  GFile *child;

  while (names != NULL && g_file_enumerator_iterate (names, NULL, &child, NULL, NULL) &&
         child != NULL)
    store_world_remove (g_file_peek_path (child));
  g_file_delete (file, NULL, NULL);
}

static inline char *
store_world_make (void)
{
  static const char *const names[] = { "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME",
                                       "XDG_CACHE_HOME" };
  char *root = g_dir_make_tmp ("vt-XXXXXX", NULL);

  g_assert_nonnull (root);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (root, names[i], NULL);

      g_assert_cmpint (g_mkdir_with_parents (path, 0700), ==, 0);
      g_setenv (names[i], path, TRUE);
    }
  return root;
}

static inline int
store_world_compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Every name in the guests folder, sorted, apart by spaces; without .lock. */
static inline char *
store_world_names (void)
{
  g_autofree char *path = paths_guests_dir ();
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (strcmp (name, ".lock") != 0)
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, store_world_compare);
  g_ptr_array_add (names, NULL);
  return g_strjoinv (" ", (char **) names->pdata);
}
