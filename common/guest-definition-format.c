/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A GuestDefinition back into the text it came from: only lines whose value changed are rewritten,
 * so comments, unknown keys, order and spacing stay a person's own. Runs in app; must never fail.
 */
#include "config.h"

#include "guest-definition-fields.h"
#include "guest-definition-lines.h"

#include <string.h>

typedef struct
{
  const GuestDefinition *now;
  const GuestDefinition *before; /* as `original` says; NULL for a fresh definition */
  GPtrArray *lines;              /* of `original`; empty for a fresh definition */
  GString *out;
} Writer;

/* A group's objects (whole definition, or one disk) on either side, and its fields. */
typedef struct
{
  const char *name;
  const GuestField *fields;
  gsize n_fields;
  gconstpointer now; /* NULL: the disk was removed */
  gconstpointer before;
} Group;

static Group
group_open (const Writer *writer, const char *name)
{
  int index = guest_disk_group_index (name);
  Group group = { .name = name, .now = writer->now, .before = writer->before };

  if (index < 0)
    {
      group.fields = guest_fields (&group.n_fields);
      return group;
    }
  group.fields = guest_disk_fields (&group.n_fields);
  group.now = guest_definition_find_disk (writer->now, index);
  if (writer->before != NULL)
    group.before = guest_definition_find_disk (writer->before, index);
  return group;
}

static const GuestField *
group_field (const Group *group, gsize i)
{
  const GuestField *field = &group->fields[i];

  return field->group == NULL || strcmp (field->group, group->name) == 0 ? field : NULL;
}

/* Text as it stands in the file. */
static char *
file_text (const GuestField *field, const char *text)
{
  return field->flags & GUEST_FIELD_LIST ? g_strdup (text) : definition_lines_escape (text);
}

static gboolean
has_key (const Writer *writer, const char *group, const char *key)
{
  for (guint i = 0; i < writer->lines->len; i++)
    {
      const DefinitionLine *line = g_ptr_array_index (writer->lines, i);

      if (line->kind == DEFINITION_LINE_KEY && strcmp (line->group, group) == 0 &&
          strcmp (line->key, key) == 0)
        return TRUE;
    }
  return FALSE;
}

/* What a reader would take a key for that is not in the file. */
static char *
default_text (const Group *group, const GuestField *field)
{
  if (field->flags & GUEST_FIELD_REQUIRED)
    return NULL;
  if (field->group == NULL)
    {
      const GuestDisk *disk = group->now;
      g_autoptr (GuestDisk) plain = guest_disk_new (disk->index, NULL, GUEST_DISK_RAW);

      if (strcmp (field->key, "media") != 0)
        plain->media = disk->media;
      plain->bus = guest_disk_default_bus (plain->media);
      plain->read_only = plain->media == GUEST_MEDIA_CDROM;
      return guest_field_format (field, plain);
    }
  else
    {
      g_autoptr (GuestDefinition) plain = guest_definition_new (NULL);

      return guest_field_format (field, plain);
    }
}

static void
end_line (GString *out)
{
  if (out->len > 0 && out->str[out->len - 1] != '\n')
    g_string_append_c (out, '\n');
}

/* The keys that this group has now and the file does not. A fresh definition writes its defaults
 * too, so that a person sees what can be changed. */
static void
add_missing (Writer *writer, const Group *group)
{
  for (gsize i = 0; i < group->n_fields; i++)
    {
      const GuestField *field = group_field (group, i);
      g_autofree char *text = NULL;
      g_autofree char *fallback = NULL;
      g_autofree char *written = NULL;

      if (field == NULL || group->now == NULL || has_key (writer, group->name, field->key))
        continue;
      text = guest_field_format (field, group->now);
      fallback = default_text (group, field);
      if (group->before == NULL ? *text == '\0' : g_strcmp0 (text, fallback) == 0)
        continue;
      written = file_text (field, text);
      end_line (writer->out);
      g_string_append_printf (writer->out, "%s=%s\n", field->key, written);
    }
}

/* One line of the file: as it was, with another value, or not at all. */
static void
copy_line (Writer *writer, const Group *group, const DefinitionLine *line)
{
  const GuestField *field = NULL;
  g_autofree char *before = NULL;
  g_autofree char *now = NULL;
  g_autofree char *written = NULL;

  for (gsize i = 0; group != NULL && line->kind == DEFINITION_LINE_KEY && i < group->n_fields; i++)
    if (group_field (group, i) != NULL && strcmp (group->fields[i].key, line->key) == 0)
      field = &group->fields[i];
  if (field != NULL)
    {
      before = guest_field_format (field, group->before);
      now = guest_field_format (field, group->now);
    }
  if (field == NULL || strcmp (before, now) == 0)
    {
      g_string_append_len (writer->out, line->start, line->size);
      return;
    }
  if (*now == '\0')
    return;
  written = file_text (field, now);
  g_string_append_len (writer->out, line->start, line->value - line->start);
  g_string_append (writer->out, written);
  g_string_append_len (writer->out, line->value + line->value_size,
                       line->start + line->size - (line->value + line->value_size));
}

/* The lines [at, end) are of one group, the first its header. New keys go behind its last key,
 * before the blank lines and comments that follow. A removed disk takes its keys along, not the
 * comments behind them. */
static void
copy_group (Writer *writer, guint at, guint end)
{
  const DefinitionLine *header = g_ptr_array_index (writer->lines, at);
  Group group = group_open (writer, header->group);
  guint last = at;

  for (guint i = at; i < end; i++)
    if (((DefinitionLine *) g_ptr_array_index (writer->lines, i))->kind != DEFINITION_LINE_OTHER)
      last = i;
  if (group.now != NULL)
    {
      for (guint i = at; i <= last; i++)
        copy_line (writer, &group, g_ptr_array_index (writer->lines, i));
      add_missing (writer, &group);
    }
  for (guint i = last + 1; i < end; i++)
    copy_line (writer, NULL, g_ptr_array_index (writer->lines, i));
}

static void
copy_groups (Writer *writer)
{
  guint at = 0;

  for (guint i = 0; i <= writer->lines->len; i++)
    {
      const DefinitionLine *first =
          at < writer->lines->len ? g_ptr_array_index (writer->lines, at) : NULL;
      const DefinitionLine *line =
          i < writer->lines->len ? g_ptr_array_index (writer->lines, i) : NULL;

      if (i == at || (line != NULL && line->kind != DEFINITION_LINE_GROUP))
        continue;
      if (first->kind == DEFINITION_LINE_GROUP)
        copy_group (writer, at, i);
      else /* before the first group */
        for (guint j = at; j < i; j++)
          copy_line (writer, NULL, g_ptr_array_index (writer->lines, j));
      at = i;
    }
}

/* A group that the file does not have, if there is anything to say in it. */
static void
add_group (Writer *writer, const char *name)
{
  Group group = group_open (writer, name);
  GString *whole = writer->out;

  for (guint i = 0; i < writer->lines->len; i++)
    {
      const DefinitionLine *line = g_ptr_array_index (writer->lines, i);

      if (line->kind == DEFINITION_LINE_GROUP && strcmp (line->group, name) == 0)
        return;
    }
  writer->out = g_string_new (NULL);
  add_missing (writer, &group);
  if (writer->out->len > 0)
    {
      end_line (whole);
      g_string_append_printf (whole, "%s[%s]\n%s", whole->len > 0 ? "\n" : "", name,
                              writer->out->str);
    }
  g_string_free (writer->out, TRUE);
  writer->out = whole;
}

char *
guest_definition_format (const GuestDefinition *definition)
{
  static const char *const groups[] = { "guest",     "boot",  NULL,      "display",
                                        "clipboard", "sound", "network", "limits" };
  const char *original = definition->original != NULL ? definition->original : "";
  g_autoptr (GuestDefinition) before = NULL;
  g_autoptr (GPtrArray) lines = NULL;
  Writer writer = { .now = definition, .out = g_string_new (NULL) };

  before = guest_definition_parse (original, strlen (original), "", NULL);
  lines = definition_lines_scan (before != NULL ? original : "",
                                 before != NULL ? strlen (original) : 0, "", NULL);
  writer.before = before;
  writer.lines = lines;
  copy_groups (&writer);
  if (before == NULL)
    g_string_append_printf (writer.out, "[vitrine]\nversion=%d\n", GUEST_DEFINITION_VERSION);
  for (gsize i = 0; i < G_N_ELEMENTS (groups); i++)
    {
      if (groups[i] != NULL)
        add_group (&writer, groups[i]);
      for (guint d = 0; groups[i] == NULL && d < definition->disks->len; d++)
        {
          const GuestDisk *disk = g_ptr_array_index (definition->disks, d);
          g_autofree char *name = g_strdup_printf ("disk%u", disk->index);

          add_group (&writer, name);
        }
    }
  return g_string_free (writer.out, FALSE);
}
