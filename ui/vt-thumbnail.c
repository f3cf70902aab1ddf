/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A guest's thumbnail. Runs in `vitrine`. The display process sends nothing more until damage is
 * acknowledged, so acknowledging late is all that is needed to paint once a second; without damage
 * nothing wakes up.
 */
#include "config.h"

#include "vt-thumbnail.h"

#include "vt-display-link.h"
#include "vt-text.h"

#define WIDTH 280
#define HEIGHT 175
#define INTERVAL_US G_USEC_PER_SEC

struct _VtThumbnail
{
  GtkDrawingArea parent_instance;

  /* owned */
  VtGuest *guest;
  VtDisplayLink *link;
  cairo_surface_t *kept; /* scaled copy of what is shown */
  guint paint_source;

  gint64 painted_at; /* monotonic */
  gboolean changed;  /* seen since the last picture was kept on disk */
};

G_DEFINE_FINAL_TYPE (VtThumbnail, vt_thumbnail, GTK_TYPE_DRAWING_AREA)

/* As dark as the console's letterbox. */
static void
set_background (cairo_t *cr)
{
  cairo_set_source_rgb (cr, 0.09, 0.09, 0.10);
}

static void
take_scaled (VtThumbnail *self, cairo_surface_t *source)
{
  int factor = gtk_widget_get_scale_factor (GTK_WIDGET (self));
  int width = cairo_image_surface_get_width (source);
  int height = cairo_image_surface_get_height (source);
  double zoom = MIN ((double) WIDTH * factor / width, (double) HEIGHT * factor / height);
  cairo_surface_t *scaled =
      cairo_image_surface_create (CAIRO_FORMAT_RGB24, WIDTH * factor, HEIGHT * factor);
  cairo_t *cr = cairo_create (scaled);

  set_background (cr);
  cairo_paint (cr);
  cairo_translate (cr, (WIDTH * factor - width * zoom) / 2, (HEIGHT * factor - height * zoom) / 2);
  cairo_scale (cr, zoom, zoom);
  cairo_set_source_surface (cr, source, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cr), CAIRO_FILTER_GOOD);
  cairo_paint (cr);
  cairo_destroy (cr);
  cairo_surface_set_device_scale (scaled, factor, factor);
  g_clear_pointer (&self->kept, cairo_surface_destroy);
  self->kept = scaled;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
load_kept (VtThumbnail *self)
{
  g_autofree char *file = vt_guest_get_thumbnail_path (self->guest);
  cairo_surface_t *source = cairo_image_surface_create_from_png (file);

  if (cairo_surface_status (source) == CAIRO_STATUS_SUCCESS)
    take_scaled (self, source);
  cairo_surface_destroy (source);
}

/* Takes what the display shows now and lets it send more. */
static gboolean
take_live (gpointer data)
{
  VtThumbnail *self = data;
  VtGlassClient *client = vt_display_link_get_client (self->link);
  cairo_surface_t *frame = client ? vt_glass_client_get_frame (client) : NULL;

  self->paint_source = 0;
  self->painted_at = g_get_monotonic_time ();
  if (frame)
    {
      cairo_surface_mark_dirty (frame);
      take_scaled (self, frame);
      self->changed = TRUE;
    }
  if (client)
    vt_glass_client_ack (client);
  return G_SOURCE_REMOVE;
}

static void
queue_live (VtThumbnail *self)
{
  gint64 wait = self->painted_at + INTERVAL_US - g_get_monotonic_time ();

  if (self->paint_source)
    return;
  if (wait <= 0)
    take_live (self);
  else
    self->paint_source = g_timeout_add (wait / 1000 + 1, take_live, self);
}

void
vt_thumbnail_keep (VtGuest *guest, VtGlassClient *client)
{
  g_autofree char *file = vt_guest_get_thumbnail_path (guest);
  g_autoptr (GError) error = NULL;

  if (vt_glass_client_get_frame (client) && !vt_glass_client_screenshot (client, file, &error))
    g_debug ("%s", error->message);
}

static void
on_closed (VtThumbnail *self, const char *reason, VtGlassClient *client)
{
  if (self->changed)
    vt_thumbnail_keep (self->guest, client);
  self->changed = FALSE;
}

static void
on_client (VtThumbnail *self)
{
  VtGlassClient *client = vt_display_link_get_client (self->link);

  if (!client)
    return;
  g_signal_connect_object (client, "scanout", G_CALLBACK (queue_live), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (client, "damage", G_CALLBACK (queue_live), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (client, "closed", G_CALLBACK (on_closed), self, G_CONNECT_SWAPPED);
}

/* A page may have kept a newer picture of a guest that has ended. */
static void
on_state (VtThumbnail *self)
{
  if (vt_guest_get_state (self->guest) == VT_GUEST_STOPPED)
    load_kept (self);
}

static void
update_wanted (VtThumbnail *self)
{
  if (self->link)
    vt_display_link_set_wanted (self->link, gtk_widget_get_mapped (GTK_WIDGET (self)));
}

void
vt_thumbnail_set_guest (VtThumbnail *self, VtGuest *guest)
{
  g_return_if_fail (!self->guest);
  self->guest = g_object_ref (guest);
  self->link = vt_display_link_new (guest, 0);
  g_signal_connect_object (self->link, "client", G_CALLBACK (on_client), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (guest, "notify::state", G_CALLBACK (on_state), self, G_CONNECT_SWAPPED);
  load_kept (self);
  update_wanted (self);
}

static void
paint_rounded (cairo_t *cr, double width, double height, double radius)
{
  cairo_new_sub_path (cr);
  cairo_arc (cr, width - radius, radius, radius, -G_PI_2, 0);
  cairo_arc (cr, width - radius, height - radius, radius, 0, G_PI_2);
  cairo_arc (cr, radius, height - radius, radius, G_PI_2, G_PI);
  cairo_arc (cr, radius, radius, radius, G_PI, 3 * G_PI_2);
  cairo_close_path (cr);
  cairo_clip (cr);
}

static gboolean
vt_thumbnail_draw (GtkWidget *widget, cairo_t *cr)
{
  VtThumbnail *self = VT_THUMBNAIL (widget);
  int width = gtk_widget_get_allocated_width (widget);
  int height = gtk_widget_get_allocated_height (widget);
  gboolean live = self->guest && vt_text_is_live (vt_guest_get_state (self->guest));

  paint_rounded (cr, width, height, 6);
  set_background (cr);
  cairo_paint (cr);
  if (!self->kept)
    return GDK_EVENT_STOP;
  cairo_set_source_surface (cr, self->kept, (width - WIDTH) / 2, (height - HEIGHT) / 2);
  cairo_paint_with_alpha (cr, live ? 1.0 : 0.45);
  return GDK_EVENT_STOP;
}

static void
on_mapped (GtkWidget *widget)
{
  update_wanted (VT_THUMBNAIL (widget));
}

static void
on_unmapped (GtkWidget *widget)
{
  VtThumbnail *self = VT_THUMBNAIL (widget);

  g_clear_handle_id (&self->paint_source, g_source_remove);
  update_wanted (self);
}

static void
vt_thumbnail_dispose (GObject *object)
{
  VtThumbnail *self = VT_THUMBNAIL (object);

  g_clear_handle_id (&self->paint_source, g_source_remove);
  g_clear_object (&self->link);
  g_clear_object (&self->guest);
  g_clear_pointer (&self->kept, cairo_surface_destroy);
  G_OBJECT_CLASS (vt_thumbnail_parent_class)->dispose (object);
}

static void
vt_thumbnail_class_init (VtThumbnailClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = vt_thumbnail_dispose;
  GTK_WIDGET_CLASS (klass)->draw = vt_thumbnail_draw;
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), ATK_ROLE_IMAGE);
}

static void
vt_thumbnail_init (VtThumbnail *self)
{
  gtk_widget_set_size_request (GTK_WIDGET (self), WIDTH, HEIGHT);
  g_signal_connect_after (self, "map", G_CALLBACK (on_mapped), NULL);
  g_signal_connect_after (self, "unmap", G_CALLBACK (on_unmapped), NULL);
}
