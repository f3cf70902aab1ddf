/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The input half of the console: keys by hardware code, the pointer in guest pixels, the grab.
 * Runs in `vitrine`. Keys that the desktop or a screen reader takes never arrive here unless the
 * user asked for a grab, and Ctrl+Alt always ends that.
 */
#include "config.h"

#include "vt-console-private.h"

#include "keymap.h"

/* How near the widget's edge a grabbed relative pointer may come before it is put back, in logical
 * pixels. */
#define WARP_MARGIN 40

static void
send_button (VtConsole *self, GlassButtonNumber button, gboolean down)
{
  guint bit = 1u << button;

  if (!self->client || !!(self->buttons & bit) == down)
    return;
  self->buttons = down ? self->buttons | bit : self->buttons & ~bit;
  vt_glass_client_button (self->client, button, down);
}

void
vt_console_input_release_all (VtConsole *self)
{
  guint qnum;

  while ((qnum = console_keys_take_held (&self->keys)) != 0)
    if (self->client)
      vt_glass_client_key (self->client, qnum, FALSE);
  for (guint i = 0; i <= GLASS_BUTTON_LAST; i++)
    send_button (self, i, FALSE);
  self->scroll = 0;
}

static gboolean
is_absolute (VtConsole *self)
{
  return self->client && vt_glass_client_is_absolute (self->client);
}

static GdkCursor *
make_cursor (VtConsole *self)
{
  GdkDisplay *display = gtk_widget_get_display (GTK_WIDGET (self));
  int hot_x, hot_y;
  cairo_surface_t *image;

  if (!self->client)
    return NULL;
  if (!is_absolute (self))
    return self->grabbed ? gdk_cursor_new_for_display (display, GDK_BLANK_CURSOR) : NULL;
  if (!vt_glass_client_get_cursor_visible (self->client))
    return gdk_cursor_new_for_display (display, GDK_BLANK_CURSOR);
  image = vt_glass_client_get_cursor (self->client, &hot_x, &hot_y);
  return image ? gdk_cursor_new_from_surface (display, image, hot_x, hot_y) : NULL;
}

void
vt_console_input_update_cursor (VtConsole *self)
{
  GdkWindow *window = gtk_widget_get_window (GTK_WIDGET (self));
  g_autoptr (GdkCursor) cursor = NULL;

  if (!window)
    return;
  cursor = make_cursor (self);
  gdk_window_set_cursor (window, cursor);
  if (self->client && !is_absolute (self))
    vt_console_queue_cursor (self);
}

gboolean
vt_console_input_grab (VtConsole *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  GdkSeat *seat = gdk_display_get_default_seat (gtk_widget_get_display (widget));
  GdkSeatCapabilities capabilities = GDK_SEAT_CAPABILITY_KEYBOARD;

  if (!self->client || !gtk_widget_get_mapped (widget))
    return FALSE;
  /* An absolute pointer may leave the console at any time: only keys are grabbed then. */
  if (!is_absolute (self))
    capabilities |= GDK_SEAT_CAPABILITY_ALL_POINTING;
  gtk_widget_grab_focus (widget);
  return gdk_seat_grab (seat, gtk_widget_get_window (widget), capabilities, TRUE, NULL, NULL, NULL,
                        NULL) == GDK_GRAB_SUCCESS;
}

void
vt_console_input_ungrab (VtConsole *self)
{
  gdk_seat_ungrab (gdk_display_get_default_seat (gtk_widget_get_display (GTK_WIDGET (self))));
}

static void
act_on_key (VtConsole *self, ConsoleKeysAction action, guint qnum, gboolean down)
{
  switch (action)
    {
    case CONSOLE_KEYS_SEND:
      vt_glass_client_key (self->client, qnum, down);
      break;
    case CONSOLE_KEYS_LEAVE:
      vt_glass_client_key (self->client, qnum, down);
      vt_console_input_release_all (self);
      vt_console_set_grabbed (self, FALSE);
      vt_console_emit_leave (self);
      break;
    case CONSOLE_KEYS_TOGGLE_GRAB:
      vt_console_set_grabbed (self, !self->grabbed);
      break;
    case CONSOLE_KEYS_FULLSCREEN:
      vt_console_emit_fullscreen (self);
      break;
    case CONSOLE_KEYS_SWALLOW:
      break;
    }
}

static guint
get_host_locks (VtConsole *self)
{
  GdkKeymap *keymap = gdk_keymap_get_for_display (gtk_widget_get_display (GTK_WIDGET (self)));

  return (gdk_keymap_get_caps_lock_state (keymap) ? GLASS_LED_CAPS : 0) |
         (gdk_keymap_get_num_lock_state (keymap) ? GLASS_LED_NUM : 0) |
         (gdk_keymap_get_scroll_lock_state (keymap) ? GLASS_LED_SCROLL : 0);
}

/* Where the guest's lock keys were changed behind our back, by its own start perhaps, they follow
 * before the next key is typed; never unasked, since a guest may insist. */
static void
lead_locks (VtConsole *self)
{
  guint locks = get_host_locks (self);

  if (self->client && locks != vt_glass_client_get_leds (self->client))
    vt_glass_client_locks (self->client, locks);
}

static gboolean
on_key (GtkWidget *widget, GdkEventKey *event)
{
  VtConsole *self = VT_CONSOLE (widget);
  guint qnum = keymap_from_hardware (event->hardware_keycode);
  gboolean down = event->type == GDK_KEY_PRESS;
  ConsoleKeysAction action;

  if (!self->client)
    return GDK_EVENT_PROPAGATE;
  if (qnum == 0 || qnum > GLASS_KEY_MAX)
    return GDK_EVENT_STOP;
  action = down ? console_keys_press (&self->keys, qnum, self->grabbed)
                : console_keys_release (&self->keys, qnum);
  if (down && action == CONSOLE_KEYS_SEND && !keymap_is_lock (qnum))
    lead_locks (self);
  act_on_key (self, action, qnum, down);
  return GDK_EVENT_STOP;
}

static void
warp_back (VtConsole *self, GdkEventMotion *event)
{
  GtkWidget *widget = GTK_WIDGET (self);
  int width = gtk_widget_get_allocated_width (widget);
  int height = gtk_widget_get_allocated_height (widget);
  int root_x, root_y;

  if (event->x > WARP_MARGIN && event->y > WARP_MARGIN && event->x < width - WARP_MARGIN &&
      event->y < height - WARP_MARGIN)
    return;
  gdk_window_get_root_coords (gtk_widget_get_window (widget), width / 2, height / 2, &root_x,
                              &root_y);
  gdk_device_warp (event->device, gdk_event_get_screen ((GdkEvent *) event), root_x, root_y);
  self->has_last = FALSE; /* the next position is where the warp put it */
}

static void
move_relative (VtConsole *self, GdkEventMotion *event)
{
  if (!self->grabbed)
    return;
  if (self->has_last)
    {
      int dx = (int) (event->x - self->last_x);
      int dy = (int) (event->y - self->last_y);

      self->last_x += dx;
      self->last_y += dy;
      if (dx || dy)
        vt_glass_client_pointer_relative (self->client,
                                          CLAMP (dx, -GLASS_RELATIVE_MAX, GLASS_RELATIVE_MAX),
                                          CLAMP (dy, -GLASS_RELATIVE_MAX, GLASS_RELATIVE_MAX));
    }
  else
    {
      self->last_x = event->x;
      self->last_y = event->y;
      self->has_last = TRUE;
    }
  warp_back (self, event);
}

static void
move_absolute (VtConsole *self, double widget_x, double widget_y)
{
  guint x, y;

  console_view_to_guest (&self->view, widget_x, widget_y, &x, &y);
  vt_glass_client_pointer (self->client, x, y);
}

static gboolean
has_frame (VtConsole *self)
{
  return self->client && vt_glass_client_get_frame (self->client);
}

static gboolean
on_motion (GtkWidget *widget, GdkEventMotion *event)
{
  VtConsole *self = VT_CONSOLE (widget);

  if (!has_frame (self))
    return GDK_EVENT_PROPAGATE;
  if (is_absolute (self))
    move_absolute (self, event->x, event->y);
  else
    move_relative (self, event);
  return GDK_EVENT_STOP;
}

static gboolean
button_from_gdk (guint button, GlassButtonNumber *ret_button)
{
  static const struct
  {
    guint gdk;
    GlassButtonNumber glass;
  } table[] = {
    { 1, GLASS_BUTTON_LEFT }, { 2, GLASS_BUTTON_MIDDLE }, { 3, GLASS_BUTTON_RIGHT },
    { 8, GLASS_BUTTON_SIDE }, { 9, GLASS_BUTTON_EXTRA },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    if (table[i].gdk == button)
      {
        *ret_button = table[i].glass;
        return TRUE;
      }
  return FALSE;
}

static gboolean
on_button (GtkWidget *widget, GdkEventButton *event)
{
  VtConsole *self = VT_CONSOLE (widget);
  gboolean down = event->type == GDK_BUTTON_PRESS;
  GlassButtonNumber button;

  /* GTK's double and triple clicks repeat presses that were sent already. */
  if (event->type != GDK_BUTTON_PRESS && event->type != GDK_BUTTON_RELEASE)
    return GDK_EVENT_STOP;
  gtk_widget_grab_focus (widget);
  if (!has_frame (self) || !button_from_gdk (event->button, &button))
    return GDK_EVENT_STOP;
  console_keys_disarm (&self->keys);
  if (is_absolute (self))
    move_absolute (self, event->x, event->y);
  else if (!self->grabbed)
    {
      /* This click only takes the pointer. */
      if (down)
        vt_console_set_grabbed (self, TRUE);
      return GDK_EVENT_STOP;
    }
  send_button (self, button, down);
  return GDK_EVENT_STOP;
}

static void
click_wheel (VtConsole *self, GlassButtonNumber button)
{
  send_button (self, button, TRUE);
  send_button (self, button, FALSE);
}

static gboolean
on_scroll (GtkWidget *widget, GdkEventScroll *event)
{
  VtConsole *self = VT_CONSOLE (widget);

  if (!has_frame (self) || (!is_absolute (self) && !self->grabbed))
    return GDK_EVENT_PROPAGATE;
  if (event->direction == GDK_SCROLL_UP)
    self->scroll = -1;
  else if (event->direction == GDK_SCROLL_DOWN)
    self->scroll = 1;
  else if (event->direction == GDK_SCROLL_SMOOTH)
    self->scroll = CLAMP (self->scroll + event->delta_y, -20, 20);
  for (; self->scroll <= -1; self->scroll++)
    click_wheel (self, GLASS_BUTTON_WHEEL_UP);
  for (; self->scroll >= 1; self->scroll--)
    click_wheel (self, GLASS_BUTTON_WHEEL_DOWN);
  return GDK_EVENT_STOP;
}

static gboolean
on_focus_in (GtkWidget *widget, GdkEventFocus *event)
{
  lead_locks (VT_CONSOLE (widget));
  return GDK_EVENT_PROPAGATE;
}

static gboolean
on_focus_out (GtkWidget *widget, GdkEventFocus *event)
{
  VtConsole *self = VT_CONSOLE (widget);

  vt_console_input_release_all (self);
  vt_console_set_grabbed (self, FALSE);
  return GDK_EVENT_PROPAGATE;
}

static gboolean
on_grab_broken (GtkWidget *widget, GdkEventGrabBroken *event)
{
  vt_console_input_release_all (VT_CONSOLE (widget));
  vt_console_set_grabbed (VT_CONSOLE (widget), FALSE);
  return GDK_EVENT_PROPAGATE;
}

static void
on_unmap (GtkWidget *widget)
{
  vt_console_input_release_all (VT_CONSOLE (widget));
  vt_console_set_grabbed (VT_CONSOLE (widget), FALSE);
}

void
vt_console_input_class_init (GtkWidgetClass *klass)
{
  klass->key_press_event = on_key;
  klass->key_release_event = on_key;
  klass->motion_notify_event = on_motion;
  klass->button_press_event = on_button;
  klass->button_release_event = on_button;
  klass->scroll_event = on_scroll;
  klass->focus_in_event = on_focus_in;
  klass->focus_out_event = on_focus_out;
  klass->grab_broken_event = on_grab_broken;
}

void
vt_console_input_init (VtConsole *self)
{
  GtkWidget *widget = GTK_WIDGET (self);

  gtk_widget_set_can_focus (widget, TRUE);
  gtk_widget_add_events (widget, GDK_POINTER_MOTION_MASK | GDK_BUTTON_PRESS_MASK |
                                     GDK_BUTTON_RELEASE_MASK | GDK_SCROLL_MASK |
                                     GDK_SMOOTH_SCROLL_MASK | GDK_KEY_PRESS_MASK |
                                     GDK_KEY_RELEASE_MASK | GDK_FOCUS_CHANGE_MASK);
  g_signal_connect (widget, "unmap", G_CALLBACK (on_unmap), NULL);
  g_signal_connect (widget, "realize", G_CALLBACK (vt_console_input_update_cursor), NULL);
}
