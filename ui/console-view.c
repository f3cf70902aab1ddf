/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Placing a guest's frame in a widget. Runs in `vitrine`; pure arithmetic.
 */
#include "config.h"

#include "console-view.h"

#include <math.h>

ConsoleView
console_view_compute (int width,
                      int height,
                      int scale_factor,
                      guint guest_width,
                      guint guest_height,
                      gboolean fit)
{
  ConsoleView view = { .scale_factor = MAX (scale_factor, 1),
                       .guest_width = MAX (guest_width, 1),
                       .guest_height = MAX (guest_height, 1) };
  int device_width = MAX (width, 1) * view.scale_factor;
  int device_height = MAX (height, 1) * view.scale_factor;
  double largest =
      MIN ((double) device_width / view.guest_width, (double) device_height / view.guest_height);

  view.zoom = largest;
  if (!fit && largest >= 1)
    view.zoom = MIN (floor (largest), view.scale_factor);
  view.sharp = view.zoom >= 1 && view.zoom == floor (view.zoom);
  view.width = MAX ((int) round (view.guest_width * view.zoom), 1);
  view.height = MAX ((int) round (view.guest_height * view.zoom), 1);
  view.x = (device_width - view.width) / 2;
  view.y = (device_height - view.height) / 2;
  return view;
}

cairo_rectangle_int_t
console_view_area (const ConsoleView *view, const GlassRect *rect)
{
  /* A filter reads its neighbours, so a scaled change reaches one guest pixel further. */
  double reach = view->sharp ? 0 : 1;
  double scale = view->scale_factor;
  double left = (view->x + (rect->x - reach) * view->zoom) / scale;
  double top = (view->y + (rect->y - reach) * view->zoom) / scale;
  double right = (view->x + ((double) rect->x + rect->width + reach) * view->zoom) / scale;
  double bottom = (view->y + ((double) rect->y + rect->height + reach) * view->zoom) / scale;
  cairo_rectangle_int_t area = { .x = (int) floor (left), .y = (int) floor (top) };

  area.width = MAX ((int) ceil (right) - area.x, 1);
  area.height = MAX ((int) ceil (bottom) - area.y, 1);
  return area;
}

gboolean
console_view_to_guest (const ConsoleView *view, double x, double y, guint *ret_x, guint *ret_y)
{
  double guest_x = floor ((x * view->scale_factor - view->x) / view->zoom);
  double guest_y = floor ((y * view->scale_factor - view->y) / view->zoom);

  *ret_x = (guint) CLAMP (guest_x, 0, view->guest_width - 1.0);
  *ret_y = (guint) CLAMP (guest_y, 0, view->guest_height - 1.0);
  return guest_x == *ret_x && guest_y == *ret_y;
}
