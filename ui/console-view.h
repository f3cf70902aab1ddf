/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Where a guest's frame lies in a widget, and the way back from the pointer to guest pixels. Pure.
 * Widget coordinates are logical pixels; the frame is placed on whole device pixels so that an
 * unscaled or integer-scaled picture is sharp.
 */
#pragma once

#include "ipc/glass-wire.h"

#include <cairo.h>

typedef struct
{
  int scale_factor; /* device pixels a logical pixel */
  guint guest_width;
  guint guest_height;
  double zoom;    /* device pixels a guest pixel */
  gboolean sharp; /* zoom is a whole number: nearest neighbour is exact */
  int x;          /* device pixels, of the picture's top left corner */
  int y;
  int width; /* device pixels */
  int height;
} ConsoleView;

/* Without `fit` the frame is shown at the largest whole zoom, but no larger than the scale factor,
 * that fits; where not even 1 fits it is scaled down. With `fit` it fills the widget, its shape
 * kept. */
ConsoleView console_view_compute (int width,
                                  int height,
                                  int scale_factor,
                                  guint guest_width,
                                  guint guest_height,
                                  gboolean fit);

/* The widget area, in whole logical pixels, that a change of `rect` may touch. */
cairo_rectangle_int_t console_view_area (const ConsoleView *view, const GlassRect *rect);

/* The guest pixel under a point of the widget, clamped to the frame. Whether it was inside. */
gboolean console_view_to_guest (const ConsoleView *view,
                                double x,
                                double y,
                                guint *ret_x,
                                guint *ret_y);
