/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The record of backing files, a key file with a group an image. Runs in vitrine-vmm before it
 * drops root; no jailed process can reach the file.
 */
#include "backing-record.h"

#include "paths.h"

#define RECORD_BYTES_MAX (256 * 1024)
#define KEY "rests-on"
#define KEY_INODE "inode"

struct _BackingRecord
{
  char *path;
  GKeyFile *file;
  gboolean changed;
};

BackingRecord *
backing_record_load (const char *uuid)
{
  BackingRecord *record = g_new0 (BackingRecord, 1);
  g_autofree char *text = NULL;
  gsize size = 0;

  record->path = paths_guest_file (uuid, "backing");
  record->file = g_key_file_new ();
  if (g_file_get_contents (record->path, &text, &size, NULL) && size <= RECORD_BYTES_MAX)
    g_key_file_load_from_data (record->file, text, size, G_KEY_FILE_NONE, NULL);
  return record;
}

void
backing_record_free (BackingRecord *record)
{
  g_key_file_unref (record->file);
  g_free (record->path);
  g_free (record);
}

/* A path as the name of a group, which may not hold brackets or control characters. */
static char *
group_of (const char *image)
{
  return g_uri_escape_string (image, "/", FALSE);
}

gboolean
backing_record_allows (BackingRecord *record, const char *image, const char *backing)
{
  g_autofree char *group = group_of (image);
  g_auto (GStrv) known = g_key_file_get_string_list (record->file, group, KEY, NULL, NULL);

  return known == NULL || g_strv_contains ((const char *const *) known, backing);
}

void
backing_record_note (BackingRecord *record, const char *image, const char *const *backings)
{
  g_autofree char *group = group_of (image);
  g_auto (GStrv) known = g_key_file_get_string_list (record->file, group, KEY, NULL, NULL);

  if (known != NULL && g_strv_equal ((const char *const *) known, backings))
    return;
  g_key_file_set_string_list (record->file, group, KEY, backings, g_strv_length ((GStrv) backings));
  record->changed = TRUE;
}

guint64
backing_record_note_inode (BackingRecord *record, const char *image, guint64 inode)
{
  g_autofree char *group = group_of (image);
  guint64 before = g_key_file_get_uint64 (record->file, group, KEY_INODE, NULL);

  if (before == inode)
    return before;
  g_key_file_set_uint64 (record->file, group, KEY_INODE, inode);
  record->changed = TRUE;
  return before;
}

gboolean
backing_record_save (BackingRecord *record, GError **error)
{
  g_autofree char *text = NULL;
  gsize size;

  if (!record->changed)
    return TRUE;
  text = g_key_file_to_data (record->file, &size, NULL);
  return g_file_set_contents_full (record->path, text, size, G_FILE_SET_CONTENTS_CONSISTENT, 0600,
                                   error);
}
