/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The list of guests, kept in step with the guests folder and the runtime folder. Runs in the front
 * ends; never blocks but for reading small files.
 */
#include "config.h"

#include "vt-library-private.h"

#include "paths.h"
#include "vt-guest-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static void list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (VtLibrary,
                               vt_library,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static GType
get_item_type (GListModel *model)
{
  return VT_TYPE_GUEST;
}

static guint
get_n_items (GListModel *model)
{
  return g_list_model_get_n_items (G_LIST_MODEL (VT_LIBRARY (model)->guests));
}

static gpointer
get_item (GListModel *model, guint position)
{
  return g_list_model_get_item (G_LIST_MODEL (VT_LIBRARY (model)->guests), position);
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static int
compare_guests (gconstpointer a, gconstpointer b, gpointer data)
{
  g_autofree char *left = g_utf8_casefold (vt_guest_get_name ((VtGuest *) a), -1);
  g_autofree char *right = g_utf8_casefold (vt_guest_get_name ((VtGuest *) b), -1);
  int order = g_utf8_collate (left, right);

  return order != 0 ? order
                    : strcmp (vt_guest_get_uuid ((VtGuest *) a), vt_guest_get_uuid ((VtGuest *) b));
}

/* Borrowed; *ret_position only if found. */
static VtGuest *
find_uuid (VtLibrary *self, const char *uuid, guint *ret_position)
{
  for (guint i = 0; i < get_n_items (G_LIST_MODEL (self)); i++)
    {
      g_autoptr (VtGuest) guest = get_item (G_LIST_MODEL (self), i);

      if (strcmp (vt_guest_get_uuid (guest), uuid) != 0)
        continue;
      if (ret_position != NULL)
        *ret_position = i;
      return guest;
    }
  return NULL;
}

static void
on_renamed (VtLibrary *self)
{
  g_list_store_sort (self->guests, compare_guests, NULL);
}

static void
drop_guest (VtLibrary *self, VtGuest *guest)
{
  guint position;

  if (find_uuid (self, vt_guest_get_uuid (guest), &position) == guest)
    g_list_store_remove (self->guests, position);
}

static VtGuest *
take_in (VtLibrary *self, const char *uuid)
{
  g_autoptr (VtGuest) guest = vt_guest_new (self->store, uuid);

  g_signal_connect_object (guest, "notify::name", G_CALLBACK (on_renamed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (guest, "removed", G_CALLBACK (drop_guest), self, G_CONNECT_SWAPPED);
  g_list_store_insert_sorted (self->guests, guest, compare_guests, NULL);
  if (self->watch == 0 && self->folder_monitor != NULL)
    vt_guest_watch (guest);
  vt_guest_probe (guest);
  return guest;
}

/* Makes the list equal to the folder. */
static gboolean
rescan (VtLibrary *self, GError **error)
{
  g_auto (GStrv) uuids = guest_store_list (self->store, error);

  if (uuids == NULL)
    return FALSE;
  for (guint i = get_n_items (G_LIST_MODEL (self)); i-- > 0;)
    {
      g_autoptr (VtGuest) guest = get_item (G_LIST_MODEL (self), i);

      if (!g_strv_contains ((const char *const *) uuids, vt_guest_get_uuid (guest)))
        g_list_store_remove (self->guests, i);
    }
  for (guint i = 0; uuids[i] != NULL; i++)
    if (find_uuid (self, uuids[i], NULL) == NULL)
      take_in (self, uuids[i]);
  return TRUE;
}

static void
on_folder_changed (GFileMonitor *monitor,
                   GFile *file,
                   GFile *other,
                   GFileMonitorEvent event,
                   gpointer data)
{
  rescan (data, NULL);
}

static void
on_runtime_changed (GFileMonitor *monitor,
                    GFile *file,
                    GFile *other,
                    GFileMonitorEvent event,
                    gpointer data)
{
  g_autofree char *uuid = g_file_get_basename (file);
  VtGuest *guest = find_uuid (data, uuid, NULL);

  if (guest != NULL)
    vt_guest_probe (guest);
}

static GFileMonitor *
watch_folder (VtLibrary *self, const char *path, GCallback changed)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  GFileMonitor *monitor = g_file_monitor_directory (file, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);

  if (monitor != NULL)
    g_signal_connect_object (monitor, "changed", changed, self, 0);
  return monitor;
}

/* Later than the first look, so that a command that asks one thing and ends need not watch. */
static gboolean
start_watching (gpointer data)
{
  VtLibrary *self = data;
  g_autofree char *runtime = g_build_filename (g_get_user_runtime_dir (), "vitrine", NULL);

  self->watch = 0;
  g_mkdir_with_parents (runtime, 0700);
  self->folder_monitor =
      watch_folder (self, guest_store_get_path (self->store), G_CALLBACK (on_folder_changed));
  self->runtime_monitor = watch_folder (self, runtime, G_CALLBACK (on_runtime_changed));
  /* What changed between the first look and now. */
  rescan (self, NULL);
  for (guint i = 0; i < get_n_items (G_LIST_MODEL (self)); i++)
    {
      g_autoptr (VtGuest) guest = get_item (G_LIST_MODEL (self), i);

      vt_guest_watch (guest);
      vt_guest_probe (guest);
    }
  return G_SOURCE_REMOVE;
}

static void
vt_library_dispose (GObject *object)
{
  VtLibrary *self = VT_LIBRARY (object);

  g_clear_handle_id (&self->watch, g_source_remove);
  g_clear_object (&self->folder_monitor);
  g_clear_object (&self->runtime_monitor);
  g_clear_object (&self->guests);
  g_clear_pointer (&self->store, guest_store_unref);
  G_OBJECT_CLASS (vt_library_parent_class)->dispose (object);
}

static void
vt_library_class_init (VtLibraryClass *class)
{
  G_OBJECT_CLASS (class)->dispose = vt_library_dispose;
}

static void
on_items_changed (VtLibrary *self, guint position, guint removed, guint added)
{
  g_list_model_items_changed (G_LIST_MODEL (self), position, removed, added);
}

static void
vt_library_init (VtLibrary *self)
{
  self->guests = g_list_store_new (VT_TYPE_GUEST);
  g_signal_connect_object (self->guests, "items-changed", G_CALLBACK (on_items_changed), self,
                           G_CONNECT_SWAPPED);
}

VtLibrary *
vt_library_new (GError **error)
{
  g_autoptr (VtLibrary) self = g_object_new (VT_TYPE_LIBRARY, NULL);

  self->store = guest_store_open (error);
  if (self->store == NULL || !rescan (self, error))
    return NULL;
  self->watch = g_idle_add_full (G_PRIORITY_LOW, start_watching, self, NULL);
  return g_steal_pointer (&self);
}

VtGuest *
vt_library_find (VtLibrary *self, const char *name_or_uuid, GError **error)
{
  VtGuest *found = find_uuid (self, name_or_uuid, NULL);
  guint count = 0;

  if (found != NULL)
    return found;
  for (guint i = 0; i < get_n_items (G_LIST_MODEL (self)); i++)
    {
      g_autoptr (VtGuest) guest = get_item (G_LIST_MODEL (self), i);

      if (strcmp (vt_guest_get_name (guest), name_or_uuid) != 0)
        continue;
      found = guest;
      count++;
    }
  if (count == 1)
    return found;
  if (count == 0)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                 _ ("There is no guest named “%s”; “vitrinectl list” shows those there are"),
                 name_or_uuid);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                 _ ("There are %u guests named “%s”: use the uuid"), count, name_or_uuid);
  return NULL;
}

VtGuest *
vt_library_add (VtLibrary *self, const GuestDefinition *definition, GError **error)
{
  VtGuest *guest;

  if (!guest_store_add (self->store, definition, error))
    return NULL;
  guest = find_uuid (self, definition->uuid, NULL);
  return guest != NULL ? guest : take_in (self, definition->uuid);
}

void
vt_library_discard (VtLibrary *self, const char *uuid)
{
  guest_store_discard (self->store, uuid);
}
