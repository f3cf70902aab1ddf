/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A guest's page: which guest it is of, its display, its clipboard and sound. Runs in `vitrine`;
 * the guest does not need it: leaving or closing it changes nothing for the guest.
 */
#include "config.h"

#include "vt-console-page-private.h"

#include "vt-thumbnail.h"

G_DEFINE_FINAL_TYPE (VtConsolePage, vt_console_page, GTK_TYPE_BIN)

enum
{
  HEADS,
  PROBLEM,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
on_closed (VtConsolePage *self, const char *reason, VtGlassClient *client)
{
  vt_thumbnail_keep (self->guest, client);
}

static void
on_heads (VtConsolePage *self)
{
  g_signal_emit (self, signals[HEADS], 0);
}

static void
on_client (VtConsolePage *self)
{
  VtGlassClient *client = vt_display_link_get_client (self->link);
  const GuestDefinition *definition = vt_guest_get_definition (self->guest);

  g_clear_pointer (&self->lost, g_free);
  if (client)
    {
      g_signal_connect_object (client, "closed", G_CALLBACK (on_closed), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (client, "heads", G_CALLBACK (on_heads), self, G_CONNECT_SWAPPED);
    }
  vt_console_set_client (self->console, client);
  vt_clipboard_set_client (self->clipboard, client);
  vt_typing_bar_set_client (self->typing, client);
  vt_sound_controls_set_client (self->sound, client);
  vt_console_set_follow (self->console, definition && definition->video == GUEST_VIDEO_VIRTIO);
  vt_console_page_refresh (self);
}

static void
on_clipboard_policy (VtConsolePage *self)
{
  vt_clipboard_set_policy (self->clipboard, vt_guest_get_clipboard (self->guest));
}

static void
connect_display (VtConsolePage *self)
{
  g_signal_connect_object (self->guest, "notify::clipboard", G_CALLBACK (on_clipboard_policy), self,
                           G_CONNECT_SWAPPED);
  on_clipboard_policy (self);
  self->link = vt_display_link_new (self->guest, 0);
  g_signal_connect_object (self->link, "client", G_CALLBACK (on_client), self, G_CONNECT_SWAPPED);
  vt_console_page_follow_state (self);
  vt_display_link_set_wanted (self->link, TRUE);
}

void
vt_console_page_set_guest (VtConsolePage *self, VtGuest *guest)
{
  if (self->guest == guest)
    return;
  if (self->guest)
    g_signal_handlers_disconnect_by_data (self->guest, self);
  vt_console_set_client (self->console, NULL);
  vt_clipboard_set_client (self->clipboard, NULL);
  vt_typing_bar_set_client (self->typing, NULL);
  vt_sound_controls_set_guest (self->sound, guest);
  g_clear_object (&self->link);
  vt_console_page_forget_state (self);
  g_set_object (&self->guest, guest);
  vt_guest_news_set_guest (self->news, guest);
  vt_badge_label_set_guest (self->badge, guest);
  if (!guest)
    return;
  connect_display (self);
  vt_console_page_refresh (self);
  vt_console_page_follow_header (self);
}

void
vt_console_page_emit_problem (VtConsolePage *self, const char *text)
{
  g_signal_emit (self, signals[PROBLEM], 0, text);
}

VtGuest *
vt_console_page_get_guest (VtConsolePage *self)
{
  return self->guest;
}

VtConsole *
vt_console_page_get_console (VtConsolePage *self)
{
  return self->console;
}

VtClipboard *
vt_console_page_get_clipboard (VtConsolePage *self)
{
  return self->clipboard;
}

VtSoundControls *
vt_console_page_get_sound (VtConsolePage *self)
{
  return self->sound;
}

VtMessageBar *
vt_console_page_get_messages (VtConsolePage *self)
{
  return self->messages;
}

void
vt_console_page_focus (VtConsolePage *self)
{
  if (vt_console_page_shows_screen (self))
    gtk_widget_grab_focus (GTK_WIDGET (self->console));
  else
    vt_guest_status_focus (self->status);
}

void
vt_console_page_type_clipboard (VtConsolePage *self)
{
  vt_message_bar_hide (self->messages);
  vt_typing_bar_begin (self->typing);
}

gboolean
vt_console_page_stop_typing (VtConsolePage *self)
{
  return vt_typing_bar_stop (self->typing);
}

static void
on_clipboard_message (VtConsolePage *self, const char *text)
{
  vt_message_bar_show (self->messages, GTK_MESSAGE_WARNING, text);
}

static void
vt_console_page_dispose (GObject *object)
{
  VtConsolePage *self = VT_CONSOLE_PAGE (object);

  if (self->console)
    vt_console_page_set_guest (self, NULL);
  g_clear_object (&self->clipboard);
  g_clear_object (&self->news);
  G_OBJECT_CLASS (vt_console_page_parent_class)->dispose (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, VtConsolePage, name)

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/vitrine/Vitrine/vt-console-page.ui");
  BIND (flap);
  BIND (header);
  BIND (title_label);
  BIND (subtitle_label);
  BIND (badge_button);
  BIND (badge);
  BIND (shared_button);
  BIND (shared_label);
  BIND (menu_button);
  BIND (keys_button);
  BIND (sound);
  BIND (displays_button);
  BIND (network_button);
  BIND (network_icon);
  BIND (fullscreen_icon);
  BIND (clipboard_button);
  BIND (messages);
  BIND (question);
  BIND (typing);
  BIND (stack);
  BIND (console);
  BIND (status);
  BIND (grab_revealer);
  BIND (grab_label);
}

static void
vt_console_page_class_init (VtConsolePageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = vt_console_page_dispose;
  g_type_ensure (VT_TYPE_CONSOLE);
  g_type_ensure (VT_TYPE_GUEST_STATUS);
  g_type_ensure (VT_TYPE_BADGE_LABEL);
  g_type_ensure (VT_TYPE_CLIPBOARD_BAR);
  g_type_ensure (VT_TYPE_MESSAGE_BAR);
  g_type_ensure (VT_TYPE_SOUND_CONTROLS);
  g_type_ensure (VT_TYPE_TYPING_BAR);
  bind_template (GTK_WIDGET_CLASS (klass));
  signals[HEADS] = g_signal_new ("heads", VT_TYPE_CONSOLE_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 0);
  signals[PROBLEM] = g_signal_new ("problem", VT_TYPE_CONSOLE_PAGE, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

/* A handler on `object` that gets the page first. */
static void
connect_to (VtConsolePage *self, gpointer object, const char *signal, GCallback callback)
{
  g_signal_connect_object (object, signal, callback, self, G_CONNECT_SWAPPED);
}

static void
vt_console_page_init (VtConsolePage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->clipboard = vt_clipboard_new ();
  self->news = vt_guest_news_new (self->messages, self->shared_button, self->shared_label);
  vt_clipboard_add_console (self->clipboard, self->console);
  vt_clipboard_bar_set_clipboard (self->question, self->clipboard);
  connect_to (self, self->question, "answered", G_CALLBACK (vt_console_page_focus));
  connect_to (self, self->clipboard, "message", G_CALLBACK (on_clipboard_message));
  connect_to (self, self->typing, "ended", G_CALLBACK (vt_console_page_focus));
  connect_to (self, self->typing, "message", G_CALLBACK (on_clipboard_message));
  vt_console_page_init_header (self);
  vt_console_page_init_state (self);
}
