/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The volumes that are remembered, and that those of deleted guests are not.
 */
#include "sound-memory.h"

#include "paths.h"

#include <glib/gstdio.h>

#define KEPT "0a0a0a0a-0000-4000-8000-000000000001"
#define DELETED "0a0a0a0a-0000-4000-8000-000000000002"

static void
make_guest (const char *uuid)
{
  g_autofree char *path = paths_guest_file (uuid, "guest.conf");
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, "", 0, NULL));
}

static guint
volume_of (const char *uuid)
{
  SoundLevel level;

  sound_memory_load (uuid, &level);
  return level.volume;
}

static void
test_memory (void)
{
  const SoundLevel half = { 50, FALSE };
  const SoundLevel soft = { 20, TRUE };
  g_autofree char *path = paths_guest_file (DELETED, "guest.conf");

  g_assert_cmpuint (volume_of (KEPT), ==, SOUND_VOLUME_MAX);
  make_guest (KEPT);
  make_guest (DELETED);
  sound_memory_save (KEPT, &half);
  sound_memory_save (DELETED, &soft);
  g_assert_cmpuint (volume_of (KEPT), ==, 50);
  g_assert_cmpuint (volume_of (DELETED), ==, 20);
  sound_memory_forget_deleted ();
  g_assert_cmpuint (volume_of (DELETED), ==, 20);

  g_assert_cmpint (g_unlink (path), ==, 0);
  sound_memory_forget_deleted ();
  g_assert_cmpuint (volume_of (DELETED), ==, SOUND_VOLUME_MAX);
  g_assert_cmpuint (volume_of (KEPT), ==, 50);
  /* A slider that was moved last of all. */
  sound_memory_save (DELETED, &soft);
  g_assert_cmpuint (volume_of (DELETED), ==, SOUND_VOLUME_MAX);
  g_assert_cmpuint (volume_of (KEPT), ==, 50);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/sound-memory/deleted", test_memory);
  return g_test_run ();
}
