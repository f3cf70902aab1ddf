/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Guest definitions in memory: made, copied, freed, changed by name, and written back into the text
 * they came from. Runs in app and vmm; must never open a file.
 */
#include "config.h"

#include "guest-definition-fields.h"
#include "guest-definition-lines.h"
#include "nbd-address-parse.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define DEFAULT_MEMORY_MIB 2048
#define DEFAULT_CPUS 2

G_DEFINE_QUARK (guest - definition - error - quark, guest_definition_error)

GuestDisk *
guest_disk_new (guint index, const char *file, GuestDiskFormat format)
{
  GuestDisk *disk = g_new0 (GuestDisk, 1);

  disk->index = index;
  disk->file = g_strdup (file);
  disk->format = format;
  disk->bus = guest_disk_default_bus (GUEST_MEDIA_DISK);
  disk->allow_backing = g_new0 (char *, 1);
  return disk;
}

GuestDisk *
guest_disk_copy (const GuestDisk *disk)
{
  GuestDisk *copy = g_memdup2 (disk, sizeof *disk);

  copy->file = g_strdup (disk->file);
  copy->allow_backing = g_strdupv (disk->allow_backing);
  copy->tls_ca = g_strdup (disk->tls_ca);
  copy->tls_cert = g_strdup (disk->tls_cert);
  copy->tls_key = g_strdup (disk->tls_key);
  return copy;
}

void
guest_disk_free (GuestDisk *disk)
{
  if (disk == NULL)
    return;
  g_free (disk->file);
  g_strfreev (disk->allow_backing);
  g_free (disk->tls_ca);
  g_free (disk->tls_cert);
  g_free (disk->tls_key);
  g_free (disk);
}

gboolean
guest_disk_is_remote (const GuestDisk *disk)
{
  return nbd_address_is_meant (disk->file);
}

gboolean
guest_disk_is_own (const GuestDisk *disk)
{
  return !g_path_is_absolute (disk->file) && !guest_disk_is_remote (disk);
}

GuestDefinition *
guest_definition_new (const char *name)
{
  GuestDefinition *definition = g_new0 (GuestDefinition, 1);

  definition->uuid = g_uuid_string_random ();
  definition->name = g_strdup (name);
  definition->memory_mib = DEFAULT_MEMORY_MIB;
  definition->cpus = DEFAULT_CPUS;
  definition->heads = 1;
  definition->forwards = g_new0 (char *, 1);
  definition->disks = g_ptr_array_new_with_free_func ((GDestroyNotify) guest_disk_free);
  return definition;
}

GuestDefinition *
guest_definition_copy (const GuestDefinition *definition)
{
  GuestDefinition *copy = g_memdup2 (definition, sizeof *definition);

  copy->uuid = g_strdup (definition->uuid);
  copy->name = g_strdup (definition->name);
  copy->os = g_strdup (definition->os);
  copy->kernel = g_strdup (definition->kernel);
  copy->initrd = g_strdup (definition->initrd);
  copy->cmdline = g_strdup (definition->cmdline);
  copy->original = g_strdup (definition->original);
  copy->forwards = g_strdupv (definition->forwards);
  copy->dns = g_strdup (definition->dns);
  copy->disks = g_ptr_array_new_with_free_func ((GDestroyNotify) guest_disk_free);
  for (guint i = 0; i < definition->disks->len; i++)
    g_ptr_array_add (copy->disks, guest_disk_copy (g_ptr_array_index (definition->disks, i)));
  return copy;
}

void
guest_definition_free (GuestDefinition *definition)
{
  if (definition == NULL)
    return;
  g_free (definition->uuid);
  g_free (definition->name);
  g_free (definition->os);
  g_free (definition->kernel);
  g_free (definition->initrd);
  g_free (definition->cmdline);
  g_free (definition->original);
  g_strfreev (definition->forwards);
  g_free (definition->dns);
  g_ptr_array_unref (definition->disks);
  g_free (definition);
}

static void
list_fields (GStrvBuilder *list,
             const char *group,
             const GuestField *fields,
             gsize n,
             gconstpointer object)
{
  for (gsize i = 0; i < n; i++)
    {
      const char *in = fields[i].group != NULL ? fields[i].group : group;
      g_autofree char *name = NULL;
      g_autofree char *value = NULL;

      if (group != NULL && strcmp (in, group) != 0)
        continue;
      name = g_strdup_printf ("%s.%s", in, fields[i].key);
      value = guest_field_format (&fields[i], object);
      g_strv_builder_add_many (list, name, value, NULL);
    }
}

GStrv
guest_definition_list (const GuestDefinition *definition)
{
  static const char *const before[] = { "guest", "boot" };
  static const char *const after[] = { "display", "clipboard", "sound", "network", "limits" };
  g_autoptr (GStrvBuilder) list = g_strv_builder_new ();
  gsize n, n_disk;
  const GuestField *fields = guest_fields (&n);
  const GuestField *disk_fields = guest_disk_fields (&n_disk);

  for (gsize i = 0; i < G_N_ELEMENTS (before); i++)
    list_fields (list, before[i], fields, n, definition);
  for (guint i = 0; i < definition->disks->len; i++)
    {
      const GuestDisk *disk = g_ptr_array_index (definition->disks, i);
      g_autofree char *group = g_strdup_printf ("disk%u", disk->index);

      list_fields (list, group, disk_fields, n_disk, disk);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (after); i++)
    list_fields (list, after[i], fields, n, definition);
  return g_strv_builder_end (list);
}

char *
guest_definition_get (const GuestDefinition *definition, const char *key)
{
  const char *dot = strchr (key, '.');
  g_autofree char *group = g_strndup (key, dot != NULL ? dot - key : 0);
  int index = guest_disk_group_index (group);
  const GuestDisk *disk = index >= 0 ? guest_definition_find_disk (definition, index) : NULL;
  const GuestField *field = NULL;

  if (dot != NULL)
    field = index >= 0 ? guest_disk_field_find (dot + 1) : guest_field_find (group, dot + 1);
  if (field == NULL || (index >= 0 && disk == NULL))
    return NULL;
  return guest_field_format (field, index >= 0 ? (gconstpointer) disk : definition);
}

/* Untrusted text into one field; an empty one gives it back the value it has in `fallback`. */
static gboolean
set_field (const GuestField *field,
           const char *value,
           gpointer object,
           gconstpointer fallback,
           GError **error)
{
  g_autofree char *text = NULL;

  if (field->flags & GUEST_FIELD_FIXED)
    {
      g_set_error (error, GUEST_DEFINITION_ERROR, GUEST_DEFINITION_ERROR_KEY,
                   _ ("%s: it cannot be changed"), field->key);
      return FALSE;
    }
  /* What is required has no default: its check of an empty text says what is allowed. */
  if (*value == '\0' && !(field->flags & GUEST_FIELD_REQUIRED))
    text = guest_field_format (field, fallback);
  return guest_field_parse (field, text != NULL ? text : value, object, error);
}

static gboolean
fail_unknown (const char *group, const char *key, const GuestField *fields, gsize n, GError **error)
{
  g_autoptr (GString) known = g_string_new (NULL);

  for (gsize i = 0; i < n; i++)
    if (!(fields[i].flags & GUEST_FIELD_FIXED))
      g_string_append_printf (known, "%s%s.%s", i > 0 && known->len > 0 ? ", " : "",
                              fields[i].group != NULL ? fields[i].group : group, fields[i].key);
  g_set_error (error, GUEST_DEFINITION_ERROR, GUEST_DEFINITION_ERROR_KEY,
               _ ("There is no setting %s.%s; there are: %s"), group, key, known->str);
  return FALSE;
}

/* The raw format where the name does not say otherwise: nothing in a raw file is interpreted. */
static GuestDiskFormat
format_by_name (const char *file)
{
  return g_str_has_suffix (file, ".qcow2") && !nbd_address_is_meant (file) ? GUEST_DISK_QCOW2 : GUEST_DISK_RAW;
}

/* What follows from another medium unless it was set apart from the default before. */
static void
follow_media (GuestDisk *disk, GuestDiskMedia before)
{
  if (disk->media == before)
    return;
  if (disk->bus == guest_disk_default_bus (before))
    disk->bus = guest_disk_default_bus (disk->media);
  disk->read_only = disk->media == GUEST_MEDIA_CDROM;
}

static gboolean
set_disk (GuestDefinition *definition,
          guint index,
          const char *group,
          const char *key,
          const char *value,
          GError **error)
{
  const GuestField *field = guest_disk_field_find (key);
  GuestDisk *old = guest_definition_find_disk (definition, index);
  gboolean is_file = strcmp (key, "file") == 0;
  g_autoptr (GuestDisk) disk = NULL;
  g_autoptr (GuestDisk) fallback = NULL;
  const char *at_fault;
  gsize n;

  if (field == NULL)
    {
      const GuestField *fields = guest_disk_fields (&n);
      return fail_unknown (group, key, fields, n, error);
    }
  if (old == NULL && (!is_file || *value == '\0'))
    {
      g_set_error (error, GUEST_DEFINITION_ERROR, GUEST_DEFINITION_ERROR_KEY,
                   _ ("There is no %s; set %s.file first"), group, group);
      return FALSE;
    }
  if (is_file && *value == '\0')
    {
      g_ptr_array_remove (definition->disks, old);
      return TRUE;
    }
  disk = old != NULL ? guest_disk_copy (old) : guest_disk_new (index, NULL, format_by_name (value));
  fallback = guest_disk_new (index, NULL, GUEST_DISK_RAW);
  fallback->media = disk->media;
  fallback->bus = guest_disk_default_bus (disk->media);
  fallback->read_only = disk->media == GUEST_MEDIA_CDROM;
  if (strcmp (key, "media") == 0)
    fallback->media = GUEST_MEDIA_DISK;
  if (!set_field (field, value, disk, fallback, error))
    return FALSE;
  if (old != NULL)
    follow_media (disk, old->media);
  if (!guest_disk_check (disk, &at_fault, error))
    return FALSE;
  if (old != NULL)
    g_ptr_array_remove (definition->disks, old);
  guest_definition_take_disk (definition, g_steal_pointer (&disk));
  return TRUE;
}

gboolean
guest_definition_set (GuestDefinition *definition,
                      const char *key,
                      const char *value,
                      GError **error)
{
  const char *dot = strchr (key, '.');
  g_autofree char *group = dot != NULL ? g_strndup (key, dot - key) : g_strdup ("guest");
  const char *plain = dot != NULL ? dot + 1 : key;
  g_autoptr (GuestDefinition) fallback = NULL;
  const GuestField *field;
  int index = guest_disk_group_index (group);
  gsize n;

  if (!g_utf8_validate (key, -1, NULL) || !g_utf8_validate (value, -1, NULL))
    {
      g_set_error_literal (error, GUEST_DEFINITION_ERROR, GUEST_DEFINITION_ERROR_VALUE,
                           _ ("The text is not valid UTF-8"));
      return FALSE;
    }
  if (index >= 0)
    return set_disk (definition, index, group, plain, value, error);
  field = guest_field_find (group, plain);
  if (field == NULL)
    {
      const GuestField *fields = guest_fields (&n);
      return fail_unknown (group, plain, fields, n, error);
    }
  fallback = guest_definition_new (NULL);
  return set_field (field, value, definition, fallback, error);
}
