/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Carries one caller's settings over to a text that others changed meanwhile. Runs in the front
 * ends; pure.
 */
#include "guest-merge.h"

#include <string.h>

static const char *
lookup (GStrv list, const char *key)
{
  for (guint i = 0; list[i] != NULL; i += 2)
    if (strcmp (list[i], key) == 0)
      return list[i + 1];
  return NULL;
}

/* Disks that `before` has and `wanted` no longer does. */
static gboolean
remove_disks (GuestDefinition *fresh, const GuestDefinition *before, GStrv wanted, GError **error)
{
  for (guint i = 0; i < before->disks->len; i++)
    {
      const GuestDisk *disk = g_ptr_array_index (before->disks, i);
      g_autofree char *key = g_strdup_printf ("disk%u.file", disk->index);
      g_auto (GStrv) now = guest_definition_list (fresh);

      if (lookup (wanted, key) == NULL && lookup (now, key) != NULL &&
          !guest_definition_set (fresh, key, "", error))
        return FALSE;
    }
  return TRUE;
}

GuestDefinition *
guest_merge (const GuestDefinition *wanted,
             const char *text,
             gsize size,
             const char *file,
             GError **error)
{
  g_autoptr (GuestDefinition) before =
      guest_definition_parse (wanted->original, strlen (wanted->original), file, error);
  g_autoptr (GuestDefinition) fresh = NULL;
  g_auto (GStrv) old = NULL;
  g_auto (GStrv) list = NULL;

  if (before == NULL)
    return NULL;
  fresh = guest_definition_parse (text, size, file, error);
  if (fresh == NULL)
    return NULL;
  old = guest_definition_list (before);
  list = guest_definition_list (wanted);
  if (!remove_disks (fresh, before, list, error))
    return NULL;
  for (guint i = 0; list[i] != NULL; i += 2)
    {
      const char *was = lookup (old, list[i]);

      if (g_strcmp0 (was, list[i + 1]) == 0 || (was == NULL && *list[i + 1] == '\0'))
        continue;
      if (!guest_definition_set (fresh, list[i], list[i + 1], error))
        return NULL;
    }
  return g_steal_pointer (&fresh);
}
