/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * `vitrinectl create`: everything is checked before anything is made, and a failure undoes what
 * was.
 */
#include "config.h"

#include "ctl-disk.h"
#include "ctl-guests.h"
#include "nbd-address-parse.h"

#include <glib/gi18n.h>
#include <string.h>

#define MIB (G_GUINT64_CONSTANT (1) << 20)

/* A disk that is to be made: its plain name and size. */
typedef struct
{
  char *name;
  guint64 bytes;
} NewDisk;

static void
new_disk_free (gpointer data)
{
  NewDisk *disk = data;

  g_free (disk->name);
  g_free (disk);
}

/* What design.md promises and this version lacks is refused by name, never ignored. */
static gboolean
check_version (const CtlCall *call, GError **error)
{
  static const struct
  {
    const char *option, *value, *text;
  } later[] = {
    { "import", NULL, N_ ("--import is not there yet; give the machine's disk by --disk") },
    { "firmware", "uefi-secure",
      N_ ("--firmware uefi-secure is not there yet, only bios or uefi") },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (later); i++)
    {
      const char *value = ctl_call_value (call, later[i].option);

      if (!value || (later[i].value && strcmp (value, later[i].value) != 0))
        continue;
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_FAILED, _ (later[i].text));
      return FALSE;
    }
  return TRUE;
}

static gboolean
set_disk (GuestDefinition *definition,
          guint index,
          const char *key,
          const char *value,
          GError **error)
{
  g_autofree char *name = g_strdup_printf ("disk%u.%s", index, key);

  return guest_definition_set (definition, name, value, error);
}

static gboolean
add_iso (GuestDefinition *definition, guint index, const char *file, GError **error)
{
  gboolean is_remote = nbd_address_is_meant (file);
  g_autofree char *path = is_remote ? g_strdup (file) : g_canonicalize_filename (file, NULL);

  return (is_remote || ctl_disk_check_file (path, FALSE, error)) &&
         set_disk (definition, index, "file", path, error) &&
         set_disk (definition, index, "format", "raw", error) &&
         set_disk (definition, index, "media", "cdrom", error) &&
         set_disk (definition, index, "bus", "sata", error);
}

/* SATA boots everything; virtio, which is faster, wants a driver in the guest. */
static gboolean
add_disk (GuestDefinition *definition,
          guint index,
          const char *text,
          GPtrArray *new_disks,
          GError **error)
{
  g_autoptr (CtlDisk) disk = ctl_disk_parse (text);
  const char *read_only = ctl_disk_setting (disk, "read-only");
  const char *format = "qcow2";
  g_autofree char *name = g_strdup_printf ("disk%u.qcow2", index);
  gboolean is_remote = disk->file && nbd_address_is_meant (disk->file);
  g_autofree char *path = is_remote    ? g_strdup (disk->file)
                          : disk->file ? g_canonicalize_filename (disk->file, NULL)
                                       : NULL;

  if (path && !is_remote && !ctl_disk_check_file (path, g_strcmp0 (read_only, "true") != 0, error))
    return FALSE;
  if (path)
    format = ctl_disk_format (disk, error);
  if (!format || !set_disk (definition, index, "file", path ? path : name, error) ||
      !set_disk (definition, index, "format", format, error) ||
      !set_disk (definition, index, "bus", "sata", error))
    return FALSE;
  for (guint i = 0; i < disk->settings->len; i += 2)
    if (!set_disk (definition, index, g_ptr_array_index (disk->settings, i),
                   g_ptr_array_index (disk->settings, i + 1), error))
      return FALSE;
  if (!path)
    {
      NewDisk *new_disk = g_new0 (NewDisk, 1);

      new_disk->name = g_steal_pointer (&name);
      new_disk->bytes = disk->bytes;
      g_ptr_array_add (new_disks, new_disk);
    }
  return TRUE;
}

static gboolean
add_media (GuestDefinition *definition, const CtlCall *call, GPtrArray *new_disks, GError **error)
{
  guint index = 0;

  for (guint i = 0; i < call->given->len; i++)
    {
      const CtlGiven *given = &g_array_index (call->given, CtlGiven, i);
      gboolean is_iso = strcmp (given->option->name, "iso") == 0;

      if (!is_iso && strcmp (given->option->name, "disk") != 0)
        continue;
      if (index == GUEST_DISKS_MAX)
        {
          g_set_error (error, CTL_ERROR, CTL_ERROR_FAILED, _ ("A guest has at most %d disks"),
                       GUEST_DISKS_MAX);
          return FALSE;
        }
      if (!(is_iso ? add_iso (definition, index, given->value, error)
                   : add_disk (definition, index, given->value, new_disks, error)))
        return FALSE;
      index++;
    }
  return TRUE;
}

static gboolean
set_kernel (GuestDefinition *definition, const CtlCall *call, GError **error)
{
  static const char *const files[] = { "kernel", "initrd" };
  const char *cmdline = ctl_call_value (call, "cmdline");

  if (!ctl_call_has (call, "kernel") && (cmdline || ctl_call_has (call, "initrd")))
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE,
                           _ ("create: --initrd and --cmdline go with --kernel"));
      return FALSE;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      const char *file = ctl_call_value (call, files[i]);
      g_autofree char *path = file ? g_canonicalize_filename (file, NULL) : NULL;
      g_autofree char *key = g_strdup_printf ("boot.%s", files[i]);

      if (path && (!ctl_disk_check_file (path, FALSE, error) ||
                   !guest_definition_set (definition, key, path, error)))
        return FALSE;
    }
  return !cmdline || guest_definition_set (definition, "boot.cmdline", cmdline, error);
}

static gboolean
set_memory (GuestDefinition *definition, const char *text, GError **error)
{
  g_autofree char *mib = NULL;
  guint64 bytes;

  if (!ctl_parse_size (text, MIB, &bytes) || bytes < MIB)
    {
      g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
                   _ ("create: --memory: '%s' is not an amount such as 2G or 512M"), text);
      return FALSE;
    }
  mib = g_strdup_printf ("%" G_GUINT64_FORMAT, bytes / MIB);
  return guest_definition_set (definition, "guest.memory", mib, error);
}

static GuestDefinition *
define (const CtlCall *call, GPtrArray *new_disks, GError **error)
{
  static const struct
  {
    const char *option, *key;
  } plain[] = {
    { "cpus", "guest.cpus" },   { "firmware", "guest.firmware" }, { "os", "guest.os" },
    { "accel", "guest.accel" }, { "network", "network.policy" },
  };
  const char *name = ctl_call_argument (call, 0);
  const char *memory = ctl_call_value (call, "memory");
  g_autoptr (GuestDefinition) definition = guest_definition_new (name);

  vt_library_defaults (&definition->memory_mib, &definition->cpus);
  definition->network = GUEST_NETWORK_INTERNET;
  if (!guest_definition_set (definition, "guest.name", name, error) ||
      (memory && !set_memory (definition, memory, error)))
    return NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (plain); i++)
    {
      const char *value = ctl_call_value (call, plain[i].option);

      if (value && !guest_definition_set (definition, plain[i].key, value, error))
        return NULL;
    }
  if (!set_kernel (definition, call, error) || !add_media (definition, call, new_disks, error))
    return NULL;
  return g_steal_pointer (&definition);
}

static gboolean
make_disks (VtLibrary *library, const char *uuid, GPtrArray *new_disks, GError **error)
{
  for (guint i = 0; i < new_disks->len; i++)
    {
      const NewDisk *disk = g_ptr_array_index (new_disks, i);
      g_auto (CtlWait) wait = { NULL };

      vt_library_make_disk_async (library, uuid, disk->name, disk->bytes, ctl_interrupt (),
                                  ctl_wait_done, &wait);
      if (!vt_library_make_disk_finish (library, ctl_wait_result (&wait), error))
        return FALSE;
    }
  return TRUE;
}

gboolean
ctl_create (const CtlCall *call, GError **error)
{
  g_autoptr (GPtrArray) new_disks = g_ptr_array_new_with_free_func (new_disk_free);
  g_autoptr (GuestDefinition) definition = NULL;
  VtLibrary *library;

  if (!check_version (call, error))
    return FALSE;
  definition = define (call, new_disks, error);
  library = definition ? ctl_library (error) : NULL;
  if (!library)
    return FALSE;
  if (!make_disks (library, definition->uuid, new_disks, error) ||
      !vt_library_add (library, definition, error))
    {
      if (new_disks->len > 0)
        vt_library_discard (library, definition->uuid);
      return FALSE;
    }
  g_print ("%s\n", definition->uuid);
  return TRUE;
}
