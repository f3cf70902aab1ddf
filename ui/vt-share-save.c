/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A share as a file that Remote Viewer opens. Runs in `vitrine`; app/ writes it, for its owner
 * only.
 */
#include "config.h"

#include "vt-share-private.h"

#include "connection-file.h"

#include <glib/gi18n.h>

static void
on_saved (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (VtShareDialog) self = data;
  g_autoptr (GError) error = NULL;

  gboolean saved = connection_file_write_finish (result, &error);

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  if (saved)
    vt_message_bar_show (self->messages, GTK_MESSAGE_INFO,
                         _ ("The connection file is saved. It holds the password, and Remote "
                            "Viewer removes it once it is opened."));
  else
    vt_message_bar_show (self->messages, GTK_MESSAGE_ERROR, error->message);
}

static const VtShare *
find_share (const GPtrArray *shares, guint id)
{
  for (guint i = 0; i < shares->len; i++)
    if (((const VtShare *) shares->pdata[i])->id == id)
      return shares->pdata[i];
  return NULL;
}

static void
save_connection (VtShareDialog *self, guint id, const char *path)
{
  const char *password = vt_guest_get_share_password (self->guest, id);
  g_autoptr (GPtrArray) shares = vt_guest_get_shares (self->guest);
  const VtShare *share = find_share (shares, id);

  if (share && password)
    connection_file_write_async (path, share, vt_guest_get_name (self->guest), password,
                                 self->cancellable, on_saved, g_object_ref (self));
}

static void
on_chosen (GtkNativeDialog *chooser, int response, VtShareDialog *self)
{
  g_autofree char *path = gtk_file_chooser_get_filename (GTK_FILE_CHOOSER (chooser));

  if (response == GTK_RESPONSE_ACCEPT && path)
    save_connection (self, self->saved_share, path);
  gtk_native_dialog_hide (chooser);
}

void
vt_share_save (VtShareDialog *self, guint share)
{
  g_autofree char *name = g_strconcat (vt_guest_get_name (self->guest), ".vv", NULL);

  if (!self->chooser)
    {
      self->chooser =
          gtk_file_chooser_native_new (_ ("Save Connection File"), GTK_WINDOW (self),
                                       GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Save"), _ ("_Cancel"));
      gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
      gtk_file_chooser_set_do_overwrite_confirmation (GTK_FILE_CHOOSER (self->chooser), TRUE);
      g_signal_connect_object (self->chooser, "response", G_CALLBACK (on_chosen), self, 0);
    }
  self->saved_share = share;
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser),
                                     g_strdelimit (name, "/", '-'));
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}
