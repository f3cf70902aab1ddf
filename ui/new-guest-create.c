/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * From answers to a guest. Runs in `vitrine`; every value passes guest_definition_set, the same
 * check that a hand-written file meets.
 */
#include "config.h"

#include "new-guest-create.h"

#include <glib/gi18n.h>

#define DISK_NAME "disk.qcow2"

typedef struct
{
  const char *key;
  const char *value;
} Setting;

static gboolean
set_all (GuestDefinition *definition, const Setting *settings, GError **error)
{
  for (; settings->key; settings++)
    if (settings->value &&
        !guest_definition_set (definition, settings->key, settings->value, error))
      return FALSE;
  return TRUE;
}

/* Windows' installer has no virtio driver; everything else of the last fifteen years does. */
static const char *
disk_bus (const char *iso)
{
  g_autofree char *base = iso ? g_path_get_basename (iso) : NULL;
  g_autofree char *lower = base ? g_ascii_strdown (base, -1) : NULL;

  return lower && g_str_has_prefix (lower, "win") ? "sata" : "virtio";
}

static gboolean
add_new_disk (GuestDefinition *definition, const char *iso, GError **error)
{
  const Setting settings[] = {
    { "disk0.file", DISK_NAME },
    { "disk0.format", "qcow2" },
    { "disk0.bus", disk_bus (iso) },
    { NULL },
  };

  return set_all (definition, settings, error);
}

static gboolean
add_files (GuestDefinition *definition, const NewGuestAnswers *answers, GError **error)
{
  const Setting iso[] = {
    { "disk1.file", answers->iso },
    { "disk1.format", "raw" },
    { "disk1.media", "cdrom" },
    { "disk1.bus", "sata" },
    { NULL },
  };
  const Setting disk[] = {
    { "disk0.file", answers->disk },
    { "disk0.format", answers->disk_format },
    { NULL },
  };
  const Setting kernel[] = {
    { "boot.kernel", answers->kernel },
    { "boot.initrd", answers->initrd },
    { "boot.cmdline", answers->cmdline },
    { NULL },
  };

  switch (answers->source)
    {
    case NEW_GUEST_ISO:
      return set_all (definition, iso, error);
    case NEW_GUEST_DISK:
      return set_all (definition, disk, error);
    case NEW_GUEST_KERNEL:
      return set_all (definition, kernel, error);
    case NEW_GUEST_EMPTY:
      break;
    }
  return TRUE;
}

GuestDefinition *
new_guest_define (const NewGuestAnswers *answers, GError **error)
{
  g_autoptr (GuestDefinition) definition = guest_definition_new ("guest");
  g_autofree char *memory = g_strdup_printf ("%u", answers->memory_mib);
  g_autofree char *cpus = g_strdup_printf ("%u", answers->cpus);
  const Setting settings[] = {
    { "guest.name", answers->name },
    { "guest.memory", memory },
    { "guest.cpus", cpus },
    { "guest.firmware", answers->firmware },
    { "network.policy", answers->network },
    { NULL },
  };

  if (!set_all (definition, settings, error) ||
      (answers->disk_gib && !add_new_disk (definition, answers->iso, error)) ||
      !add_files (definition, answers, error))
    return NULL;
  return g_steal_pointer (&definition);
}

char *
new_guest_suggest_name (VtLibrary *library, const char *path)
{
  g_autofree char *base = path ? g_path_get_basename (path) : g_strdup (_ ("Guest"));
  g_autofree char *name = g_utf8_make_valid (base, -1);
  char *dot = path ? strrchr (name, '.') : NULL;

  if (dot && dot != name)
    *dot = '\0';
  for (guint n = 1; n < 1000; n++)
    {
      g_autofree char *numbered = n == 1 ? g_strdup (name) : g_strdup_printf ("%s %u", name, n);
      if (!vt_library_find (library, numbered, NULL))
        return g_steal_pointer (&numbered);
    }
  return g_steal_pointer (&name);
}

const char *
new_guest_suggest_format (const char *path)
{
  return g_str_has_suffix (path, ".qcow2") || g_str_has_suffix (path, ".qcow") ? "qcow2" : "raw";
}

static void
add_to_library (GTask *task)
{
  VtLibrary *library = g_task_get_source_object (task);
  const GuestDefinition *definition = g_task_get_task_data (task);
  GError *error = NULL;
  VtGuest *guest = vt_library_add (library, definition, &error);

  if (guest)
    {
      g_task_return_pointer (task, g_object_ref (guest), g_object_unref);
      return;
    }
  vt_library_discard (library, definition->uuid);
  g_task_return_error (task, error);
}

static void
on_disk_made (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  const GuestDefinition *definition = g_task_get_task_data (task);
  GError *error = NULL;

  if (vt_library_make_disk_finish (VT_LIBRARY (source), result, &error))
    {
      add_to_library (task);
      return;
    }
  vt_library_discard (VT_LIBRARY (source), definition->uuid);
  g_task_return_error (task, error);
}

void
new_guest_create_async (VtLibrary *library,
                        GuestDefinition *definition,
                        guint disk_gib,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer data)
{
  g_autoptr (GTask) task = g_task_new (library, cancellable, callback, data);

  g_task_set_task_data (task, definition, (GDestroyNotify) guest_definition_free);
  if (disk_gib == 0)
    add_to_library (task);
  else
    vt_library_make_disk_async (library, definition->uuid, DISK_NAME, (guint64) disk_gib << 30,
                                cancellable, on_disk_made, g_object_ref (task));
}

VtGuest *
new_guest_create_finish (VtLibrary *library, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
