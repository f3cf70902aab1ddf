/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Screenshots. Runs in `vitrine`; saves what the console shows, at the guest's size.
 */
#include "config.h"

#include "screenshot-save.h"

#include "vt-text.h"

#include <glib/gi18n.h>

static void
on_file (GtkNativeDialog *dialog, int response, VtWindow *self)
{
  g_autofree char *file = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  VtConsole *console = vt_console_page_get_console (vt_window_get_console_page (self));
  VtGlassClient *client = vt_console_get_client (console);

  if (response == GTK_RESPONSE_ACCEPT)
    file = gtk_file_chooser_get_filename (GTK_FILE_CHOOSER (dialog));
  gtk_native_dialog_destroy (dialog);
  if (!file)
    return;
  if (!client)
    vt_window_report (self, GTK_MESSAGE_ERROR, _ ("The guest shows no picture to save."));
  else if (!vt_glass_client_screenshot (client, file, &error))
    vt_window_report (self, GTK_MESSAGE_ERROR, error->message);
  else
    {
      text = g_strdup_printf (_ ("Saved as %s"), file);
      vt_window_report (self, GTK_MESSAGE_INFO, text);
    }
}

void
screenshot_save (VtWindow *window)
{
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (
      _ ("Save Screenshot"), GTK_WINDOW (window), GTK_FILE_CHOOSER_ACTION_SAVE, NULL, NULL);
  g_autofree char *name = vt_text_new_file (vt_window_get_guest (window), "png");

  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), name);
  gtk_file_chooser_set_do_overwrite_confirmation (GTK_FILE_CHOOSER (dialog), TRUE);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_file), window, 0);
  g_object_set_data_full (G_OBJECT (window), "vt-screenshot-dialog", dialog, g_object_unref);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}
