/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The page of shared consoles. Runs in `vitrine`, which opens no network socket: the guest's vmm
 * listens, its display process serves.
 */
#include "config.h"

#include "vt-share-dialog.h"

#include "connection-file.h"
#include "row-names.h"
#include "share-options.h"
#include "share-protocol.h"
#include "vt-message-bar.h"

#include <glib/gi18n.h>

struct _VtShareDialog
{
  HdyWindow parent_instance;

  /* template */
  HdyHeaderBar *header;
  GtkButton *share_button;
  VtMessageBar *messages;
  HdyPreferencesGroup *shares_group;
  HdyPreferencesGroup *viewers_group;
  HdyPreferencesGroup *form_group;
  HdyActionRow *protocol_row;
  GtkComboBoxText *protocol_combo;
  HdyActionRow *head_row; /* shown if there are several displays to choose from */
  GtkComboBoxText *head_combo;
  GtkComboBoxText *address_combo;
  GtkSpinButton *port_spin;
  GtkEntry *password_entry;
  GtkButton *copy_button;
  GtkSwitch *view_only_switch;
  GtkSwitch *ask_switch;
  GtkComboBoxText *expire_combo;

  /* owned */
  VtGuest *guest;
  GtkFileChooserNative *chooser; /* NULL until a connection file is saved */
  guint saved_share;             /* which it is for */
  GCancellable *cancellable;
  GHashTable *shares;    /* id to row */
  GHashTable *viewers;   /* number to row */
  GHashTable *passwords; /* id to the password of a share that was made here */
};

G_DEFINE_FINAL_TYPE (VtShareDialog, vt_share_dialog, HDY_TYPE_WINDOW)

/* How the choice of a protocol is told to people; the words are those of share_protocols. */
static const struct
{
  const char *word;
  const char *name;
  const char *viewers;
} protocol_texts[] = {
  { "vnc", "VNC", N_ ("For TigerVNC, Remmina, GNOME Connections and other VNC viewers") },
  { "web", N_ ("Web browser"), N_ ("For any browser, by a link that lets one viewer in") },
  { "spice", "SPICE", N_ ("For Remote Viewer and other SPICE viewers") },
};

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

  if (!vt_guest_share_verb_finish (VT_GUEST (source), result, &error) &&
      !g_cancellable_is_cancelled (self->cancellable))
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

static char *
clock_time (gint64 seconds)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (seconds);

  return time ? g_date_time_format (time, "%x %R") : g_strdup ("?");
}

/* Every address is no address to type: the computer's name is. */
static char *
place_of (const VtShare *share)
{
  gboolean everywhere =
      g_str_equal (share->address, "0.0.0.0") || g_str_equal (share->address, "::");

  return share_options_place (everywhere ? g_get_host_name () : share->address, share->port);
}

static gboolean
has_several_heads (VtShareDialog *self)
{
  const GuestDefinition *definition = vt_guest_get_definition (self->guest);

  return definition && definition->heads > 1;
}

static char *
describe_share (VtShareDialog *self, const VtShare *share)
{
  g_autofree char *until = clock_time (share->expires);
  const char *password = g_hash_table_lookup (self->passwords, GUINT_TO_POINTER (share->id));
  GString *text = g_string_new (NULL);

  /* Translators: the number of one of the guest's displays. */
  if (has_several_heads (self))
    g_string_append_printf (text, _ ("Display %u. "), share->head);
  /* Translators: %s is a date and time. */
  g_string_append_printf (text, _ ("Until %s."), until);
  g_string_append_printf (text, " %s",
                          share->view_only ? _ ("Viewers may look only.")
                                           : _ ("Viewers may look and type."));
  if (share->ask)
    g_string_append_printf (text, " %s", _ ("You are asked for each viewer."));
  if (password)
    {
      g_string_append_c (text, '\n');
      g_string_append_printf (text, _ ("Password: %s"), password);
    }
  if (share->tls)
    {
      g_string_append_c (text, '\n');
      g_string_append_printf (text, _ ("Encrypted. The viewer must show this fingerprint: %s"),
                              share->fingerprint);
    }
  return g_string_free (text, FALSE);
}

static void
copy_text (VtShareDialog *self, const char *text)
{
  gtk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self), GDK_SELECTION_CLIPBOARD),
                          text, -1);
}

static void
on_copy_of_share (GtkButton *button, Act *act)
{
  const char *password =
      g_hash_table_lookup (act->dialog->passwords, GUINT_TO_POINTER (act->number));

  if (password)
    copy_text (act->dialog, password);
}

/* Only this page knows the password of what it shared. */
static void
add_copy (VtShareDialog *self, GtkWidget *row, guint id)
{
  GtkWidget *button;
  Act *act;

  if (!g_hash_table_contains (self->passwords, GUINT_TO_POINTER (id)))
    return;
  button = add_button (row, _ ("Copy Password"), _ ("Copy the password of this share"));
  act = g_new (Act, 1);
  *act = (Act) { .dialog = self, .number = id };
  g_signal_connect_data (button, "clicked", G_CALLBACK (on_copy_of_share), act, free_act, 0);
}

/* --- The file that remote-viewer opens --- */

static void
on_saved (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (VtShareDialog) self = data;
  g_autoptr (GError) error = NULL;

  if (!connection_file_write_finish (result, &error) &&
      !g_cancellable_is_cancelled (self->cancellable))
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
  const char *password = g_hash_table_lookup (self->passwords, GUINT_TO_POINTER (id));
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

static void
on_save (GtkButton *button, Act *act)
{
  VtShareDialog *self = act->dialog;
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
  self->saved_share = act->number;
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser),
                                     g_strdelimit (name, "/", '-'));
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* It holds the password, which only this page knows. */
static void
add_save (VtShareDialog *self, GtkWidget *row, const VtShare *share)
{
  g_autofree char *uri = connection_file_uri (share);
  GtkWidget *button;
  Act *act;

  if (!uri || !g_hash_table_contains (self->passwords, GUINT_TO_POINTER (share->id)))
    return;
  button = add_button (row, _ ("Save Connection File…"),
                       _ ("Save a file with which Remote Viewer opens this share"));
  act = g_new (Act, 1);
  *act = (Act) { .dialog = self, .number = share->id };
  g_signal_connect_data (button, "clicked", G_CALLBACK (on_save), act, free_act, 0);
}

/* A protocol's name; a vmm of a later version may know more of them. */
static const char *
title_of (const char *word)
{
  const ShareProtocol *protocol = share_protocol_find (word);

  return protocol ? protocol->title : word;
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
  copy_text (self, link);
  vt_message_bar_show (self->messages, GTK_MESSAGE_INFO,
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
  g_autofree char *place = place_of (share);
  g_autofree char *title =
      g_strdup_printf ("%s %s", title_of (share->protocol), share->url ? share->url : place);
  g_autofree char *text = describe_share (self, share);
  /* Translators: for a screen reader; %s is a protocol and an address. */
  g_autofree char *name = g_strdup_printf (_ ("Stop sharing %s"), title);

  if (!row)
    {
      GtkWidget *stop;

      row = new_row (self->shares_group, self->shares, share->id, GTK_ORIENTATION_VERTICAL);
      add_copy (self, row, share->id);
      add_save (self, row, share);
      if (share->url)
        add_copy_link (self, row, share->id);
      stop = add_verb (self, row, _ ("Stop Sharing"), name, VT_SHARE_VERB_END, share->id);
      gtk_box_set_child_packing (GTK_BOX (gtk_widget_get_parent (stop)), stop, FALSE, FALSE, 0,
                                 GTK_PACK_END);
    }
  set_row (row, title, text);
}

static char *
describe_viewer (const VtViewer *viewer)
{
  g_autofree char *since = clock_time (viewer->since);
  g_autofree char *bytes = g_format_size (viewer->bytes);

  switch (viewer->state)
    {
    case VT_VIEWER_ASKS:
      /* Translators: a time. */
      return g_strdup_printf (_ ("Has logged in and waits to be let in, since %s"), since);
    case VT_VIEWER_LOGIN:
      return g_strdup_printf (_ ("Logging in, since %s"), since);
    default:
      /* Translators: a protocol, a time, an amount of data such as 3.4 MB. */
      return g_strdup_printf (_ ("Looks on by %s since %s, %s sent"), title_of (viewer->protocol),
                              since, bytes);
    }
}

/* Which display a share serves, if there are several; else "". */
static char *
describe_display (VtShareDialog *self, guint id)
{
  g_autoptr (GPtrArray) shares = vt_guest_get_shares (self->guest);

  for (guint i = 0; has_several_heads (self) && i < shares->len; i++)
    {
      const VtShare *share = shares->pdata[i];

      if (share->id == id)
        return g_strdup_printf (_ ("Display %u. "), share->head);
    }
  return g_strdup ("");
}

static void
show_viewer (VtShareDialog *self, const VtViewer *viewer)
{
  GtkWidget *row = g_hash_table_lookup (self->viewers, GUINT_TO_POINTER (viewer->number));
  g_autofree char *what = describe_viewer (viewer);
  g_autofree char *display = describe_display (self, viewer->share);
  g_autofree char *text = g_strconcat (display, what, NULL);
  GtkWidget *allow;

  if (!row)
    {
      g_autofree char *let_in = g_strdup_printf (_ ("Let %s in"), viewer->address);
      g_autofree char *cut_off = g_strdup_printf (_ ("Disconnect %s"), viewer->address);

      row =
          new_row (self->viewers_group, self->viewers, viewer->number, GTK_ORIENTATION_HORIZONTAL);
      allow = add_verb (self, row, _ ("Let In"), let_in, VT_SHARE_VERB_ALLOW, viewer->number);
      g_object_set_data (G_OBJECT (row), "vt-allow", allow);
      add_verb (self, row, _ ("Disconnect"), cut_off, VT_SHARE_VERB_DISCONNECT, viewer->number);
    }
  allow = g_object_get_data (G_OBJECT (row), "vt-allow");
  gtk_widget_set_visible (allow, viewer->state == VT_VIEWER_ASKS);
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

static void
refresh (VtShareDialog *self)
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

static void
on_state (VtShareDialog *self)
{
  VtGuestState state = vt_guest_get_state (self->guest);

  gtk_widget_set_sensitive (GTK_WIDGET (self->share_button),
                            state == VT_GUEST_RUNNING || state == VT_GUEST_PAUSED);
}

static void
propose_password (VtShareDialog *self)
{
  g_autofree char *password = share_options_make_password ();

  gtk_entry_set_text (self->password_entry, password);
}

/* The row was made when the vmm told of the share, before its answer came. */
static void
remember_password (VtShareDialog *self, guint id)
{
  GtkWidget *row = g_hash_table_lookup (self->shares, GUINT_TO_POINTER (id));

  g_hash_table_insert (self->passwords, GUINT_TO_POINTER (id),
                       g_strdup (gtk_entry_get_text (self->password_entry)));
  if (row)
    add_copy (self, row, id);
}

static void
on_shared (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (VtShareDialog) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (VtShare) share = vt_guest_share_finish (VT_GUEST (source), result, &error);

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  gtk_widget_set_sensitive (GTK_WIDGET (self->form_group), TRUE);
  on_state (self);
  if (!share)
    {
      vt_message_bar_show (self->messages, GTK_MESSAGE_ERROR, error->message);
      return;
    }
  vt_message_bar_hide (self->messages);
  remember_password (self, share->id);
  propose_password (self);
  refresh (self);
}

static void
on_share (VtShareDialog *self)
{
  const char *expire = gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->expire_combo));
  const VtShareOptions options = {
    .protocol = gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->protocol_combo)),
    .address = gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->address_combo)),
    .port = gtk_spin_button_get_value_as_int (self->port_spin),
    .password = gtk_entry_get_text (self->password_entry),
    .head = gtk_combo_box_get_active (GTK_COMBO_BOX (self->head_combo)) + 1,
    .view_only = gtk_switch_get_active (self->view_only_switch),
    .ask = gtk_switch_get_active (self->ask_switch),
    .expire_s = g_ascii_strtoull (expire, NULL, 10),
  };

  gtk_widget_set_sensitive (GTK_WIDGET (self->share_button), FALSE);
  gtk_widget_set_sensitive (GTK_WIDGET (self->form_group), FALSE); /* it holds the password */
  vt_guest_share_async (self->guest, &options, self->cancellable, on_shared, g_object_ref (self));
}

static void
on_protocol (VtShareDialog *self)
{
  guint index = gtk_combo_box_get_active (GTK_COMBO_BOX (self->protocol_combo));

  hdy_action_row_set_subtitle (self->protocol_row, _ (protocol_texts[index].viewers));
  atk_object_set_description (gtk_widget_get_accessible (GTK_WIDGET (self->protocol_combo)),
                              _ (protocol_texts[index].viewers));
}

static void
offer_heads (VtShareDialog *self)
{
  const GuestDefinition *definition = vt_guest_get_definition (self->guest);

  for (guint i = 1; i <= (definition ? definition->heads : 1); i++)
    {
      /* Translators: the number of one of the guest's displays. */
      g_autofree char *text = g_strdup_printf (_ ("Display %u"), i);

      gtk_combo_box_text_append (self->head_combo, NULL, text);
    }
  gtk_combo_box_set_active (GTK_COMBO_BOX (self->head_combo), 0);
  gtk_widget_set_visible (GTK_WIDGET (self->head_row), has_several_heads (self));
}

static void
offer_protocols (VtShareDialog *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (protocol_texts); i++)
    gtk_combo_box_text_append (self->protocol_combo, protocol_texts[i].word,
                               _ (protocol_texts[i].name));
  g_signal_connect_swapped (self->protocol_combo, "changed", G_CALLBACK (on_protocol), self);
  gtk_combo_box_set_active (GTK_COMBO_BOX (self->protocol_combo), 0);
}

static void
on_copy (VtShareDialog *self)
{
  copy_text (self, gtk_entry_get_text (self->password_entry));
}

static gboolean
vt_share_dialog_key_press_event (GtkWidget *widget, GdkEventKey *event)
{
  if (GTK_WIDGET_CLASS (vt_share_dialog_parent_class)->key_press_event (widget, event))
    return GDK_EVENT_STOP;
  if (event->keyval != GDK_KEY_Escape)
    return GDK_EVENT_PROPAGATE;
  gtk_window_close (GTK_WINDOW (widget));
  return GDK_EVENT_STOP;
}

VtShareDialog *
vt_share_dialog_new (GtkWindow *parent, VtGuest *guest)
{
  VtShareDialog *self = g_object_new (VT_TYPE_SHARE_DIALOG, "transient-for", parent,
                                      "destroy-with-parent", TRUE, NULL);
  /* Translators: %s is a guest's name. */
  g_autofree char *title =
      g_strdup_printf (_ ("Share the console of %s"), vt_guest_get_name (guest));

  self->guest = g_object_ref (guest);
  offer_heads (self);
  gtk_window_set_title (GTK_WINDOW (self), title);
  hdy_header_bar_set_title (self->header, title);
  g_signal_connect_object (guest, "sharing-changed", G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (guest, "notify::state", G_CALLBACK (on_state), self, G_CONNECT_SWAPPED);
  on_state (self);
  refresh (self);
  return self;
}

static void
vt_share_dialog_dispose (GObject *object)
{
  VtShareDialog *self = VT_SHARE_DIALOG (object);

  g_cancellable_cancel (self->cancellable);
  if (self->guest)
    g_signal_handlers_disconnect_by_data (self->guest, self);
  g_clear_object (&self->chooser);
  g_clear_object (&self->guest);
  G_OBJECT_CLASS (vt_share_dialog_parent_class)->dispose (object);
}

static void
vt_share_dialog_finalize (GObject *object)
{
  VtShareDialog *self = VT_SHARE_DIALOG (object);

  g_clear_object (&self->cancellable);
  g_hash_table_unref (self->shares);
  g_hash_table_unref (self->viewers);
  g_hash_table_unref (self->passwords);
  G_OBJECT_CLASS (vt_share_dialog_parent_class)->finalize (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, VtShareDialog, name)

static void
vt_share_dialog_class_init (VtShareDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = vt_share_dialog_dispose;
  G_OBJECT_CLASS (klass)->finalize = vt_share_dialog_finalize;
  widget_class->key_press_event = vt_share_dialog_key_press_event;
  g_type_ensure (VT_TYPE_MESSAGE_BAR);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/vitrine/Vitrine/vt-share-dialog.ui");
  BIND (header);
  BIND (share_button);
  BIND (messages);
  BIND (shares_group);
  BIND (viewers_group);
  BIND (form_group);
  BIND (protocol_row);
  BIND (protocol_combo);
  BIND (head_row);
  BIND (head_combo);
  BIND (address_combo);
  BIND (port_spin);
  BIND (password_entry);
  BIND (copy_button);
  BIND (view_only_switch);
  BIND (ask_switch);
  BIND (expire_combo);
}

/* Rows show what an editor is for; a screen reader must hear it, too. */
static void
name_editor (GtkWidget *editor, const char *name)
{
  atk_object_set_name (gtk_widget_get_accessible (editor), name);
}

static void
vt_share_dialog_init (VtShareDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->cancellable = g_cancellable_new ();
  self->shares = g_hash_table_new (NULL, NULL);
  self->viewers = g_hash_table_new (NULL, NULL);
  self->passwords = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  name_editor (GTK_WIDGET (self->protocol_combo), _ ("Protocol"));
  name_editor (GTK_WIDGET (self->head_combo), _ ("Display"));
  name_editor (GTK_WIDGET (self->address_combo), _ ("Who can reach it"));
  name_editor (GTK_WIDGET (self->port_spin), _ ("Port"));
  name_editor (GTK_WIDGET (self->password_entry), _ ("Password"));
  name_editor (GTK_WIDGET (self->copy_button), _ ("Copy the password"));
  name_editor (GTK_WIDGET (self->view_only_switch), _ ("Look only"));
  name_editor (GTK_WIDGET (self->ask_switch), _ ("Ask me for each viewer"));
  name_editor (GTK_WIDGET (self->expire_combo), _ ("Ends after"));
  row_names_bind_all (GTK_CONTAINER (self->form_group));
  offer_protocols (self);
  propose_password (self);
  gtk_widget_grab_default (GTK_WIDGET (self->share_button));
  g_signal_connect_swapped (self->share_button, "clicked", G_CALLBACK (on_share), self);
  g_signal_connect_swapped (self->copy_button, "clicked", G_CALLBACK (on_copy), self);
}
