/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Asking for a file. Runs in `vitrine`; the chooser may be the portal's.
 */
#include "config.h"

#include "vt-file-row.h"

#include <glib/gi18n.h>

struct _VtFileRow
{
  HdyActionRow parent_instance;

  /* owned */
  char *path;
  char *chooser_title;
  char *filter;
  GtkFileChooserNative *chooser;

  /* borrowed */
  const char *const *patterns;
  GtkWidget *button;
};

G_DEFINE_FINAL_TYPE (VtFileRow, vt_file_row, HDY_TYPE_ACTION_ROW)

enum
{
  CHOSEN,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
on_response (GtkNativeDialog *dialog, int response, VtFileRow *self)
{
  g_autofree char *path = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    path = gtk_file_chooser_get_filename (GTK_FILE_CHOOSER (dialog));
  gtk_native_dialog_hide (dialog);
  if (!path)
    return;
  vt_file_row_set_path (self, path);
  g_signal_emit (self, signals[CHOSEN], 0, path);
}

static void
add_filter (GtkFileChooser *chooser, const char *name, const char *const *patterns)
{
  GtkFileFilter *filter = gtk_file_filter_new ();

  gtk_file_filter_set_name (filter, name);
  for (; *patterns; patterns++)
    gtk_file_filter_add_pattern (filter, *patterns);
  gtk_file_chooser_add_filter (chooser, filter);
}

/* Where the last file was, else where files are downloaded to: GTK's own choice is a list of recent
 * files, which is no place to look for a disk. */
static void
set_folder (VtFileRow *self, GtkFileChooser *chooser)
{
  const char *downloads = g_get_user_special_dir (G_USER_DIRECTORY_DOWNLOAD);
  g_autofree char *folder = self->path ? g_path_get_dirname (self->path) : g_strdup (downloads);

  if (!folder || !g_file_test (folder, G_FILE_TEST_IS_DIR))
    {
      g_free (folder);
      folder = g_strdup (g_get_home_dir ());
    }
  gtk_file_chooser_set_current_folder (chooser, folder);
}

static void
choose (VtFileRow *self)
{
  static const char *const all[] = { "*", NULL };
  GtkWidget *window = gtk_widget_get_toplevel (GTK_WIDGET (self));
  GtkFileChooser *chooser;

  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (self->chooser_title, GTK_WINDOW (window),
                                               GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL);
  chooser = GTK_FILE_CHOOSER (self->chooser);
  if (self->patterns)
    add_filter (chooser, self->filter, self->patterns);
  add_filter (chooser, _ ("All files"), all);
  set_folder (self, chooser);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (on_response), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

void
vt_file_row_setup (VtFileRow *self,
                   const char *title,
                   const char *filter,
                   const char *const *patterns)
{
  self->chooser_title = g_strdup (title);
  self->filter = g_strdup (filter);
  self->patterns = patterns;
  atk_object_set_name (gtk_widget_get_accessible (self->button), title);
}

const char *
vt_file_row_get_path (VtFileRow *self)
{
  return self->path;
}

void
vt_file_row_set_path (VtFileRow *self, const char *path)
{
  g_autofree char *shown = path ? g_filename_display_name (path) : g_strdup (_ ("No file chosen"));

  g_free (self->path);
  self->path = g_strdup (path);
  hdy_action_row_set_subtitle (HDY_ACTION_ROW (self), shown);
}

void
vt_file_row_focus (VtFileRow *self)
{
  gtk_widget_grab_focus (self->button);
}

static void
vt_file_row_finalize (GObject *object)
{
  VtFileRow *self = VT_FILE_ROW (object);

  g_clear_object (&self->chooser);
  g_free (self->path);
  g_free (self->chooser_title);
  g_free (self->filter);
  G_OBJECT_CLASS (vt_file_row_parent_class)->finalize (object);
}

static void
vt_file_row_class_init (VtFileRowClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vt_file_row_finalize;
  signals[CHOSEN] = g_signal_new ("chosen", VT_TYPE_FILE_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
vt_file_row_init (VtFileRow *self)
{
  self->button = gtk_button_new_with_label (_ ("Choose…"));
  gtk_widget_set_valign (self->button, GTK_ALIGN_CENTER);
  gtk_container_add (GTK_CONTAINER (self), self->button);
  gtk_widget_show (self->button);
  hdy_action_row_set_activatable_widget (HDY_ACTION_ROW (self), self->button);
  g_signal_connect_swapped (self->button, "clicked", G_CALLBACK (choose), self);
  hdy_action_row_set_subtitle_lines (HDY_ACTION_ROW (self), 0);
  vt_file_row_set_path (self, NULL);
}
