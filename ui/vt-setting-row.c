/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A row of the settings. Runs in `vitrine`; knows nothing of guests, checks nothing itself.
 */
#include "config.h"

#include "vt-setting-row.h"

#include "row-names.h"

#include <glib/gi18n.h>

struct _VtSettingRow
{
  HdyActionRow parent_instance;

  /* owned */
  GtkFileChooserNative *chooser;
  char *error;

  /* borrowed */
  const SettingSpec *spec;
  GtkWidget *editor;
  GtkWidget *file_label;
  GtkWidget *clear_button;
};

G_DEFINE_FINAL_TYPE (VtSettingRow, vt_setting_row, HDY_TYPE_ACTION_ROW)

enum
{
  EDITED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
emit_edited (VtSettingRow *self, const char *value)
{
  g_signal_emit (self, signals[EDITED], 0, value);
}

static void
on_entry (VtSettingRow *self)
{
  emit_edited (self, gtk_entry_get_text (GTK_ENTRY (self->editor)));
}

static void
on_combo (VtSettingRow *self)
{
  emit_edited (self, gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->editor)));
}

static void
on_switch (VtSettingRow *self)
{
  emit_edited (self, gtk_switch_get_active (GTK_SWITCH (self->editor)) ? "true" : "false");
}

static void
on_spin (VtSettingRow *self)
{
  g_autofree char *value = limit_spin_get_value (GTK_SPIN_BUTTON (self->editor));

  emit_edited (self, value);
}

static void
show_file (VtSettingRow *self, const char *path)
{
  g_autofree char *shown =
      path && *path ? g_filename_display_basename (path) : g_strdup (_ ("None"));

  gtk_label_set_text (GTK_LABEL (self->file_label), shown);
  gtk_widget_set_tooltip_text (self->file_label, path && *path ? path : NULL);
  gtk_widget_set_sensitive (self->clear_button, path && *path);
}

static void
on_chosen (GtkNativeDialog *dialog, int response, VtSettingRow *self)
{
  g_autofree char *path = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    path = gtk_file_chooser_get_filename (GTK_FILE_CHOOSER (dialog));
  gtk_native_dialog_hide (dialog);
  if (!path)
    return;
  show_file (self, path);
  emit_edited (self, path);
}

static void
on_choose (VtSettingRow *self)
{
  GtkWidget *window = gtk_widget_get_toplevel (GTK_WIDGET (self));

  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (_ (self->spec->title), GTK_WINDOW (window),
                                               GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (on_chosen), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
on_clear (VtSettingRow *self)
{
  show_file (self, NULL);
  emit_edited (self, "");
}

static GtkWidget *
make_choice (VtSettingRow *self, const char *value)
{
  GtkComboBoxText *combo = GTK_COMBO_BOX_TEXT (gtk_combo_box_text_new ());
  const SettingChoice *choices = self->spec->choices;

  for (gsize i = 0; i < G_N_ELEMENTS (self->spec->choices) && choices[i].word; i++)
    gtk_combo_box_text_append (combo, choices[i].word,
                               choices[i].label ? _ (choices[i].label) : choices[i].word);
  gtk_combo_box_set_active_id (GTK_COMBO_BOX (combo), value);
  g_signal_connect_swapped (combo, "changed", G_CALLBACK (on_combo), self);
  return GTK_WIDGET (combo);
}

static GtkWidget *
make_entry (VtSettingRow *self, const char *value)
{
  GtkWidget *entry = gtk_entry_new ();

  gtk_entry_set_text (GTK_ENTRY (entry), value);
  gtk_entry_set_width_chars (GTK_ENTRY (entry), self->spec->kind == SETTING_NUMBER ? 9 : 26);
  if (self->spec->kind == SETTING_NUMBER)
    gtk_entry_set_input_purpose (GTK_ENTRY (entry), GTK_INPUT_PURPOSE_DIGITS);
  g_signal_connect_swapped (entry, "changed", G_CALLBACK (on_entry), self);
  return entry;
}

static GtkWidget *
make_switch (VtSettingRow *self, const char *value)
{
  GtkWidget *widget = gtk_switch_new ();

  gtk_switch_set_active (GTK_SWITCH (widget), g_strcmp0 (value, "true") == 0);
  g_signal_connect_swapped (widget, "notify::active", G_CALLBACK (on_switch), self);
  return widget;
}

static GtkWidget *
make_limit (VtSettingRow *self, const char *value)
{
  GtkWidget *spin = limit_spin_new (&self->spec->range, value);

  g_signal_connect_swapped (spin, "changed", G_CALLBACK (on_spin), self);
  return spin;
}

static GtkWidget *
make_file (VtSettingRow *self, const char *value)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *button = gtk_button_new_with_label (_ ("Choose…"));
  g_autofree char *choose = g_strdup_printf (_ ("Choose: %s"), _ (self->spec->title));
  g_autofree char *clear = g_strdup_printf (_ ("Remove: %s"), _ (self->spec->title));

  self->file_label = gtk_label_new (NULL);
  gtk_label_set_ellipsize (GTK_LABEL (self->file_label), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_max_width_chars (GTK_LABEL (self->file_label), 24);
  self->clear_button = gtk_button_new_from_icon_name ("edit-clear-symbolic", GTK_ICON_SIZE_BUTTON);
  atk_object_set_name (gtk_widget_get_accessible (button), choose);
  atk_object_set_name (gtk_widget_get_accessible (self->clear_button), clear);
  gtk_widget_set_tooltip_text (self->clear_button, clear);
  gtk_box_pack_start (GTK_BOX (box), self->file_label, TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (box), self->clear_button, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), button, FALSE, FALSE, 0);
  g_signal_connect_swapped (button, "clicked", G_CALLBACK (on_choose), self);
  g_signal_connect_swapped (self->clear_button, "clicked", G_CALLBACK (on_clear), self);
  show_file (self, value);
  return box;
}

const SettingSpec *
vt_setting_row_get_spec (VtSettingRow *self)
{
  return self->spec;
}

void
vt_setting_row_set_error (VtSettingRow *self, const char *text)
{
  GtkStyleContext *context = gtk_widget_get_style_context (GTK_WIDGET (self));
  const char *help = self->spec->help ? _ (self->spec->help) : NULL;

  if (g_strcmp0 (self->error, text) == 0)
    return;
  g_free (self->error);
  self->error = g_strdup (text);
  hdy_action_row_set_subtitle (HDY_ACTION_ROW (self), text ? text : help);
  if (text)
    gtk_style_context_add_class (context, "row-error");
  else
    gtk_style_context_remove_class (context, "row-error");
  atk_object_set_description (gtk_widget_get_accessible (self->editor), text   ? text
                                                                        : help ? help
                                                                               : "");
}

gboolean
vt_setting_row_has_error (VtSettingRow *self)
{
  return self->error != NULL;
}

VtSettingRow *
vt_setting_row_new (const SettingSpec *spec, const char *value)
{
  static GtkWidget *(*const makers[]) (VtSettingRow *, const char *) = {
    [SETTING_TEXT] = make_entry,    [SETTING_NUMBER] = make_entry, [SETTING_CHOICE] = make_choice,
    [SETTING_SWITCH] = make_switch, [SETTING_FILE] = make_file,  [SETTING_LIMIT] = make_limit,
  };
  VtSettingRow *self = g_object_new (VT_TYPE_SETTING_ROW, NULL);

  self->spec = spec;
  hdy_preferences_row_set_title (HDY_PREFERENCES_ROW (self), _ (spec->title));
  hdy_action_row_set_subtitle_lines (HDY_ACTION_ROW (self), 0);
  if (spec->help)
    hdy_action_row_set_subtitle (HDY_ACTION_ROW (self), _ (spec->help));
  self->editor = makers[spec->kind](self, value);
  gtk_widget_set_valign (self->editor, GTK_ALIGN_CENTER);
  atk_object_set_name (gtk_widget_get_accessible (self->editor), _ (spec->title));
  gtk_container_add (GTK_CONTAINER (self), self->editor);
  gtk_widget_show_all (self->editor);
  if (spec->kind != SETTING_FILE)
    hdy_action_row_set_activatable_widget (HDY_ACTION_ROW (self), self->editor);
  row_names_bind (HDY_PREFERENCES_ROW (self));
  gtk_widget_show (GTK_WIDGET (self));
  return self;
}

static void
vt_setting_row_dispose (GObject *object)
{
  VtSettingRow *self = VT_SETTING_ROW (object);

  g_clear_object (&self->chooser);
  g_clear_pointer (&self->error, g_free);
  G_OBJECT_CLASS (vt_setting_row_parent_class)->dispose (object);
}

static void
vt_setting_row_class_init (VtSettingRowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = vt_setting_row_dispose;
  signals[EDITED] = g_signal_new ("edited", VT_TYPE_SETTING_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
vt_setting_row_init (VtSettingRow *self)
{
}
