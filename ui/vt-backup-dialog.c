/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The backup of a disk. Runs in `vitrine`; reads no disk: app/ brings the descriptors, and a locked
 * process of its own copies.
 */
#include "config.h"

#include "vt-backup-dialog.h"

#include "question.h"
#include "row-names.h"
#include "vt-text.h"

#include <glib/gi18n.h>

#define EXTENSION "qcow2"

struct _VtBackupDialog
{
  HdyWindow parent_instance;

  /* template */
  HdyHeaderBar *header;
  GtkStack *stack;
  HdyActionRow *disk_row;
  GtkComboBoxText *disk_combo;
  GtkButton *choose_button;
  GtkLabel *copying_label;
  GtkProgressBar *progress;
  GtkButton *cancel_button;
  GtkImage *end_icon;
  GtkLabel *end_label;
  GtkButton *again_button;
  GtkButton *close_button;

  /* owned */
  VtGuest *guest;
  GtkFileChooserNative *chooser;
  char *path; /* of the copy */
  GObject *held;

  /* borrowed */
  GtkWidget *question; /* while there is one */

  VtBackupThen then; /* with `held`, after the copy */
  gboolean copying;
  gboolean closing; /* as soon as the copy has ended */
};

G_DEFINE_FINAL_TYPE (VtBackupDialog, vt_backup_dialog, HDY_TYPE_WINDOW)

static void
show_page (VtBackupDialog *self, const char *name, GtkButton *focus)
{
  gtk_stack_set_visible_child_name (self->stack, name);
  gtk_widget_grab_focus (GTK_WIDGET (focus));
}

/* --- the end --- */

/* There may be no guest any more to try it with, if not yet when the copy ended. */
static void
on_state (VtBackupDialog *self)
{
  if (self->guest != NULL && !vt_backup_dialog_is_possible (self->guest))
    gtk_widget_hide (GTK_WIDGET (self->again_button));
}

static void
show_end (VtBackupDialog *self, gboolean good, const char *text)
{
  AtkObject *close = gtk_widget_get_accessible (GTK_WIDGET (self->close_button));

  gtk_image_set_from_icon_name (
      self->end_icon, good ? "emblem-ok-symbolic" : "dialog-error-symbolic", GTK_ICON_SIZE_DIALOG);
  gtk_label_set_text (self->end_label, text);
  /* It has the focus then, so this is what is read out. */
  atk_object_set_description (close, text);
  gtk_widget_set_visible (GTK_WIDGET (self->again_button),
                          !good && vt_backup_dialog_is_possible (self->guest));
  show_page (self, "end", self->close_button);
  gtk_label_select_region (self->end_label, 0, 0); /* the focus came by it */
}

static void
on_copied (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (VtBackupDialog) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GObject) held = g_steal_pointer (&self->held);
  gboolean good = vt_guest_copy_disk_finish (VT_GUEST (source), result, &error);
  gboolean closing = self->closing;
  g_autofree char *text = NULL;

  self->copying = FALSE;
  if (self->guest == NULL)
    return;
  g_clear_pointer (&self->question, gtk_widget_destroy);
  text = good ? g_strdup_printf (_ ("The backup is complete: %s"), self->path)
              : g_strdup (error->message);
  show_end (self, good, text);
  if (closing)
    gtk_widget_destroy (GTK_WIDGET (self));
  if (self->then != NULL && closing)
    self->then (held);
}

/* --- a copy under way --- */

static void
on_progress (VtBackupDialog *self)
{
  int percent = vt_guest_get_copy_progress (self->guest);

  if (percent >= 0)
    gtk_progress_bar_set_fraction (self->progress, percent / 100.0);
}

static void
begin (VtBackupDialog *self, const char *chosen)
{
  gboolean complete = g_str_has_suffix (chosen, "." EXTENSION);
  VtGuestCopy copy = { .replace = complete }; /* the chooser asked about that name only */
  g_autofree char *base = NULL;
  g_autofree char *text = NULL;

  g_free (self->path);
  self->path = complete ? g_strdup (chosen) : g_strconcat (chosen, "." EXTENSION, NULL);
  copy.path = self->path;
  copy.disk = (guint) g_ascii_strtoull (
      gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->disk_combo)), NULL, 10);
  base = g_filename_display_basename (self->path);
  /* Translators: %s is a file's name. */
  text = g_strdup_printf (_ ("The disk is being copied into %s."), base);
  gtk_label_set_text (self->copying_label, text);
  gtk_progress_bar_set_fraction (self->progress, 0);
  self->copying = TRUE;
  self->closing = FALSE;
  self->then = NULL;
  show_page (self, "copying", self->cancel_button);
  vt_guest_copy_disk_async (self->guest, &copy, on_copied, g_object_ref (self));
}

static void
cancel (VtBackupDialog *self)
{
  vt_guest_cancel_copy (self->guest);
}

static void
let_go (gpointer parent, gpointer subject)
{
  VtBackupDialog *self = VT_BACKUP_DIALOG (parent);

  self->question = NULL;
  self->closing = TRUE;
  cancel (self);
}

static void
ask (VtBackupDialog *self)
{
  gtk_window_present (GTK_WINDOW (self));
  if (self->question != NULL)
    {
      gtk_window_present (GTK_WINDOW (self->question));
      return;
    }
  self->question = question_ask (
      GTK_WINDOW (self),
      &(QuestionText) { .title = _ ("Break the backup off?"),
                        .text = _ ("It is not complete yet, and nothing of it is kept. The guest "
                                   "goes on in any case."),
                        .no = _ ("_Go On"),
                        .yes = _ ("_Break Off") },
      let_go, NULL);
  g_signal_connect (self->question, "destroy", G_CALLBACK (gtk_widget_destroyed), &self->question);
}

static gboolean
vt_backup_dialog_delete_event (GtkWidget *widget, GdkEventAny *event)
{
  VtBackupDialog *self = VT_BACKUP_DIALOG (widget);

  if (!self->copying)
    return GDK_EVENT_PROPAGATE;
  self->then = NULL;
  g_clear_object (&self->held);
  ask (self);
  return GDK_EVENT_STOP;
}

/* --- before it --- */

static void
on_chosen (GtkNativeDialog *dialog, int response, VtBackupDialog *self)
{
  g_autofree char *path = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    path = gtk_file_chooser_get_filename (GTK_FILE_CHOOSER (dialog));
  gtk_native_dialog_hide (dialog);
  if (path != NULL && !self->copying)
    begin (self, path);
}

static void
choose (VtBackupDialog *self)
{
  g_autofree char *name = vt_text_new_file (self->guest, EXTENSION);

  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (_ ("Save the Backup"), GTK_WINDOW (self),
                                               GTK_FILE_CHOOSER_ACTION_SAVE, NULL, NULL);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), name);
  gtk_file_chooser_set_do_overwrite_confirmation (GTK_FILE_CHOOSER (self->chooser), TRUE);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (on_chosen), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
show_choice (VtBackupDialog *self)
{
  show_page (self, "choice", self->choose_button);
}

static void
add_disks (VtBackupDialog *self)
{
  const GuestDefinition *definition = vt_guest_get_definition (self->guest);
  guint n = 0;

  for (guint i = 0; definition != NULL && i < definition->disks->len; i++)
    {
      const GuestDisk *disk = definition->disks->pdata[i];
      g_autofree char *id = g_strdup_printf ("%u", disk->index);
      g_autofree char *name = vt_text_disk (disk);
      g_autofree char *text = g_strdup_printf ("disk%u: %s", disk->index, name);

      if (disk->media != GUEST_MEDIA_DISK)
        continue;
      gtk_combo_box_text_append (self->disk_combo, id, text);
      if (n++ == 0)
        hdy_action_row_set_subtitle (self->disk_row, text);
    }
  gtk_combo_box_set_active (GTK_COMBO_BOX (self->disk_combo), 0);
  /* One is not chosen, it is told. */
  gtk_widget_set_visible (GTK_WIDGET (self->disk_combo), n > 1);
  if (n > 1)
    hdy_action_row_set_subtitle (self->disk_row, NULL);
}

/* --- from outside --- */

gboolean
vt_backup_dialog_is_possible (VtGuest *guest)
{
  VtGuestState state = vt_guest_get_state (guest);
  guint disk;

  return (state == VT_GUEST_RUNNING || state == VT_GUEST_PAUSED) &&
         vt_guest_first_disk (guest, &disk);
}

/* The first dialog that is there of this guest, or over this window; NULL: any. */
static VtBackupDialog *
find (VtGuest *guest, GtkWindow *parent, gboolean copying)
{
  g_autoptr (GList) all = gtk_window_list_toplevels ();

  for (GList *l = all; l != NULL; l = l->next)
    {
      VtBackupDialog *self = VT_IS_BACKUP_DIALOG (l->data) ? l->data : NULL;

      if (self != NULL && self->guest != NULL && (guest == NULL || self->guest == guest) &&
          (parent == NULL || gtk_window_get_transient_for (l->data) == parent) &&
          (!copying || self->copying))
        return self;
    }
  return NULL;
}

gboolean
vt_backup_dialog_holds (GtkWindow *parent, VtBackupThen then, gpointer object)
{
  VtBackupDialog *self = find (NULL, parent, TRUE);

  if (self == NULL)
    return FALSE;
  self->then = then;
  g_set_object (&self->held, object);
  ask (self);
  return TRUE;
}

static VtBackupDialog *
dialog_new (GtkWindow *parent, VtGuest *guest)
{
  VtBackupDialog *self = g_object_new (VT_TYPE_BACKUP_DIALOG, "transient-for", parent,
                                       "destroy-with-parent", TRUE, NULL);
  /* Translators: %s is a guest's name. */
  g_autofree char *title = g_strdup_printf (_ ("Backup of %s"), vt_guest_get_name (guest));

  self->guest = g_object_ref (guest);
  gtk_window_set_title (GTK_WINDOW (self), title);
  hdy_header_bar_set_title (self->header, title);
  g_signal_connect_object (guest, "notify::state", G_CALLBACK (on_state), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (guest, "notify::copy-progress", G_CALLBACK (on_progress), self,
                           G_CONNECT_SWAPPED);
  add_disks (self);
  show_choice (self);
  return self;
}

void
vt_backup_dialog_open (GtkWindow *parent, VtGuest *guest)
{
  VtBackupDialog *self = find (guest, NULL, FALSE);

  if (self == NULL)
    self = dialog_new (parent, guest);
  gtk_window_present (GTK_WINDOW (self));
}

/* --- */

static gboolean
vt_backup_dialog_key_press_event (GtkWidget *widget, GdkEventKey *event)
{
  if (GTK_WIDGET_CLASS (vt_backup_dialog_parent_class)->key_press_event (widget, event))
    return GDK_EVENT_STOP;
  if (event->keyval != GDK_KEY_Escape)
    return GDK_EVENT_PROPAGATE;
  gtk_window_close (GTK_WINDOW (widget));
  return GDK_EVENT_STOP;
}

static void
vt_backup_dialog_dispose (GObject *object)
{
  VtBackupDialog *self = VT_BACKUP_DIALOG (object);

  if (self->guest != NULL && self->copying)
    cancel (self);
  g_clear_object (&self->chooser);
  g_clear_object (&self->guest);
  G_OBJECT_CLASS (vt_backup_dialog_parent_class)->dispose (object);
}

static void
vt_backup_dialog_finalize (GObject *object)
{
  VtBackupDialog *self = VT_BACKUP_DIALOG (object);

  g_clear_object (&self->held);
  g_free (self->path);
  G_OBJECT_CLASS (vt_backup_dialog_parent_class)->finalize (object);
}

static void
vt_backup_dialog_class_init (VtBackupDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = vt_backup_dialog_dispose;
  G_OBJECT_CLASS (klass)->finalize = vt_backup_dialog_finalize;
  widget_class->delete_event = vt_backup_dialog_delete_event;
  widget_class->key_press_event = vt_backup_dialog_key_press_event;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/vitrine/Vitrine/vt-backup-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, VtBackupDialog, header);
  gtk_widget_class_bind_template_child (widget_class, VtBackupDialog, stack);
  gtk_widget_class_bind_template_child (widget_class, VtBackupDialog, disk_row);
  gtk_widget_class_bind_template_child (widget_class, VtBackupDialog, disk_combo);
  gtk_widget_class_bind_template_child (widget_class, VtBackupDialog, choose_button);
  gtk_widget_class_bind_template_child (widget_class, VtBackupDialog, copying_label);
  gtk_widget_class_bind_template_child (widget_class, VtBackupDialog, progress);
  gtk_widget_class_bind_template_child (widget_class, VtBackupDialog, cancel_button);
  gtk_widget_class_bind_template_child (widget_class, VtBackupDialog, end_icon);
  gtk_widget_class_bind_template_child (widget_class, VtBackupDialog, end_label);
  gtk_widget_class_bind_template_child (widget_class, VtBackupDialog, again_button);
  gtk_widget_class_bind_template_child (widget_class, VtBackupDialog, close_button);
  gtk_widget_class_bind_template_callback (widget_class, choose);
  gtk_widget_class_bind_template_callback (widget_class, cancel);
  gtk_widget_class_bind_template_callback (widget_class, show_choice);
}

static void
vt_backup_dialog_init (VtBackupDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  atk_object_set_role (gtk_widget_get_accessible (GTK_WIDGET (self->end_icon)), ATK_ROLE_FILLER);
  row_names_bind (HDY_PREFERENCES_ROW (self->disk_row));
  g_signal_connect_swapped (self->close_button, "clicked", G_CALLBACK (gtk_window_close), self);
}
