/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * guest.conf to a validated GuestDefinition (B6). Runs in app and vmm on text that anyone may have
 * written; must never open a file, nor assert on what one holds.
 */
#include "config.h"

#include "guest-definition-fields.h"
#include "guest-definition-lines.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* The line of this key, or with a NULL key the line of the group. NULL if it is not there. */
static const DefinitionLine *
find_line (GPtrArray *lines, const char *group, const char *key)
{
  for (guint i = 0; i < lines->len; i++)
    {
      const DefinitionLine *line = g_ptr_array_index (lines, i);

      if (line->kind == DEFINITION_LINE_OTHER || strcmp (line->group, group) != 0)
        continue;
      if (key == NULL || g_strcmp0 (line->key, key) == 0)
        return line;
    }
  return NULL;
}

static void
prefix_line (GError **error, const char *file, guint number)
{
  /* Translators: a file's name and a line's number before a message. */
  g_prefix_error (error, _ ("%s, line %u: "), file, number);
}

static gboolean
fail_missing (GPtrArray *lines,
              const char *group,
              const char *key,
              const char *file,
              GError **error)
{
  const DefinitionLine *line = find_line (lines, group, NULL);

  g_set_error (error, GUEST_DEFINITION_ERROR, GUEST_DEFINITION_ERROR_KEY,
               _ ("the key %s is missing from [%s]"), key, group);
  if (line != NULL)
    prefix_line (error, file, line->number);
  else
    g_prefix_error (error, "%s: ", file);
  return FALSE;
}

static gboolean
read_version (const DefinitionLine *line, GError **error)
{
  g_autofree char *text = g_strchomp (g_strndup (line->value, line->value_size));
  g_autofree char *shown = g_strndup (text, 20);
  guint64 version;

  if (!g_ascii_string_to_unsigned (text, 10, 1, G_MAXUINT32, &version, NULL))
    {
      g_set_error (error, GUEST_DEFINITION_ERROR, GUEST_DEFINITION_ERROR_VALUE,
                   _ ("version: it is not a number; only %d is allowed"), GUEST_DEFINITION_VERSION);
      return FALSE;
    }
  if (version != GUEST_DEFINITION_VERSION)
    {
      g_set_error (error, GUEST_DEFINITION_ERROR, GUEST_DEFINITION_ERROR_VALUE,
                   _ ("version: %s is from a newer Vitrine; this one reads only %d"), shown,
                   GUEST_DEFINITION_VERSION);
      return FALSE;
    }
  return TRUE;
}

static gboolean
read_value (const GuestField *field, const DefinitionLine *line, gpointer object, GError **error)
{
  g_autofree char *text = field->flags & GUEST_FIELD_LIST
                              ? g_strndup (line->value, line->value_size)
                              : definition_lines_unescape (line->value, line->value_size);

  if (text == NULL)
    {
      g_set_error (error, GUEST_DEFINITION_ERROR, GUEST_DEFINITION_ERROR_VALUE,
                   _ ("%s: after “\\” only s, n, t, r and “\\” are allowed"), field->key);
      return FALSE;
    }
  return guest_field_parse (field, text, object, error);
}

/* A group or a key into the definition; what is unknown is left alone. */
static gboolean
read_line (GuestDefinition *definition, const DefinitionLine *line, GError **error)
{
  int index = guest_disk_group_index (line->group);
  const GuestField *field;

  if (index == -2)
    {
      g_set_error (error, GUEST_DEFINITION_ERROR, GUEST_DEFINITION_ERROR_KEY,
                   _ ("[%.20s]: disks are [disk0] to [disk%d]"), line->group, GUEST_DISKS_MAX - 1);
      return FALSE;
    }
  if (line->kind == DEFINITION_LINE_GROUP)
    {
      if (index >= 0)
        guest_definition_take_disk (definition, guest_disk_new (index, NULL, GUEST_DISK_RAW));
      return TRUE;
    }
  if (strcmp (line->group, "vitrine") == 0 && strcmp (line->key, "version") == 0)
    return read_version (line, error);
  field =
      index >= 0 ? guest_disk_field_find (line->key) : guest_field_find (line->group, line->key);
  if (field == NULL)
    return TRUE;
  return read_value (
      field, line,
      index >= 0 ? (gpointer) guest_definition_find_disk (definition, index) : definition, error);
}

static gboolean
finish_disk (GuestDisk *disk, GPtrArray *lines, const char *file, GError **error)
{
  g_autofree char *group = g_strdup_printf ("disk%u", disk->index);
  const char *at_fault;
  gsize n;
  const GuestField *fields = guest_disk_fields (&n);

  for (gsize i = 0; i < n; i++)
    if ((fields[i].flags & GUEST_FIELD_REQUIRED) && find_line (lines, group, fields[i].key) == NULL)
      return fail_missing (lines, group, fields[i].key, file, error);
  if (find_line (lines, group, "bus") == NULL)
    disk->bus = guest_disk_default_bus (disk->media);
  if (find_line (lines, group, "read-only") == NULL)
    disk->read_only = disk->media == GUEST_MEDIA_CDROM;
  if (guest_disk_check (disk, &at_fault, error))
    return TRUE;
  prefix_line (error, file, find_line (lines, group, at_fault)->number);
  return FALSE;
}

/* What only the whole file can tell: keys that are missing, and rules between keys. */
static gboolean
finish (GuestDefinition *definition, GPtrArray *lines, const char *file, GError **error)
{
  const char *group, *key;
  gsize n;
  const GuestField *fields = guest_fields (&n);

  if (find_line (lines, "vitrine", "version") == NULL)
    return fail_missing (lines, "vitrine", "version", file, error);
  for (gsize i = 0; i < n; i++)
    if ((fields[i].flags & GUEST_FIELD_REQUIRED) &&
        find_line (lines, fields[i].group, fields[i].key) == NULL)
      return fail_missing (lines, fields[i].group, fields[i].key, file, error);
  for (guint i = 0; i < definition->disks->len; i++)
    if (!finish_disk (g_ptr_array_index (definition->disks, i), lines, file, error))
      return FALSE;
  if (guest_definition_check (definition, &group, &key, error))
    return TRUE;
  prefix_line (error, file, find_line (lines, group, key)->number);
  return FALSE;
}

GuestDefinition *
guest_definition_parse (const char *text, gsize size, const char *file, GError **error)
{
  g_autoptr (GPtrArray) lines = definition_lines_scan (text, size, file, error);
  g_autoptr (GuestDefinition) definition = NULL;

  if (lines == NULL)
    return NULL;
  definition = guest_definition_new (NULL);
  for (guint i = 0; i < lines->len; i++)
    {
      const DefinitionLine *line = g_ptr_array_index (lines, i);

      if (line->kind != DEFINITION_LINE_OTHER && !read_line (definition, line, error))
        {
          prefix_line (error, file, line->number);
          return NULL;
        }
    }
  if (!finish (definition, lines, file, error))
    return NULL;
  definition->original = g_strndup (text, size);
  return g_steal_pointer (&definition);
}
