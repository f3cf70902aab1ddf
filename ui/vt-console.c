/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The picture half of the console. Runs in `vitrine`; reads guest pixels through app/ and trusts
 * nothing but what app/ has checked. Without damage it does nothing at all: no timer, no tick.
 */
#include "config.h"

#include "vt-console-private.h"

#include "keymap.h"

#include <glib/gi18n.h>

#define FOLLOW_DELAY_MS 250

G_DEFINE_FINAL_TYPE (VtConsole, vt_console, GTK_TYPE_DRAWING_AREA)

enum
{
  PROP_GRABBED = 1,
  N_PROPS
};
static GParamSpec *props[N_PROPS];

enum
{
  LEAVE,
  FULLSCREEN,
  FRAME_SIZE,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static cairo_surface_t *
frame_of (VtConsole *self)
{
  return self->picture ? vt_glass_client_get_frame (self->picture) : NULL;
}

static void
place (VtConsole *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  cairo_surface_t *frame = frame_of (self);

  self->view = console_view_compute (
      gtk_widget_get_allocated_width (widget), gtk_widget_get_allocated_height (widget),
      gtk_widget_get_scale_factor (widget), frame ? cairo_image_surface_get_width (frame) : 1,
      frame ? cairo_image_surface_get_height (frame) : 1, self->fit);
}

static void
on_scanout (VtConsole *self, VtGlassClient *client)
{
  guint width = self->view.guest_width;
  guint height = self->view.guest_height;

  if (g_set_object (&self->picture, client))
    width = 0;
  place (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  if (width != self->view.guest_width || height != self->view.guest_height)
    g_signal_emit (self, signals[FRAME_SIZE], 0, self->view.guest_width, self->view.guest_height);
}

static void
on_damage (VtConsole *self, const GlassRect *rects, guint n_rects, VtGlassClient *client)
{
  cairo_surface_t *frame = frame_of (self);

  if (client != self->picture || !frame)
    {
      vt_glass_client_ack (client);
      return;
    }
  cairo_surface_mark_dirty (frame);
  for (guint i = 0; i < n_rects; i++)
    {
      cairo_rectangle_int_t area = console_view_area (&self->view, &rects[i]);
      gtk_widget_queue_draw_area (GTK_WIDGET (self), area.x, area.y, area.width, area.height);
    }
}

static void
on_blank (VtConsole *self)
{
  g_set_object (&self->picture, self->client);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_signal_emit (self, signals[FRAME_SIZE], 0, 0, 0);
}

static void
on_cursor_position (VtConsole *self, int x, int y, gboolean visible)
{
  gboolean drawn = !vt_glass_client_is_absolute (self->client);

  if (drawn)
    vt_console_queue_cursor (self);
  self->cursor_x = x;
  self->cursor_y = y;
  self->cursor_shown = visible;
  if (drawn)
    vt_console_queue_cursor (self);
  else
    vt_console_input_update_cursor (self);
}

static void
on_pointer_mode (VtConsole *self)
{
  self->has_last = FALSE;
  if (vt_glass_client_is_absolute (self->client))
    vt_console_set_grabbed (self, FALSE);
  vt_console_input_update_cursor (self);
}

static void
disconnect_client (VtConsole *self)
{
  if (!self->client)
    return;
  vt_console_input_release_all (self);
  g_signal_handlers_disconnect_by_data (self->client, self);
  g_clear_object (&self->client);
}

static void
connect_client (VtConsole *self, VtGlassClient *client)
{
  const struct
  {
    const char *name;
    GCallback callback;
  } table[] = {
    { "scanout", G_CALLBACK (on_scanout) },
    { "damage", G_CALLBACK (on_damage) },
    { "blank", G_CALLBACK (on_blank) },
    { "cursor", G_CALLBACK (vt_console_input_update_cursor) },
    { "cursor-position", G_CALLBACK (on_cursor_position) },
    { "pointer-mode", G_CALLBACK (on_pointer_mode) },
  };

  self->client = g_object_ref (client);
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    g_signal_connect_object (client, table[i].name, table[i].callback, self, G_CONNECT_SWAPPED);
}

void
vt_console_set_client (VtConsole *self, VtGlassClient *client)
{
  if (self->client == client)
    return;
  disconnect_client (self);
  if (client)
    {
      connect_client (self, client);
      if (vt_glass_client_get_frame (client))
        on_scanout (self, client);
    }
  else
    {
      vt_console_set_grabbed (self, FALSE);
      g_clear_object (&self->picture);
      gtk_widget_queue_draw (GTK_WIDGET (self));
    }
  vt_console_input_update_cursor (self);
}

VtGlassClient *
vt_console_get_client (VtConsole *self)
{
  return self->client;
}

void
vt_console_set_guest_name (VtConsole *self, const char *name)
{
  AtkObject *accessible = gtk_widget_get_accessible (GTK_WIDGET (self));
  /* Translators: %s is a guest's name; read out by screen readers. */
  g_autofree char *text = g_strdup_printf (_ ("Screen of %s"), name);

  atk_object_set_name (accessible, text);
  atk_object_set_description (
      accessible, _ ("Keys and pointer go to the guest. Press Ctrl and Alt together to leave it."));
}

void
vt_console_set_fit (VtConsole *self, gboolean fit)
{
  self->fit = fit;
  place (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

gboolean
vt_console_get_fit (VtConsole *self)
{
  return self->fit;
}

static gboolean
send_follow (gpointer data)
{
  VtConsole *self = data;
  GtkWidget *widget = GTK_WIDGET (self);
  int factor = gtk_widget_get_scale_factor (widget);

  self->follow_source = 0;
  if (self->client && self->follow)
    vt_glass_client_resize (self->client, gtk_widget_get_allocated_width (widget) * factor,
                            gtk_widget_get_allocated_height (widget) * factor, 0, 0);
  return G_SOURCE_REMOVE;
}

static void
queue_follow (VtConsole *self)
{
  if (!self->follow || !self->client)
    return;
  g_clear_handle_id (&self->follow_source, g_source_remove);
  self->follow_source = g_timeout_add (FOLLOW_DELAY_MS, send_follow, self);
}

void
vt_console_set_follow (VtConsole *self, gboolean follow)
{
  self->follow = follow;
  queue_follow (self);
}

void
vt_console_set_grabbed (VtConsole *self, gboolean grabbed)
{
  if (self->grabbed == grabbed)
    return;
  if (grabbed && !vt_console_input_grab (self))
    return;
  if (!grabbed)
    vt_console_input_ungrab (self);
  self->grabbed = grabbed;
  self->has_last = FALSE;
  vt_console_input_update_cursor (self);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_GRABBED]);
}

gboolean
vt_console_get_grabbed (VtConsole *self)
{
  return self->grabbed;
}

gboolean
vt_console_send_chord (VtConsole *self, const char *chord, GError **error)
{
  g_autoptr (GArray) keys = keymap_from_chord (chord, error);

  if (!keys || !self->client)
    return keys != NULL;
  for (guint i = 0; i < keys->len; i++)
    vt_glass_client_key (self->client, g_array_index (keys, guint, i), TRUE);
  for (guint i = keys->len; i > 0; i--)
    vt_glass_client_key (self->client, g_array_index (keys, guint, i - 1), FALSE);
  return TRUE;
}

void
vt_console_emit_leave (VtConsole *self)
{
  g_signal_emit (self, signals[LEAVE], 0);
}

void
vt_console_emit_fullscreen (VtConsole *self)
{
  g_signal_emit (self, signals[FULLSCREEN], 0);
}

void
vt_console_queue_cursor (VtConsole *self)
{
  int hot_x, hot_y;
  cairo_surface_t *cursor =
      self->client ? vt_glass_client_get_cursor (self->client, &hot_x, &hot_y) : NULL;
  cairo_rectangle_int_t area;
  GlassRect rect = { 0 };

  if (!cursor)
    return;
  rect.x = MAX (self->cursor_x, 0);
  rect.y = MAX (self->cursor_y, 0);
  rect.width = cairo_image_surface_get_width (cursor);
  rect.height = cairo_image_surface_get_height (cursor);
  area = console_view_area (&self->view, &rect);
  gtk_widget_queue_draw_area (GTK_WIDGET (self), area.x, area.y, area.width, area.height);
}

/* A guest with a relative pointer and a hardware cursor leaves drawing it to us. */
static void
draw_cursor (VtConsole *self, cairo_t *cr)
{
  int hot_x, hot_y;
  cairo_surface_t *cursor;

  if (!self->client || !self->cursor_shown || vt_glass_client_is_absolute (self->client))
    return;
  cursor = vt_glass_client_get_cursor (self->client, &hot_x, &hot_y);
  if (!cursor)
    return;
  cairo_set_operator (cr, CAIRO_OPERATOR_OVER);
  cairo_set_source_surface (cr, cursor, self->cursor_x, self->cursor_y);
  cairo_paint (cr);
}

static void
draw_frame (VtConsole *self, cairo_t *cr, cairo_surface_t *frame)
{
  const ConsoleView *view = &self->view;
  cairo_filter_t filter = view->sharp ? CAIRO_FILTER_NEAREST : CAIRO_FILTER_GOOD;

  cairo_scale (cr, 1.0 / view->scale_factor, 1.0 / view->scale_factor);
  cairo_translate (cr, view->x, view->y);
  cairo_rectangle (cr, 0, 0, view->width, view->height);
  cairo_clip (cr);
  cairo_scale (cr, view->zoom, view->zoom);
  cairo_set_source_surface (cr, frame, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cr), filter);
  cairo_pattern_set_extend (cairo_get_source (cr), CAIRO_EXTEND_PAD);
  cairo_set_operator (cr, CAIRO_OPERATOR_SOURCE);
  cairo_paint (cr);
  draw_cursor (self, cr);
}

/* Whether all that is to be painted lies in the picture, so that nothing around it needs painting.
 */
static gboolean
covered (const ConsoleView *view, cairo_t *cr)
{
  double left, top, right, bottom;
  double factor = view->scale_factor;

  cairo_clip_extents (cr, &left, &top, &right, &bottom);
  return left * factor >= view->x && top * factor >= view->y &&
         right * factor <= view->x + view->width && bottom * factor <= view->y + view->height;
}

static gboolean
vt_console_draw (GtkWidget *widget, cairo_t *cr)
{
  VtConsole *self = VT_CONSOLE (widget);
  cairo_surface_t *frame = frame_of (self);

  if (!frame || !covered (&self->view, cr))
    {
      cairo_set_source_rgb (cr, 0.09, 0.09, 0.10);
      cairo_paint (cr);
    }
  if (frame)
    draw_frame (self, cr, frame);
  if (self->client)
    vt_glass_client_ack (self->client);
  return GDK_EVENT_STOP;
}

static void
vt_console_size_allocate (GtkWidget *widget, GtkAllocation *allocation)
{
  VtConsole *self = VT_CONSOLE (widget);

  GTK_WIDGET_CLASS (vt_console_parent_class)->size_allocate (widget, allocation);
  place (self);
  queue_follow (self);
}

static void
vt_console_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  g_value_set_boolean (value, VT_CONSOLE (object)->grabbed);
}

static void
vt_console_dispose (GObject *object)
{
  VtConsole *self = VT_CONSOLE (object);

  g_clear_handle_id (&self->follow_source, g_source_remove);
  disconnect_client (self);
  g_clear_object (&self->picture);
  G_OBJECT_CLASS (vt_console_parent_class)->dispose (object);
}

static void
vt_console_class_init (VtConsoleClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = vt_console_dispose;
  object_class->get_property = vt_console_get_property;
  widget_class->draw = vt_console_draw;
  widget_class->size_allocate = vt_console_size_allocate;
  vt_console_input_class_init (widget_class);
  gtk_widget_class_set_accessible_role (widget_class, ATK_ROLE_DRAWING_AREA);

  props[PROP_GRABBED] = g_param_spec_boolean ("grabbed", NULL, NULL, FALSE,
                                              G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
  signals[LEAVE] = g_signal_new ("leave", VT_TYPE_CONSOLE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 0);
  signals[FULLSCREEN] = g_signal_new ("fullscreen", VT_TYPE_CONSOLE, G_SIGNAL_RUN_LAST, 0, NULL,
                                      NULL, NULL, G_TYPE_NONE, 0);
  signals[FRAME_SIZE] = g_signal_new ("frame-size", VT_TYPE_CONSOLE, G_SIGNAL_RUN_LAST, 0, NULL,
                                      NULL, NULL, G_TYPE_NONE, 2, G_TYPE_UINT, G_TYPE_UINT);
}

static void
vt_console_init (VtConsole *self)
{
  place (self);
  vt_console_input_init (self);
  g_signal_connect (self, "notify::scale-factor", G_CALLBACK (place), NULL);
}
