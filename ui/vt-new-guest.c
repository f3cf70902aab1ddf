/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The New Guest assistant. Runs in `vitrine`; opens no file it is shown, contacts nobody: any ISO
 * is as good as another.
 */
#include "config.h"

#include "vt-new-guest.h"

#include "host-notice.h"
#include "iso-finder.h"
#include "network-switch.h"
#include "new-guest-create.h"
#include "row-names.h"
#include "vt-file-row.h"
#include "vt-message-bar.h"
#include "vt-text.h"

#include <glib/gi18n.h>

#define DISK_GIB_DEFAULT 20

struct _VtNewGuest
{
  HdyWindow parent_instance;

  /* template */
  GtkButton *cancel_button;
  GtkButton *create_button;
  GtkSpinner *spinner;
  VtMessageBar *messages;
  GtkBox *form;
  GtkStack *source;
  HdyPreferencesGroup *iso_group;
  VtFileRow *iso_row;
  VtFileRow *disk_file_row;
  HdyComboRow *disk_format;
  VtFileRow *kernel_row;
  VtFileRow *initrd_row;
  GtkEntry *cmdline;
  GtkEntry *name;
  HdyActionRow *memory_row;
  GtkSpinButton *memory;
  GtkSpinButton *cpus;
  HdyActionRow *size_row;
  GtkSpinButton *size;
  HdyComboRow *firmware;
  HdyComboRow *network;
  GtkSwitch *start;
  HdyPreferencesGroup *host_group;
  HdyActionRow *host_row;

  /* owned */
  VtLibrary *library;
  GCancellable *cancellable;
  GPtrArray *marks; /* of the rows of found files; borrowed from the widgets */
  char *suggested;  /* the name set by us: a name typed by the user stays */

  gboolean creating;
};

G_DEFINE_FINAL_TYPE (VtNewGuest, vt_new_guest, HDY_TYPE_WINDOW)

enum
{
  CREATED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static const char *const formats[] = { "raw", "qcow2" };
static const char *const firmwares[] = { "bios", "uefi" };
/* The first is what most people want: the guest gets no further than it must. */
static const char *const networks[] = { "internet", "lan", "offline" };

static NewGuestSource
chosen_source (VtNewGuest *self)
{
  static const char *const names[] = { "iso", "disk", "kernel", "empty" };
  const char *name = gtk_stack_get_visible_child_name (self->source);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_strcmp0 (name, names[i]) == 0)
      return (NewGuestSource) i;
  return NEW_GUEST_ISO;
}

static gboolean
has_source (VtNewGuest *self)
{
  switch (chosen_source (self))
    {
    case NEW_GUEST_ISO:
      return vt_file_row_get_path (self->iso_row) != NULL;
    case NEW_GUEST_DISK:
      return vt_file_row_get_path (self->disk_file_row) != NULL;
    case NEW_GUEST_KERNEL:
      return vt_file_row_get_path (self->kernel_row) != NULL;
    case NEW_GUEST_EMPTY:
      return TRUE;
    }
  return FALSE;
}

/* Says beside the memory when it is more than there is. Whether the guest may be made. */
static gboolean
check_memory (VtNewGuest *self)
{
  GtkStyleContext *context = gtk_widget_get_style_context (GTK_WIDGET (self->memory_row));
  guint wanted = gtk_spin_button_get_value_as_int (self->memory);
  guint available = vt_library_free_memory_mib ();
  g_autofree char *text = NULL;

  if (wanted <= available)
    {
      gtk_style_context_remove_class (context, "row-error");
      text = g_strdup_printf (_ ("MiB, of %u that are free"), available);
      hdy_action_row_set_subtitle (self->memory_row, text);
      return TRUE;
    }
  gtk_style_context_add_class (context, "row-error");
  text =
      gtk_switch_get_active (self->start)
          ? g_strdup_printf (_ ("Only %u MiB are free now. Choose less, or end another program."),
                             available)
          : g_strdup_printf (_ ("Only %u MiB are free now: the guest will not start."), available);
  hdy_action_row_set_subtitle (self->memory_row, text);
  return !gtk_switch_get_active (self->start);
}

static void
refresh (VtNewGuest *self)
{
  gboolean start = gtk_switch_get_active (self->start);
  gboolean memory = check_memory (self);
  gboolean named = *gtk_entry_get_text (self->name) != '\0';

  gtk_button_set_label (self->create_button, start ? _ ("C_reate and Start") : _ ("C_reate"));
  gtk_widget_set_sensitive (GTK_WIDGET (self->create_button),
                            memory && named && has_source (self) && !self->creating);
  gtk_widget_set_sensitive (GTK_WIDGET (self->form), !self->creating);
  gtk_widget_set_visible (GTK_WIDGET (self->size_row), chosen_source (self) != NEW_GUEST_DISK);
  g_object_set (self->spinner, "active", self->creating, NULL);
}

static void
suggest_name (VtNewGuest *self, const char *path)
{
  const char *now = gtk_entry_get_text (self->name);

  if (*now && g_strcmp0 (now, self->suggested) != 0)
    return;
  g_free (self->suggested);
  self->suggested = new_guest_suggest_name (self->library, path);
  gtk_entry_set_text (self->name, self->suggested);
}

/* Marks the found file that is chosen, if it is one. */
static void
mark_found (VtNewGuest *self, GtkWidget *mark)
{
  const char *path = g_object_get_data (G_OBJECT (mark), "vt-path");

  gtk_widget_set_opacity (mark,
                          g_strcmp0 (path, vt_file_row_get_path (self->iso_row)) == 0 ? 1 : 0);
}

static void
take_mark (gpointer mark, gpointer self)
{
  mark_found (self, mark);
}

static void
on_chosen (VtNewGuest *self, const char *path, VtFileRow *row)
{
  if (row == self->disk_file_row)
    hdy_combo_row_set_selected_index (
        self->disk_format, g_str_equal (new_guest_suggest_format (path), "qcow2") ? 1 : 0);
  if (row != self->initrd_row)
    suggest_name (self, path);
  vt_message_bar_hide (self->messages);
  g_ptr_array_foreach (self->marks, take_mark, self);
  refresh (self);
  if (gtk_widget_is_sensitive (GTK_WIDGET (self->create_button)))
    gtk_widget_grab_focus (GTK_WIDGET (self->create_button));
}

static void
on_created (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (VtNewGuest) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (VtGuest) guest = new_guest_create_finish (VT_LIBRARY (source), result, &error);

  self->creating = FALSE;
  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  if (guest)
    {
      g_signal_emit (self, signals[CREATED], 0, guest, gtk_switch_get_active (self->start));
      gtk_widget_destroy (GTK_WIDGET (self));
      return;
    }
  vt_message_bar_show (self->messages, GTK_MESSAGE_ERROR, error->message);
  refresh (self);
}

static void
create (VtNewGuest *self)
{
  NewGuestSource source = chosen_source (self);
  g_autoptr (GError) error = NULL;
  NewGuestAnswers answers = {
    .source = source,
    .name = gtk_entry_get_text (self->name),
    .memory_mib = gtk_spin_button_get_value_as_int (self->memory),
    .cpus = gtk_spin_button_get_value_as_int (self->cpus),
    .disk_gib = source == NEW_GUEST_DISK ? 0 : gtk_spin_button_get_value_as_int (self->size),
    .network = networks[CLAMP (hdy_combo_row_get_selected_index (self->network), 0, 2)],
    .firmware = firmwares[CLAMP (hdy_combo_row_get_selected_index (self->firmware), 0, 1)],
    .iso = source == NEW_GUEST_ISO ? vt_file_row_get_path (self->iso_row) : NULL,
    .disk = vt_file_row_get_path (self->disk_file_row),
    .disk_format = formats[CLAMP (hdy_combo_row_get_selected_index (self->disk_format), 0, 1)],
    .kernel = vt_file_row_get_path (self->kernel_row),
    .initrd = vt_file_row_get_path (self->initrd_row),
    .cmdline = gtk_entry_get_text (self->cmdline),
  };
  GuestDefinition *definition = new_guest_define (&answers, &error);

  if (!definition)
    {
      vt_message_bar_show (self->messages, GTK_MESSAGE_ERROR, error->message);
      return;
    }
  self->creating = TRUE;
  vt_message_bar_hide (self->messages);
  refresh (self);
  new_guest_create_async (self->library, definition, answers.disk_gib, self->cancellable,
                          on_created, g_object_ref (self));
}

static void
on_found_row (VtNewGuest *self, GtkWidget *row)
{
  vt_new_guest_set_iso (self, g_object_get_data (G_OBJECT (row), "vt-path"));
}

static void
add_found (VtNewGuest *self, const char *path)
{
  GtkWidget *row = hdy_action_row_new ();
  GtkWidget *mark = gtk_image_new_from_icon_name ("object-select-symbolic", GTK_ICON_SIZE_BUTTON);
  g_autofree char *base = g_filename_display_basename (path);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *shown = g_filename_display_name (folder);

  hdy_preferences_row_set_title (HDY_PREFERENCES_ROW (row), base);
  hdy_action_row_set_subtitle (HDY_ACTION_ROW (row), shown);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  gtk_container_add (GTK_CONTAINER (row), mark);
  g_object_set_data_full (G_OBJECT (row), "vt-path", g_strdup (path), g_free);
  g_object_set_data_full (G_OBJECT (mark), "vt-path", g_strdup (path), g_free);
  g_ptr_array_add (self->marks, mark);
  mark_found (self, mark);
  g_signal_connect_object (row, "activated", G_CALLBACK (on_found_row), self, G_CONNECT_SWAPPED);
  row_names_bind (HDY_PREFERENCES_ROW (row));
  gtk_widget_show_all (row);
  gtk_container_add (GTK_CONTAINER (self->iso_group), row);
}

/* ISO files of the download folder are one click away. */
static void
on_found (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (VtNewGuest) self = data;
  g_auto (GStrv) paths = iso_finder_finish (result);

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  for (guint i = 0; paths[i]; i++)
    add_found (self, paths[i]);
}

static void
on_doctor (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (VtNewGuest) self = data;
  g_autofree char *json = vt_library_doctor_finish (VT_LIBRARY (source), result, NULL);
  g_autofree char *title = NULL;
  g_autofree char *text = NULL;

  if (!json || g_cancellable_is_cancelled (self->cancellable) ||
      !host_notice_from_doctor (json, &title, &text))
    return;
  hdy_preferences_row_set_title (HDY_PREFERENCES_ROW (self->host_row), title);
  hdy_action_row_set_subtitle (self->host_row, text);
  hdy_action_row_set_subtitle_lines (self->host_row, 0);
  gtk_widget_show (GTK_WIDGET (self->host_group));
}

void
vt_new_guest_set_iso (VtNewGuest *self, const char *path)
{
  g_autofree char *shown = g_filename_display_name (path);
  g_autofree char *text = NULL;

  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
    {
      text = g_strdup_printf (_ ("There is no file %s"), shown);
      vt_message_bar_show (self->messages, GTK_MESSAGE_ERROR, text);
      return;
    }
  gtk_stack_set_visible_child_name (self->source, "iso");
  vt_file_row_set_path (self->iso_row, path);
  on_chosen (self, path, self->iso_row);
}

static void
close_window (VtNewGuest *self)
{
  gtk_window_close (GTK_WINDOW (self));
}

static gboolean
vt_new_guest_key_press_event (GtkWidget *widget, GdkEventKey *event)
{
  if (GTK_WIDGET_CLASS (vt_new_guest_parent_class)->key_press_event (widget, event))
    return GDK_EVENT_STOP;
  if (event->keyval != GDK_KEY_Escape)
    return GDK_EVENT_PROPAGATE;
  gtk_window_close (GTK_WINDOW (widget));
  return GDK_EVENT_STOP;
}

static char *
get_label (gpointer item, gpointer data)
{
  return hdy_value_object_dup_string (item);
}

static void
fill_combo (HdyComboRow *row, const char *const *labels)
{
  g_autoptr (GListStore) model = g_list_store_new (HDY_TYPE_VALUE_OBJECT);

  for (; *labels; labels++)
    {
      g_autoptr (HdyValueObject) value = hdy_value_object_new_string (*labels);
      g_list_store_append (model, value);
    }
  hdy_combo_row_bind_name_model (row, G_LIST_MODEL (model), get_label, NULL, NULL);
}

VtNewGuest *
vt_new_guest_new (GtkWindow *parent, VtLibrary *library)
{
  VtNewGuest *self =
      g_object_new (VT_TYPE_NEW_GUEST, "transient-for", parent, "destroy-with-parent", TRUE, NULL);
  guint memory, cpus;

  self->library = g_object_ref (library);
  vt_library_defaults (&memory, &cpus);
  gtk_spin_button_set_value (self->memory, memory);
  gtk_spin_button_set_value (self->cpus, cpus);
  gtk_spin_button_set_value (self->size, DISK_GIB_DEFAULT);
  suggest_name (self, NULL);
  vt_file_row_focus (self->iso_row);
  refresh (self);
  iso_finder_async (NULL, self->cancellable, on_found, g_object_ref (self));
  vt_library_doctor_async (library, self->cancellable, on_doctor, g_object_ref (self));
  return self;
}

static void
vt_new_guest_dispose (GObject *object)
{
  VtNewGuest *self = VT_NEW_GUEST (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->library);
  g_clear_pointer (&self->suggested, g_free);
  G_OBJECT_CLASS (vt_new_guest_parent_class)->dispose (object);
}

static void
vt_new_guest_finalize (GObject *object)
{
  g_clear_object (&VT_NEW_GUEST (object)->cancellable);
  g_ptr_array_unref (VT_NEW_GUEST (object)->marks);
  G_OBJECT_CLASS (vt_new_guest_parent_class)->finalize (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, VtNewGuest, name)

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/vitrine/Vitrine/vt-new-guest.ui");
  BIND (cancel_button);
  BIND (create_button);
  BIND (spinner);
  BIND (messages);
  BIND (form);
  BIND (source);
  BIND (iso_group);
  BIND (iso_row);
  BIND (disk_file_row);
  BIND (disk_format);
  BIND (kernel_row);
  BIND (initrd_row);
  BIND (cmdline);
  BIND (name);
  BIND (memory_row);
  BIND (memory);
  BIND (cpus);
  BIND (size_row);
  BIND (size);
  BIND (firmware);
  BIND (network);
  BIND (start);
  BIND (host_group);
  BIND (host_row);
}

static void
vt_new_guest_class_init (VtNewGuestClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = vt_new_guest_dispose;
  G_OBJECT_CLASS (klass)->finalize = vt_new_guest_finalize;
  GTK_WIDGET_CLASS (klass)->key_press_event = vt_new_guest_key_press_event;
  g_type_ensure (VT_TYPE_FILE_ROW);
  g_type_ensure (VT_TYPE_MESSAGE_BAR);
  bind_template (GTK_WIDGET_CLASS (klass));
  signals[CREATED] = g_signal_new ("created", VT_TYPE_NEW_GUEST, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 2, VT_TYPE_GUEST, G_TYPE_BOOLEAN);
}

static void
connect_to (VtNewGuest *self, gpointer object, const char *signal, GCallback callback)
{
  g_signal_connect_object (object, signal, callback, self, G_CONNECT_SWAPPED);
}

static void
name_for_readers (VtNewGuest *self)
{
  const struct
  {
    gpointer widget;
    const char *name;
  } table[] = {
    { self->cmdline, _ ("Kernel command line") },
    { self->name, _ ("Name") },
    { self->memory, _ ("Memory in MiB") },
    { self->cpus, _ ("Processors") },
    { self->size, _ ("Size of the new disk in GiB") },
    { self->start, _ ("Start it at once") },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    atk_object_set_name (gtk_widget_get_accessible (table[i].widget), table[i].name);
}

static void
set_up_files (VtNewGuest *self)
{
  static const char *const isos[] = { "*.iso", "*.ISO", NULL };
  static const char *const images[] = { "*.qcow2", "*.img", "*.raw", "*.IMG", NULL };
  VtFileRow *const rows[] = { self->iso_row, self->disk_file_row, self->kernel_row,
                              self->initrd_row };

  vt_file_row_setup (self->iso_row, _ ("Choose an ISO File"), _ ("ISO files"), isos);
  vt_file_row_setup (self->disk_file_row, _ ("Choose a Disk Image"), _ ("Disk images"), images);
  vt_file_row_setup (self->kernel_row, _ ("Choose a Kernel"), NULL, NULL);
  vt_file_row_setup (self->initrd_row, _ ("Choose an Initrd"), NULL, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    connect_to (self, rows[i], "chosen", G_CALLBACK (on_chosen));
}

static void
vt_new_guest_init (VtNewGuest *self)
{
  const char *const format_labels[] = { _ ("raw"), "qcow2", NULL };
  const char *const firmware_labels[] = { "BIOS", "UEFI", NULL };
  const char *const network_labels[] = { network_switch_label (networks[0]),
                                         network_switch_label (networks[1]),
                                         network_switch_label (networks[2]), NULL };

  gtk_widget_init_template (GTK_WIDGET (self));
  self->cancellable = g_cancellable_new ();
  self->marks = g_ptr_array_new ();
  name_for_readers (self);
  row_names_bind_all (GTK_CONTAINER (self->form));
  set_up_files (self);
  fill_combo (self->disk_format, format_labels);
  fill_combo (self->firmware, firmware_labels);
  fill_combo (self->network, network_labels);
  gtk_window_set_default (GTK_WINDOW (self), GTK_WIDGET (self->create_button));
  connect_to (self, self->cancel_button, "clicked", G_CALLBACK (close_window));
  connect_to (self, self->create_button, "clicked", G_CALLBACK (create));
  connect_to (self, self->source, "notify::visible-child", G_CALLBACK (refresh));
  connect_to (self, self->name, "changed", G_CALLBACK (refresh));
  connect_to (self, self->memory, "value-changed", G_CALLBACK (refresh));
  connect_to (self, self->start, "notify::active", G_CALLBACK (refresh));
}
