/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Memory of the display process as cairo surfaces. The numbers must have passed glass-parse.c; the
 * descriptors are judged here.
 */
#pragma once

#include "ipc/glass-wire.h"

#include <cairo.h>
#include <gio/gio.h>

/* CAIRO_FORMAT_RGB24 over a read-only mapping that ends with the surface. NULL with an error if the
 * memory could shrink or is too small. The descriptor stays the caller's. */
cairo_surface_t *glass_picture_map_frame (int fd, const GlassScanout *scanout, GError **error);

/* CAIRO_FORMAT_ARGB32 in own memory. */
cairo_surface_t *glass_picture_copy_cursor (int fd, const GlassCursor *cursor, GError **error);

/* Writes a copy of a frame as PNG, atomically. */
gboolean glass_picture_save (cairo_surface_t *frame, const char *file, GError **error);
