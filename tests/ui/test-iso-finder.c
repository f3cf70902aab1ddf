/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Finding ISO files: the newest few, regular files only, and no folder is no error.
 */
#include "iso-finder.h"

#include <glib/gstdio.h>
#include <unistd.h>
#include <utime.h>

typedef struct
{
  GMainLoop *loop;
  GStrv paths;
} Run;

static void
on_found (GObject *source, GAsyncResult *result, gpointer data)
{
  Run *run = data;

  run->paths = iso_finder_finish (result);
  g_main_loop_quit (run->loop);
}

static GStrv
find (const char *folder)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Run run = { .loop = loop };

  iso_finder_async (folder, NULL, on_found, &run);
  g_main_loop_run (loop);
  return run.paths;
}

static void
make (const char *folder, const char *name, int modified)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  struct utimbuf times = { .actime = modified, .modtime = modified };

  g_assert_true (g_file_set_contents (path, "x", 1, NULL));
  g_assert_cmpint (g_utime (path, &times), ==, 0);
}

static void
remove_in (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_cmpint (g_remove (path), ==, 0);
}

static void
test_newest (void)
{
  static const char *const names[] = { "a.iso", "b.ISO", "c.iso", "d.iso", "e.iso", "f.txt" };
  g_autofree char *folder = g_dir_make_tmp ("vitrine-iso-XXXXXX", NULL);
  g_autofree char *link = g_build_filename (folder, "link.iso", NULL);
  g_autofree char *sub = g_build_filename (folder, "folder.iso", NULL);
  g_auto (GStrv) paths = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    make (folder, names[i], 1000000 + (int) i);
  g_assert_cmpint (symlink ("/etc/passwd", link), ==, 0);
  g_assert_cmpint (g_mkdir (sub, 0700), ==, 0);
  paths = find (folder);
  g_assert_cmpuint (g_strv_length (paths), ==, ISO_FINDER_MAX);
  g_assert_true (g_str_has_suffix (paths[0], "/e.iso"));
  g_assert_true (g_str_has_suffix (paths[3], "/b.ISO"));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    remove_in (folder, names[i]);
  g_assert_cmpint (g_remove (link), ==, 0);
  g_assert_cmpint (g_rmdir (sub), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
test_no_folder (void)
{
  g_auto (GStrv) paths = find ("/nonexistent/folder");

  g_assert_nonnull (paths);
  g_assert_null (paths[0]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/iso-finder/newest", test_newest);
  g_test_add_func ("/iso-finder/no-folder", test_no_folder);
  return g_test_run ();
}
