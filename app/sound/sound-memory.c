/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Remembered volumes. Runs in `vitrine`.
 */
#include "sound-memory.h"

#include "paths.h"

#define VOLUME "volume"
#define MUTED "muted"

static char *
get_path (void)
{
  return g_build_filename (g_get_user_state_dir (), "vitrine", "sound.conf", NULL);
}

static GKeyFile *
load (const char *path)
{
  GKeyFile *file = g_key_file_new ();

  g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL);
  return file;
}

/* Guests are deleted without us, too. TRUE if one was remembered. */
static gboolean
forget_deleted (GKeyFile *file)
{
  g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);
  gboolean forgot = FALSE;

  for (guint i = 0; groups[i] != NULL; i++)
    {
      g_autofree char *path =
          paths_is_uuid (groups[i]) ? paths_guest_file (groups[i], "guest.conf") : NULL;

      if (path != NULL && g_file_test (path, G_FILE_TEST_EXISTS))
        continue;
      g_key_file_remove_group (file, groups[i], NULL);
      forgot = TRUE;
    }
  return forgot;
}

void
sound_memory_forget_deleted (void)
{
  g_autofree char *path = get_path ();
  g_autoptr (GKeyFile) file = load (path);

  if (forget_deleted (file))
    g_key_file_save_to_file (file, path, NULL);
}

void
sound_memory_load (const char *uuid, SoundLevel *ret_level)
{
  g_autofree char *path = get_path ();
  g_autoptr (GKeyFile) file = load (path);
  g_autoptr (GError) error = NULL;
  int volume = g_key_file_get_integer (file, uuid, VOLUME, &error);

  ret_level->volume = error == NULL ? CLAMP (volume, 0, (int) SOUND_VOLUME_MAX) : SOUND_VOLUME_MAX;
  ret_level->muted = g_key_file_get_boolean (file, uuid, MUTED, NULL);
}

void
sound_memory_save (const char *uuid, const SoundLevel *level)
{
  g_autofree char *path = get_path ();
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GKeyFile) file = load (path);

  if (level->volume == SOUND_VOLUME_MAX && !level->muted)
    g_key_file_remove_group (file, uuid, NULL);
  else
    {
      g_key_file_set_integer (file, uuid, VOLUME, level->volume);
      g_key_file_set_boolean (file, uuid, MUTED, level->muted);
    }
  forget_deleted (file);
  g_mkdir_with_parents (folder, 0700);
  g_key_file_save_to_file (file, path, NULL);
}
