/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A further display's window. Runs in `vitrine`; the guest does not need it.
 */
#include "config.h"

#include "vt-head-window.h"

#include "help-overlay.h"
#include "vt-clipboard-bar.h"
#include "vt-console.h"
#include "vt-display-link.h"
#include "vt-message-bar.h"
#include "vt-text.h"

#include <glib/gi18n.h>

#define DEFAULT_WIDTH 1024
#define DEFAULT_HEIGHT 768

struct _VtHeadWindow
{
  HdyApplicationWindow parent_instance;

  /* template */
  HdyFlap *flap;
  HdyHeaderBar *header;
  GtkButton *fullscreen_button;
  GtkImage *fullscreen_icon;
  GtkMenuButton *clipboard_button;
  VtMessageBar *messages;
  VtClipboardBar *question;
  GtkStack *stack;
  VtConsole *console;

  /* owned */
  VtGuest *guest;
  VtDisplayLink *link;
  VtClipboard *clipboard;

  char *lost; /* why its display cannot be reached */

  guint head;
  gboolean fullscreen;
};

G_DEFINE_FINAL_TYPE (VtHeadWindow, vt_head_window, HDY_TYPE_APPLICATION_WINDOW)

static gboolean
is_lit (VtHeadWindow *self)
{
  VtGlassClient *client = vt_console_get_client (self->console);

  return client && (vt_glass_client_get_lit (client) >> self->head & 1) != 0;
}

/* Where keys go now, else whether the guest drives this display. */
static const char *
get_subtitle (VtHeadWindow *self)
{
  if (self->lost)
    return self->lost;
  if (vt_console_get_grabbed (self->console))
    return _ ("Keyboard is grabbed: press Ctrl+Alt to release");
  if (!is_lit (self))
    return _ ("Off");
  return gtk_widget_has_focus (GTK_WIDGET (self->console))
             ? _ ("Keys go to the guest: press Ctrl+Alt to leave")
             : vt_text_state (vt_guest_get_state (self->guest));
}

static void
refresh (VtHeadWindow *self)
{
  /* Translators: a guest's name and the number of one of its displays. */
  g_autofree char *title =
      g_strdup_printf (_ ("%s: Display %u"), vt_guest_get_name (self->guest), self->head + 1);
  gboolean was_lit = g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), "screen") == 0;

  gtk_window_set_title (GTK_WINDOW (self), title);
  hdy_header_bar_set_title (self->header, title);
  hdy_header_bar_set_subtitle (self->header, get_subtitle (self));
  vt_console_set_guest_name (self->console, title);
  vt_clipboard_bar_set_guest_name (self->question, vt_guest_get_name (self->guest));
  if (was_lit == is_lit (self))
    return;
  gtk_stack_set_visible_child_name (self->stack, is_lit (self) ? "screen" : "off");
  if (is_lit (self))
    gtk_widget_grab_focus (GTK_WIDGET (self->console));
}

/* The console asks for its own size once it is shown; until then it is the page in its place that
 * has the size that a monitor is to be plugged in with. */
static void
ask_for_size (VtHeadWindow *self)
{
  VtGlassClient *client = vt_console_get_client (self->console);
  GtkWidget *stack = GTK_WIDGET (self->stack);
  int factor = gtk_widget_get_scale_factor (stack);

  if (client && !is_lit (self) && gtk_widget_get_allocated_width (stack) > 1)
    vt_glass_client_resize (client, gtk_widget_get_allocated_width (stack) * factor,
                            gtk_widget_get_allocated_height (stack) * factor, 0, 0);
}

static void
on_client (VtHeadWindow *self)
{
  VtGlassClient *client = vt_display_link_get_client (self->link);

  g_clear_pointer (&self->lost, g_free);
  if (client)
    g_signal_connect_object (client, "heads", G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
  vt_console_set_client (self->console, client);
  vt_console_set_follow (self->console, TRUE);
  ask_for_size (self);
  refresh (self);
}

static void
on_lost (VtHeadWindow *self, const char *reason)
{
  g_free (self->lost);
  self->lost = g_strdup (reason);
  refresh (self);
}

static void
on_state (VtHeadWindow *self)
{
  VtGuestState state = vt_guest_get_state (self->guest);

  if (vt_text_is_live (state))
    refresh (self);
  else if (state != VT_GUEST_STARTING)
    gtk_widget_destroy (GTK_WIDGET (self));
}

/* --- Actions and keys --- */

static void
toggle_fullscreen (VtHeadWindow *self)
{
  if (self->fullscreen)
    gtk_window_unfullscreen (GTK_WINDOW (self));
  else
    gtk_window_fullscreen (GTK_WINDOW (self));
}

static void
on_fullscreen (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  toggle_fullscreen (VT_HEAD_WINDOW (data));
}

static void
on_grab (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  VtConsole *console = VT_HEAD_WINDOW (data)->console;

  vt_console_set_grabbed (console, !vt_console_get_grabbed (console));
}

static void
on_close (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  gtk_window_close (GTK_WINDOW (data));
}

static const GActionEntry entries[] = {
  { "fullscreen", on_fullscreen },
  { "grab", on_grab },
  { "close", on_close },
};

static void
on_leave (VtHeadWindow *self)
{
  hdy_flap_set_reveal_flap (self->flap, TRUE);
  if (!vt_clipboard_bar_focus (self->question))
    gtk_widget_grab_focus (GTK_WIDGET (self->fullscreen_button));
}

/* --- Clipboard --- */

/* That something may pass is never hidden. */
static void
on_clipboard (VtHeadWindow *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self->clipboard_button),
                          vt_clipboard_get_policy (self->clipboard) != CLIPBOARD_POLICY_OFF);
}

static void
on_message (VtHeadWindow *self, const char *text)
{
  vt_message_bar_show (self->messages, GTK_MESSAGE_WARNING, text);
}

static void
on_answered (VtHeadWindow *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->console));
}

static void
join_clipboard (VtHeadWindow *self, GtkApplicationWindow *owner, VtClipboard *clipboard)
{
  self->clipboard = g_object_ref (clipboard);
  vt_clipboard_add_console (clipboard, self->console);
  vt_clipboard_bar_set_clipboard (self->question, clipboard);
  g_signal_connect_object (clipboard, "changed", G_CALLBACK (on_clipboard), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (clipboard, "message", G_CALLBACK (on_message), self, G_CONNECT_SWAPPED);
  /* Menu and shortcuts change it from here as from there. */
  g_action_map_add_action (
      G_ACTION_MAP (self), g_action_map_lookup_action (G_ACTION_MAP (owner), "clipboard-policy"));
  on_clipboard (self);
}

/* --- Focus and keys --- */

static void
on_focus (VtHeadWindow *self)
{
  if (self->fullscreen && gtk_widget_has_focus (GTK_WIDGET (self->console)))
    hdy_flap_set_reveal_flap (self->flap, FALSE);
  /* Whoever comes back to it wants to see it. */
  if (self->lost && gtk_widget_has_focus (GTK_WIDGET (self->console)))
    vt_display_link_retry (self->link);
  refresh (self);
}

/* As in the main window: in full screen the header comes when the pointer touches the top edge. */
static gboolean
on_motion (VtHeadWindow *self, GdkEventMotion *event)
{
  if (self->fullscreen && !vt_console_get_grabbed (self->console))
    hdy_flap_set_reveal_flap (self->flap,
                              event->y < 1 || !gtk_widget_has_focus (GTK_WIDGET (self->console)));
  return GDK_EVENT_PROPAGATE;
}

static gboolean
vt_head_window_key_press_event (GtkWidget *widget, GdkEventKey *event)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (widget));

  /* The guest's keys come before shortcuts. */
  if (focus && VT_IS_CONSOLE (focus) && gtk_window_propagate_key_event (GTK_WINDOW (widget), event))
    return GDK_EVENT_STOP;
  return GTK_WIDGET_CLASS (vt_head_window_parent_class)->key_press_event (widget, event);
}

static gboolean
vt_head_window_window_state_event (GtkWidget *widget, GdkEventWindowState *event)
{
  VtHeadWindow *self = VT_HEAD_WINDOW (widget);
  gboolean fullscreen = !!(event->new_window_state & GDK_WINDOW_STATE_FULLSCREEN);

  if (self->fullscreen != fullscreen)
    {
      self->fullscreen = fullscreen;
      hdy_flap_set_fold_policy (self->flap, fullscreen ? HDY_FLAP_FOLD_POLICY_ALWAYS
                                                       : HDY_FLAP_FOLD_POLICY_NEVER);
      hdy_flap_set_reveal_flap (self->flap, !fullscreen);
      hdy_header_bar_set_show_close_button (self->header, !fullscreen);
      gtk_image_set_from_icon_name (
          self->fullscreen_icon, fullscreen ? "view-restore-symbolic" : "view-fullscreen-symbolic",
          GTK_ICON_SIZE_BUTTON);
    }
  return GTK_WIDGET_CLASS (vt_head_window_parent_class)->window_state_event (widget, event);
}

/* The user is done with it: to the guest, the monitor is unplugged. */
static gboolean
vt_head_window_delete_event (GtkWidget *widget, GdkEventAny *event)
{
  VtHeadWindow *self = VT_HEAD_WINDOW (widget);
  VtGlassClient *client = vt_console_get_client (self->console);

  if (client)
    vt_glass_client_head_off (client);
  return GDK_EVENT_PROPAGATE;
}

/* --- Life --- */

VtHeadWindow *
vt_head_window_new (GtkApplicationWindow *owner, VtGuest *guest, guint head, VtClipboard *clipboard)
{
  VtHeadWindow *self = g_object_new (VT_TYPE_HEAD_WINDOW, "application",
                                     gtk_window_get_application (GTK_WINDOW (owner)), NULL);

  self->guest = g_object_ref (guest);
  self->head = head;
  join_clipboard (self, owner, clipboard);
  g_signal_connect_object (guest, "notify::state", G_CALLBACK (on_state), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (guest, "notify::name", G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
  self->link = vt_display_link_new (guest, head);
  g_signal_connect_object (self->link, "client", G_CALLBACK (on_client), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->link, "lost", G_CALLBACK (on_lost), self, G_CONNECT_SWAPPED);
  refresh (self);
  vt_display_link_set_wanted (self->link, TRUE);
  return self;
}

gboolean
vt_head_window_is_of (VtHeadWindow *self, VtGuest *guest, guint head)
{
  return self->guest == guest && self->head == head;
}

static void
vt_head_window_dispose (GObject *object)
{
  VtHeadWindow *self = VT_HEAD_WINDOW (object);

  if (self->link)
    g_signal_handlers_disconnect_by_data (self->link, self);
  g_clear_object (&self->link);
  if (self->guest)
    g_signal_handlers_disconnect_by_data (self->guest, self);
  g_clear_object (&self->guest);
  if (self->clipboard)
    g_signal_handlers_disconnect_by_data (self->clipboard, self);
  g_clear_object (&self->clipboard);
  g_clear_pointer (&self->lost, g_free);
  G_OBJECT_CLASS (vt_head_window_parent_class)->dispose (object);
}

static void
vt_head_window_class_init (VtHeadWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = vt_head_window_dispose;
  widget_class->key_press_event = vt_head_window_key_press_event;
  widget_class->window_state_event = vt_head_window_window_state_event;
  widget_class->delete_event = vt_head_window_delete_event;
  g_type_ensure (VT_TYPE_CONSOLE);
  g_type_ensure (VT_TYPE_CLIPBOARD_BAR);
  g_type_ensure (VT_TYPE_MESSAGE_BAR);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/vitrine/Vitrine/vt-head-window.ui");
  gtk_widget_class_bind_template_child (widget_class, VtHeadWindow, flap);
  gtk_widget_class_bind_template_child (widget_class, VtHeadWindow, header);
  gtk_widget_class_bind_template_child (widget_class, VtHeadWindow, fullscreen_button);
  gtk_widget_class_bind_template_child (widget_class, VtHeadWindow, fullscreen_icon);
  gtk_widget_class_bind_template_child (widget_class, VtHeadWindow, clipboard_button);
  gtk_widget_class_bind_template_child (widget_class, VtHeadWindow, messages);
  gtk_widget_class_bind_template_child (widget_class, VtHeadWindow, question);
  gtk_widget_class_bind_template_child (widget_class, VtHeadWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, VtHeadWindow, console);
}

static void
vt_head_window_init (VtHeadWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_window_set_default_size (GTK_WINDOW (self), DEFAULT_WIDTH, DEFAULT_HEIGHT);
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  help_overlay_add (GTK_APPLICATION_WINDOW (self));
  g_signal_connect_object (self->question, "answered", G_CALLBACK (on_answered), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->console, "leave", G_CALLBACK (on_leave), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->console, "fullscreen", G_CALLBACK (toggle_fullscreen), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->console, "notify::grabbed", G_CALLBACK (refresh), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->console, "notify::has-focus", G_CALLBACK (on_focus), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->console, "motion-notify-event", G_CALLBACK (on_motion), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->stack, "size-allocate", G_CALLBACK (ask_for_size), self,
                           G_CONNECT_SWAPPED | G_CONNECT_AFTER);
}
