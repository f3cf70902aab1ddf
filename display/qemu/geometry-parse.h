/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * B4, QEMU -> display: the numbers that describe pixels. Every width, height, stride, format,
 * offset and length that QEMU sends passes here before a byte is allocated or read. Pure: no I/O,
 * no allocation, no logging. PARSE_BAD ends the link; PARSE_NEED_MORE is never returned.
 */
#pragma once

#include "cursor.h"
#include "ipc/glass-wire.h"

/* The widest row we read: a frame of the greatest width, padded to twice its bytes. */
#define GEOMETRY_STRIDE_MAX (GLASS_DIMENSION_MAX * 8u)

/* QEMU names formats by pixman's numbers (pixman.h, PIXMAN_FORMAT). */
typedef enum
{
  PIXELS_XRGB8888, /* the frame's own: rows are copied as they are */
  PIXELS_XBGR8888,
  PIXELS_BGRX8888,
  PIXELS_RGBX8888,
  PIXELS_RGB888,
  PIXELS_BGR888,
  PIXELS_RGB565,
  PIXELS_XRGB1555,
} PixelFormat;

/* A rectangle of pixels in QEMU's memory, every number checked. */
typedef struct
{
  GlassRect rect; /* where it belongs in the frame; x and y are 0 for a whole frame */
  gsize offset;   /* bytes before its first pixel */
  guint32 stride; /* bytes, >= rect.width * bytes a pixel */
  PixelFormat format;
} PixelBlock;

guint geometry_bytes_per_pixel (PixelFormat format);

/* Bytes from the first pixel of the block to the end of its last. */
gsize geometry_block_bytes (const PixelBlock *block);

/* Scanout: a whole frame by value, with `size` bytes of data. */
ParseResult geometry_parse_scanout (guint32 width,
                                    guint32 height,
                                    guint32 stride,
                                    guint32 pixman,
                                    gsize size,
                                    PixelBlock *ret_block);

/* Update: part of a frame by value. Whether it lies inside the present frame is the caller's
 * question (geometry_rect_fits). */
ParseResult geometry_parse_update (gint32 x,
                                   gint32 y,
                                   gint32 width,
                                   gint32 height,
                                   guint32 stride,
                                   guint32 pixman,
                                   gsize size,
                                   PixelBlock *ret_block);

/* ScanoutMap: a whole frame in memory of `size` bytes (fstat), at `offset`. */
ParseResult geometry_parse_map (guint32 offset,
                                guint32 width,
                                guint32 height,
                                guint32 stride,
                                guint32 pixman,
                                guint64 size,
                                PixelBlock *ret_block);

/* UpdateMap: part of the mapped frame `map`, as a block of its own. */
ParseResult geometry_parse_update_map (const PixelBlock *map,
                                       gint32 x,
                                       gint32 y,
                                       gint32 width,
                                       gint32 height,
                                       PixelBlock *ret_block);

/* CursorDefine with `size` bytes of ARGB. A hot spot outside the image is moved into it: guests do
 * define such, and it is of no use to anyone. Width or height 0 means no cursor. */
ParseResult geometry_parse_cursor (gint32 width,
                                   gint32 height,
                                   gint32 hot_x,
                                   gint32 hot_y,
                                   gsize size,
                                   GlassCursor *ret_cursor);

/* A pointer position, brought into what a glass client accepts. */
gint32 geometry_clamp_position (gint32 value);

gboolean geometry_rect_fits (const GlassRect *rect, guint32 width, guint32 height);
