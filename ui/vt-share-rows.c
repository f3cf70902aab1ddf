/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The rows of what is shared and of who looks on. Runs in `vitrine`.
 */
#include "config.h"

#include "vt-share-private.h"

#include "connection-file.h"

#include <glib/gi18n.h>

/* What a button of a row does, and to which share or viewer. */
typedef struct
{
  VtShareDialog *dialog; /* borrowed: it outlives its rows */
  VtShareVerb verb;
  guint number;
} Act;

static void
on_verb_done (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (VtShareDialog) self = data;
  g_autoptr (GError) error = NULL;

  gboolean done = vt_guest_share_verb_finish (VT_GUEST (source), result, &error);

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  if (done)
    vt_message_bar_hide (self->messages); /* what it said may be true no more */
  else
    vt_message_bar_show (self->messages, GTK_MESSAGE_ERROR, error->message);
}

static void
on_act (GtkButton *button, Act *act)
{
  vt_guest_share_verb_async (act->dialog->guest, act->verb, act->number, act->dialog->cancellable,
                             on_verb_done, g_object_ref (act->dialog));
}

static void
free_act (gpointer data, GClosure *closure)
{
  g_free (data);
}

/* `name` says to a screen reader what the label means here. */
static GtkWidget *
add_button (GtkWidget *row, const char *label, const char *name)
{
  GtkWidget *button = gtk_button_new_with_label (label);

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  atk_object_set_name (gtk_widget_get_accessible (button), name);
  gtk_container_add (GTK_CONTAINER (g_object_get_data (G_OBJECT (row), "vt-buttons")), button);
  gtk_widget_show (button);
  return button;
}

static GtkWidget *
add_verb (VtShareDialog *self,
          GtkWidget *row,
          const char *label,
          const char *name,
          VtShareVerb verb,
          guint number)
{
  GtkWidget *button = add_button (row, label, name);
  Act *act = g_new (Act, 1);

  *act = (Act) { self, verb, number };
  g_signal_connect_data (button, "clicked", G_CALLBACK (on_act), act, free_act, 0);
  return button;
}

/* `orientation` is that of its buttons: many beside each other leave no room for words. */
static GtkWidget *
new_row (HdyPreferencesGroup *group, GHashTable *rows, guint number, GtkOrientation orientation)
{
  GtkWidget *row = hdy_action_row_new ();
  GtkWidget *buttons = gtk_box_new (orientation, 6);

  gtk_widget_set_valign (buttons, GTK_ALIGN_CENTER);
  gtk_widget_set_margin_top (buttons, 6);
  gtk_widget_set_margin_bottom (buttons, 6);
  gtk_container_add (GTK_CONTAINER (row), buttons);
  gtk_widget_show (buttons);
  g_object_set_data (G_OBJECT (row), "vt-buttons", buttons);

  hdy_action_row_set_subtitle_lines (HDY_ACTION_ROW (row), 0);
  gtk_container_add (GTK_CONTAINER (group), row);
  gtk_widget_show (row);
  g_hash_table_insert (rows, GUINT_TO_POINTER (number), row);
  return row;
}

static void
set_row (GtkWidget *row, const char *title, const char *text)
{
  hdy_preferences_row_set_title (HDY_PREFERENCES_ROW (row), title);
  hdy_action_row_set_subtitle (HDY_ACTION_ROW (row), text);
  atk_object_set_name (gtk_widget_get_accessible (row), title);
  atk_object_set_description (gtk_widget_get_accessible (row), text);
}

static void
on_copy_of_share (GtkButton *button, Act *act)
{
  const char *password = vt_guest_get_share_password (act->dialog->guest, act->number);

  if (password)
    vt_share_dialog_copy_text (act->dialog, password, _ ("The password is on the clipboard."));
}

/* Nobody but who shared it knows the password. */
static void
add_copy (VtShareDialog *self, GtkWidget *row, guint id)
{
  GtkWidget *button;
  Act *act;

  if (!vt_guest_get_share_password (self->guest, id))
    return;
  button = add_button (row, _ ("Copy Password"), _ ("Copy the password of this share"));
  act = g_new (Act, 1);
  *act = (Act) { .dialog = self, .number = id };
  g_signal_connect_data (button, "clicked", G_CALLBACK (on_copy_of_share), act, free_act, 0);
}

static void
on_copy_address (GtkButton *button, VtShareDialog *self)
{
  vt_share_dialog_copy_text (self, g_object_get_data (G_OBJECT (button), "vt-address"),
                             _ ("The address is on the clipboard."));
}

/* As one types it into a viewer or browser. */
static void
add_copy_address (VtShareDialog *self, GtkWidget *row, const char *place)
{
  GtkWidget *button = add_button (row, _ ("Copy Address"), _ ("Copy the address of this share"));

  g_object_set_data_full (G_OBJECT (button), "vt-address", g_strdup (place), g_free);
  g_signal_connect (button, "clicked", G_CALLBACK (on_copy_address), self);
}

static void
on_save (GtkButton *button, Act *act)
{
  vt_share_save (act->dialog, act->number);
}

/* It holds the password. */
static void
add_save (VtShareDialog *self, GtkWidget *row, const VtShare *share)
{
  g_autofree char *uri = connection_file_uri (share);
  GtkWidget *button;
  Act *act;

  if (!uri || !vt_guest_get_share_password (self->guest, share->id))
    return;
  button = add_button (row, _ ("Save Connection File…"),
                       _ ("Save a file with which Remote Viewer opens this share"));
  act = g_new (Act, 1);
  *act = (Act) { .dialog = self, .number = share->id };
  g_signal_connect_data (button, "clicked", G_CALLBACK (on_save), act, free_act, 0);
}

static void
on_link_made (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (VtShareDialog) self = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *link = vt_guest_share_link_finish (VT_GUEST (source), result, &error);

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  if (!link)
    {
      vt_message_bar_show (self->messages, GTK_MESSAGE_ERROR, error->message);
      return;
    }
  vt_share_dialog_copy_text (self, link,
                             _ ("The link is on the clipboard. Whoever opens it first, within ten "
                                "minutes, is let in without the password."));
}

static void
on_copy_link (GtkButton *button, Act *act)
{
  vt_guest_share_verb_async (act->dialog->guest, VT_SHARE_VERB_LINK, act->number,
                             act->dialog->cancellable, on_link_made, g_object_ref (act->dialog));
}

/* Each press makes another link, since each is good for one viewer. */
static void
add_copy_link (VtShareDialog *self, GtkWidget *row, guint id)
{
  GtkWidget *button = add_button (row, _ ("Copy Link"), _ ("Copy a link that lets one viewer in"));
  Act *act = g_new (Act, 1);

  *act = (Act) { .dialog = self, .number = id };
  g_signal_connect_data (button, "clicked", G_CALLBACK (on_copy_link), act, free_act, 0);
}

static void
show_share (VtShareDialog *self, const VtShare *share)
{
  GtkWidget *row = g_hash_table_lookup (self->shares, GUINT_TO_POINTER (share->id));
  g_autofree char *place = vt_share_words_place (share);
  g_autofree char *title = g_strdup_printf ("%s %s", vt_share_words_title (share->protocol),
                                            share->url ? share->url : place);
  g_autofree char *text = vt_share_words_share (self, share);
  /* Translators: for a screen reader; %s is a protocol and an address. */
  g_autofree char *name = g_strdup_printf (_ ("Stop sharing %s"), title);

  if (!row)
    {
      GtkWidget *stop;

      row = new_row (self->shares_group, self->shares, share->id, GTK_ORIENTATION_VERTICAL);
      gtk_size_group_add_widget (self->button_widths,
                                 g_object_get_data (G_OBJECT (row), "vt-buttons"));
      if (share->url)
        add_copy_link (self, row, share->id);
      add_copy_address (self, row, share->url ? share->url : place);
      add_copy (self, row, share->id);
      add_save (self, row, share);
      stop = add_verb (self, row, _ ("Stop Sharing"), name, VT_SHARE_VERB_END, share->id);
      gtk_box_set_child_packing (GTK_BOX (gtk_widget_get_parent (stop)), stop, FALSE, FALSE, 0,
                                 GTK_PACK_END);
    }
  set_row (row, title, text);
}

/* Who asks is not connected to anything yet. */
static void
name_cut_off (GtkWidget *button, const VtViewer *viewer)
{
  gboolean asks = viewer->state == VT_VIEWER_ASKS;
  g_autofree char *name =
      g_strdup_printf (asks ? _ ("Refuse %s") : _ ("Disconnect %s"), viewer->address);

  gtk_button_set_label (GTK_BUTTON (button), asks ? _ ("Refuse") : _ ("Disconnect"));
  atk_object_set_name (gtk_widget_get_accessible (button), name);
}

static void
show_viewer (VtShareDialog *self, const VtViewer *viewer)
{
  GtkWidget *row = g_hash_table_lookup (self->viewers, GUINT_TO_POINTER (viewer->number));
  g_autofree char *what = vt_share_words_viewer (viewer);
  g_autofree char *display = vt_share_words_display (self, viewer->share);
  g_autofree char *text = g_strconcat (display, what, NULL);
  GtkWidget *allow;

  if (!row)
    {
      g_autofree char *let_in = g_strdup_printf (_ ("Let %s in"), viewer->address);

      row =
          new_row (self->viewers_group, self->viewers, viewer->number, GTK_ORIENTATION_HORIZONTAL);
      allow = add_verb (self, row, _ ("Let In"), let_in, VT_SHARE_VERB_ALLOW, viewer->number);
      g_object_set_data (G_OBJECT (row), "vt-allow", allow);
      g_object_set_data (G_OBJECT (row), "vt-cut-off",
                         add_verb (self, row, "", "", VT_SHARE_VERB_DISCONNECT, viewer->number));
    }
  allow = g_object_get_data (G_OBJECT (row), "vt-allow");
  gtk_widget_set_visible (allow, viewer->state == VT_VIEWER_ASKS);
  name_cut_off (g_object_get_data (G_OBJECT (row), "vt-cut-off"), viewer);
  set_row (row, viewer->address, text);
}

/* Takes away the rows of what is no more; the others keep the focus. */
static void
prune (GHashTable *rows, GHashTable *living)
{
  GHashTableIter iter;
  gpointer number, row;

  g_hash_table_iter_init (&iter, rows);
  while (g_hash_table_iter_next (&iter, &number, &row))
    if (!g_hash_table_contains (living, number))
      {
        g_hash_table_iter_remove (&iter);
        gtk_widget_destroy (row);
      }
}

void
vt_share_rows_refresh (VtShareDialog *self)
{
  g_autoptr (GPtrArray) shares = vt_guest_get_shares (self->guest);
  g_autoptr (GPtrArray) viewers = vt_guest_get_remote_viewers (self->guest);
  g_autoptr (GHashTable) living_shares = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) living_viewers = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < shares->len; i++)
    {
      show_share (self, shares->pdata[i]);
      g_hash_table_add (living_shares, GUINT_TO_POINTER (((VtShare *) shares->pdata[i])->id));
    }
  for (guint i = 0; i < viewers->len; i++)
    {
      show_viewer (self, viewers->pdata[i]);
      g_hash_table_add (living_viewers,
                        GUINT_TO_POINTER (((VtViewer *) viewers->pdata[i])->number));
    }
  prune (self->shares, living_shares);
  prune (self->viewers, living_viewers);
  gtk_widget_set_visible (GTK_WIDGET (self->shares_group), shares->len > 0);
  gtk_widget_set_visible (GTK_WIDGET (self->viewers_group), viewers->len > 0);
}

void
vt_share_rows_offer_password (VtShareDialog *self, const VtShare *share)
{
  GtkWidget *row = g_hash_table_lookup (self->shares, GUINT_TO_POINTER (share->id));

  /* It was made when the vmm told of the share, before its answer came. */
  if (!row)
    return;
  add_copy (self, row, share->id);
  add_save (self, row, share);
}
