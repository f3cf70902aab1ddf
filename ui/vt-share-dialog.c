/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The page of shared consoles. Runs in `vitrine`, which opens no network socket: the guest's vmm
 * listens, its display process serves.
 */
#include "config.h"

#include "vt-share-private.h"

#include "own-addresses.h"
#include "row-names.h"
#include "share-options.h"

#include <glib/gi18n.h>

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

gboolean
vt_share_dialog_has_several_heads (VtShareDialog *self)
{
  const GuestDefinition *definition = vt_guest_get_definition (self->guest);

  return definition && definition->heads > 1;
}

void
vt_share_dialog_copy_text (VtShareDialog *self, const char *text, const char *what)
{
  gtk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self), GDK_SELECTION_CLIPBOARD),
                          text, -1);
  vt_message_bar_show (self->messages, GTK_MESSAGE_INFO, what);
}

static void
on_state (VtShareDialog *self)
{
  VtGuestState state = vt_guest_get_state (self->guest);
  gboolean can_share = state == VT_GUEST_RUNNING || state == VT_GUEST_PAUSED;
  const char *why = _ ("The guest does not run, so its console cannot be shared.");

  gtk_widget_set_sensitive (GTK_WIDGET (self->share_button), can_share);
  if (can_share)
    vt_message_bar_withdraw (self->messages, why);
  else
    vt_message_bar_show (self->messages, GTK_MESSAGE_INFO, why);
}

static void
propose_password (VtShareDialog *self)
{
  g_autofree char *password = share_options_make_password ();

  gtk_entry_set_text (self->password_entry, password);
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
  vt_share_rows_offer_password (self, share);
  propose_password (self);
  vt_share_rows_refresh (self);
  /* What was made stands above the form. */
  gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (self->scroller), 0);
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
  gtk_widget_set_visible (GTK_WIDGET (self->head_row), vt_share_dialog_has_several_heads (self));
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

/* Between this computer alone and all of its networks. */
static void
offer_addresses (VtShareDialog *self)
{
  g_auto (GStrv) own = own_addresses_read ();

  for (guint i = 0; own[i]; i++)
    {
      /* Translators: %s is an IP address of this computer. */
      g_autofree char *text = g_strdup_printf (_ ("The network of %s"), own[i]);

      gtk_combo_box_text_insert (self->address_combo, i + 1, own[i], text);
    }
}

static void
on_copy (VtShareDialog *self)
{
  vt_share_dialog_copy_text (self, gtk_entry_get_text (self->password_entry),
                             _ ("The password is on the clipboard."));
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

/* For how much longer they last is told as time goes by. */
static gboolean
on_time (gpointer data)
{
  vt_share_rows_refresh (data);
  return G_SOURCE_CONTINUE;
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
  g_signal_connect_object (guest, "sharing-changed", G_CALLBACK (vt_share_rows_refresh), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (guest, "notify::state", G_CALLBACK (on_state), self, G_CONNECT_SWAPPED);
  on_state (self);
  vt_share_rows_refresh (self);
  self->clock = g_timeout_add_seconds (10, on_time, self);
  return self;
}

static void
vt_share_dialog_dispose (GObject *object)
{
  VtShareDialog *self = VT_SHARE_DIALOG (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->clock, g_source_remove);
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
  g_object_unref (self->button_widths);
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
  BIND (scroller);
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
  self->button_widths = gtk_size_group_new (GTK_SIZE_GROUP_HORIZONTAL);
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
  offer_addresses (self);
  propose_password (self);
  gtk_widget_grab_default (GTK_WIDGET (self->share_button));
  g_signal_connect_swapped (self->share_button, "clicked", G_CALLBACK (on_share), self);
  g_signal_connect_swapped (self->copy_button, "clicked", G_CALLBACK (on_copy), self);
}
