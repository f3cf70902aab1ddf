/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A guest's page. Runs in `vitrine`; the guest does not need it: leaving or closing it changes
 * nothing for the guest.
 */
#include "config.h"

#include "vt-console-page.h"

#include "network-switch.h"
#include "vt-badge-label.h"
#include "vt-clipboard-bar.h"
#include "vt-display-link.h"
#include "vt-guest-news.h"
#include "vt-guest-status.h"
#include "vt-text.h"
#include "vt-thumbnail.h"
#include "vt-typing-bar.h"

#include <glib/gi18n.h>
#include <handy.h>

struct _VtConsolePage
{
  GtkBin parent_instance;

  /* template */
  HdyFlap *flap;
  HdyHeaderBar *header;
  GtkLabel *title_label;
  GtkLabel *subtitle_label;
  GtkButton *badge_button;
  VtBadgeLabel *badge;
  GtkButton *shared_button;
  GtkLabel *shared_label;
  GtkMenuButton *menu_button;
  GtkMenuButton *keys_button;
  VtSoundControls *sound;
  GtkMenuButton *displays_button;
  GtkMenuButton *network_button;
  GtkImage *network_icon;
  GtkImage *fullscreen_icon;
  GtkMenuButton *clipboard_button;
  VtMessageBar *messages;
  VtClipboardBar *question;
  VtTypingBar *typing;
  GtkStack *stack;
  VtConsole *console;
  VtGuestStatus *status;
  GtkRevealer *grab_revealer;
  GtkLabel *grab_label;

  /* owned */
  VtGuest *guest;
  VtDisplayLink *link;
  VtClipboard *clipboard;
  VtGuestNews *news;      /* in the message bar, and on the button of sharing */
  GCancellable *starting; /* a start that this page asked for */
  char *step;             /* what that start is doing */
  char *start_error;
  char *ended; /* why the guest ended while we watched */
  char *lost;  /* why its display cannot be reached */

  gboolean short_of_memory; /* start_error can be overruled */
  gboolean fullscreen;
};

G_DEFINE_FINAL_TYPE (VtConsolePage, vt_console_page, GTK_TYPE_BIN)

enum
{
  HEADS,
  PROBLEM,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* The screen of a guest that has one, else what there is to say. */
static void
show_state (VtConsolePage *self, VtGuestState state)
{
  const char *child = "status";

  if (self->starting || state == VT_GUEST_STARTING)
    vt_guest_status_show_starting (self->status, self->guest, self->step, self->starting != NULL);
  else if (vt_text_is_live (state) && self->lost)
    vt_guest_status_show_lost (self->status, self->lost);
  else if (vt_text_is_live (state))
    child = "screen";
  else if (state == VT_GUEST_FAILED || state == VT_GUEST_BROKEN)
    vt_guest_status_show_bad (self->status, self->guest);
  else if (self->start_error)
    vt_guest_status_show_start_error (self->status, self->guest, self->start_error,
                                      self->short_of_memory);
  else
    vt_guest_status_show_stopped (self->status, self->guest, self->ended);
  if (g_str_equal (child, "screen"))
    vt_guest_status_rest (self->status);
  gtk_stack_set_visible_child_name (self->stack, child);
}

/* The line under the guest's name: where keys go now, else how the guest is. */
static void
refresh_subtitle (VtConsolePage *self)
{
  GtkStyleContext *context = gtk_widget_get_style_context (GTK_WIDGET (self->header));
  VtGlassClient *client = vt_console_get_client (self->console);
  gboolean grabbed = vt_console_get_grabbed (self->console);
  gboolean pointer = client && !vt_glass_client_is_absolute (client);
  const char *text;

  if (!self->guest)
    return;
  if (grabbed)
    text = pointer ? _ ("Keyboard and pointer are grabbed: press Ctrl+Alt to release")
                   : _ ("Keyboard is grabbed: press Ctrl+Alt to release");
  else if (gtk_widget_has_focus (GTK_WIDGET (self->console)) && client &&
           vt_guest_get_state (self->guest) == VT_GUEST_RUNNING)
    text = _ ("Keys go to the guest: press Ctrl+Alt to leave");
  else
    text = vt_text_state (vt_guest_get_state (self->guest));
  gtk_label_set_text (self->subtitle_label, text);
  gtk_label_set_text (self->grab_label, text);
  gtk_revealer_set_reveal_child (self->grab_revealer, grabbed && self->fullscreen);
  if (grabbed)
    gtk_style_context_add_class (context, "grabbed");
  else
    gtk_style_context_remove_class (context, "grabbed");
}

static void
refresh_badge (VtConsolePage *self)
{
  VtBadge badge = vt_guest_get_badge (self->guest);
  const char *text = vt_text_badge (badge, vt_guest_get_accelerator (self->guest));
  AtkObject *accessible = gtk_widget_get_accessible (GTK_WIDGET (self->badge_button));

  gtk_widget_set_visible (GTK_WIDGET (self->badge_button), badge != VT_BADGE_UNKNOWN);
  atk_object_set_name (accessible, text);
  atk_object_set_description (accessible, vt_guest_get_badge_reason (self->guest));
}

static gboolean
has_several_heads (VtConsolePage *self)
{
  const GuestDefinition *definition = vt_guest_get_definition (self->guest);

  return definition && definition->heads > 1;
}

static void
refresh (VtConsolePage *self)
{
  VtGuestState state;
  gboolean was_screen, is_screen;

  if (!self->guest)
    return;
  state = vt_guest_get_state (self->guest);
  was_screen = g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), "screen") == 0;
  /* A start that failed is on its way through "stopping". */
  if (state == VT_GUEST_RUNNING || state == VT_GUEST_PAUSED)
    {
      g_clear_pointer (&self->ended, g_free);
      g_clear_pointer (&self->start_error, g_free);
    }
  gtk_label_set_text (self->title_label, vt_guest_get_name (self->guest));
  vt_console_set_guest_name (self->console, vt_guest_get_name (self->guest));
  vt_clipboard_bar_set_guest_name (self->question, vt_guest_get_name (self->guest));
  refresh_badge (self);
  gtk_widget_set_sensitive (GTK_WIDGET (self->keys_button), vt_text_is_live (state));
  gtk_widget_set_sensitive (GTK_WIDGET (self->displays_button), vt_text_is_live (state));
  gtk_widget_set_visible (GTK_WIDGET (self->displays_button), has_several_heads (self));
  show_state (self, state);
  refresh_subtitle (self);
  is_screen = g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), "screen") == 0;
  if (was_screen != is_screen && gtk_widget_get_mapped (GTK_WIDGET (self)))
    vt_console_page_focus (self);
}

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
  refresh (self);
}

static void
on_lost (VtConsolePage *self, const char *reason)
{
  g_free (self->lost);
  self->lost = g_strdup (reason);
  refresh (self);
}

static void
on_ended (VtConsolePage *self, const char *reason)
{
  g_free (self->ended);
  self->ended = g_strdup (reason);
  refresh (self);
}

static void
on_step (VtConsolePage *self, const char *step)
{
  g_free (self->step);
  self->step = g_strdup (step);
  refresh (self);
}

static void
refresh_network (VtConsolePage *self)
{
  network_switch_show (self->network_button, self->network_icon, self->guest);
}

static void
connect_guest (VtConsolePage *self)
{
  static const char *const notifies[] = { "notify::state",        "notify::state-reason",
                                          "notify::name",         "notify::badge",
                                          "notify::badge-reason", "notify::accelerator" };

  for (gsize i = 0; i < G_N_ELEMENTS (notifies); i++)
    g_signal_connect_object (self->guest, notifies[i], G_CALLBACK (refresh), self,
                             G_CONNECT_SWAPPED);
  g_signal_connect_object (self->guest, "notify::network-policy", G_CALLBACK (refresh_network),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->guest, "notify::state", G_CALLBACK (refresh_network), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->guest, "ended", G_CALLBACK (on_ended), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->guest, "start-step", G_CALLBACK (on_step), self,
                           G_CONNECT_SWAPPED);
  self->link = vt_display_link_new (self->guest, 0);
  g_signal_connect_object (self->link, "client", G_CALLBACK (on_client), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->link, "lost", G_CALLBACK (on_lost), self, G_CONNECT_SWAPPED);
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
  g_clear_object (&self->starting); /* goes on; its end is reported by "problem" */
  g_clear_pointer (&self->step, g_free);
  g_clear_pointer (&self->start_error, g_free);
  g_clear_pointer (&self->ended, g_free);
  g_clear_pointer (&self->lost, g_free);
  g_set_object (&self->guest, guest);
  vt_guest_news_set_guest (self->news, guest);
  vt_badge_label_set_guest (self->badge, guest);
  if (!guest)
    return;
  connect_guest (self);
  refresh (self);
  refresh_network (self);
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

static void
on_started (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (VtConsolePage) self = data;
  VtGuest *guest = VT_GUEST (source);
  g_autoptr (GError) error = NULL;
  gboolean started = vt_guest_start_finish (guest, result, &error);

  if (guest != self->guest)
    {
      g_autofree char *text = NULL;

      if (started || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
      text = g_strdup_printf (_ ("%s could not be started: %s"), vt_guest_get_name (guest),
                              error->message);
      g_signal_emit (self, signals[PROBLEM], 0, text);
      return;
    }
  g_clear_object (&self->starting);
  g_clear_pointer (&self->step, g_free);
  if (!started && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      self->start_error = g_strdup (error->message);
      self->short_of_memory = g_error_matches (error, VT_GUEST_ERROR, VT_GUEST_ERROR_MEMORY);
    }
  refresh (self);
  vt_console_page_focus (self);
}

void
vt_console_page_start (VtConsolePage *self, gboolean force)
{
  if (!self->guest || self->starting)
    return;
  g_clear_pointer (&self->start_error, g_free);
  g_clear_pointer (&self->ended, g_free);
  self->starting = g_cancellable_new ();
  vt_guest_start_async (self->guest, NULL, force, self->starting, on_started, g_object_ref (self));
  refresh (self);
}

void
vt_console_page_cancel_start (VtConsolePage *self)
{
  if (self->starting)
    g_cancellable_cancel (self->starting);
}

void
vt_console_page_set_fullscreen (VtConsolePage *self, gboolean fullscreen)
{
  self->fullscreen = fullscreen;
  hdy_flap_set_fold_policy (self->flap,
                            fullscreen ? HDY_FLAP_FOLD_POLICY_ALWAYS : HDY_FLAP_FOLD_POLICY_NEVER);
  hdy_flap_set_reveal_flap (self->flap, !fullscreen);
  hdy_header_bar_set_show_close_button (self->header, !fullscreen);
  gtk_image_set_from_icon_name (self->fullscreen_icon,
                                fullscreen ? "view-restore-symbolic" : "view-fullscreen-symbolic",
                                GTK_ICON_SIZE_BUTTON);
  refresh_subtitle (self);
}

void
vt_console_page_focus (VtConsolePage *self)
{
  if (g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), "screen") == 0)
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

void
vt_console_page_popup_menu (VtConsolePage *self)
{
  hdy_flap_set_reveal_flap (self->flap, TRUE);
  gtk_button_clicked (GTK_BUTTON (self->menu_button));
}

static void
on_leave (VtConsolePage *self)
{
  hdy_flap_set_reveal_flap (self->flap, TRUE);
  if (!vt_clipboard_bar_focus (self->question))
    gtk_widget_grab_focus (GTK_WIDGET (self->menu_button));
}

/* That something may pass is never hidden. */
static void
on_clipboard_policy (VtConsolePage *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self->clipboard_button),
                          vt_clipboard_get_policy (self->clipboard) != CLIPBOARD_POLICY_OFF);
}

static void
on_clipboard_message (VtConsolePage *self, const char *text)
{
  vt_message_bar_show (self->messages, GTK_MESSAGE_WARNING, text);
}

static void
on_fullscreen_key (VtConsolePage *self)
{
  GActionGroup *group =
      gtk_widget_get_action_group (gtk_widget_get_toplevel (GTK_WIDGET (self)), "win");

  if (group)
    g_action_group_activate_action (group, "fullscreen", NULL);
}

/* In full screen the header comes when the pointer touches the top edge, and goes when the guest
 * has the focus again and the pointer is away from it. */
static gboolean
on_motion (VtConsolePage *self, GdkEventMotion *event)
{
  if (!self->fullscreen)
    return GDK_EVENT_PROPAGATE;
  if (event->y < 1 && !vt_console_get_grabbed (self->console))
    hdy_flap_set_reveal_flap (self->flap, TRUE);
  else if (event->y > 1 && gtk_widget_has_focus (GTK_WIDGET (self->console)))
    hdy_flap_set_reveal_flap (self->flap, FALSE);
  return GDK_EVENT_PROPAGATE;
}

static void
on_console_focus (VtConsolePage *self)
{
  if (self->fullscreen && gtk_widget_has_focus (GTK_WIDGET (self->console)))
    hdy_flap_set_reveal_flap (self->flap, FALSE);
  refresh_subtitle (self);
}

static void
on_retry (VtConsolePage *self)
{
  g_clear_pointer (&self->lost, g_free);
  vt_display_link_retry (self->link);
  refresh (self);
}

static void
on_start_clicked (VtConsolePage *self)
{
  vt_console_page_start (self, FALSE);
}

static void
on_force_clicked (VtConsolePage *self)
{
  vt_console_page_start (self, TRUE);
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
  connect_to (self, self->clipboard, "changed", G_CALLBACK (on_clipboard_policy));
  connect_to (self, self->typing, "ended", G_CALLBACK (vt_console_page_focus));
  connect_to (self, self->typing, "message", G_CALLBACK (on_clipboard_message));
  connect_to (self, self->console, "leave", G_CALLBACK (on_leave));
  connect_to (self, self->console, "fullscreen", G_CALLBACK (on_fullscreen_key));
  connect_to (self, self->console, "notify::grabbed", G_CALLBACK (refresh_subtitle));
  connect_to (self, self->console, "notify::has-focus", G_CALLBACK (on_console_focus));
  connect_to (self, self->console, "motion-notify-event", G_CALLBACK (on_motion));
  connect_to (self, self->status, "start", G_CALLBACK (on_start_clicked));
  connect_to (self, self->status, "force-start", G_CALLBACK (on_force_clicked));
  connect_to (self, self->status, "retry", G_CALLBACK (on_retry));
  connect_to (self, self->status, "cancel", G_CALLBACK (vt_console_page_cancel_start));
}
