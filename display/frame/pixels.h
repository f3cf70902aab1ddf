/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One row of pixels from any format that QEMU may send to the frame's XRGB8888. Pure.
 */
#pragma once

#include "qemu/geometry-parse.h"

/* `source` needs no alignment; the areas must not overlap. */
void pixels_convert_row (PixelFormat format, const guint8 *source, guint32 *out, guint32 width);

/* A pixel of a cursor: straight alpha to premultiplied. */
guint32 pixels_premultiply (guint32 argb);
