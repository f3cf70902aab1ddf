/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The guest's picture in sealed shared memory, XRGB8888 without padding. Pixels are compared before
 * they are copied, so that only what really changed is reported; what is of one colour is found on
 * the way.
 */
#pragma once

#include "frame/tile-colours.h"
#include "frame/tiles.h"
#include "qemu/geometry-parse.h"

typedef struct
{
  int fd; /* sealed memfd, owned */
  guint8 *map;
  gsize bytes; /* of it: at least those of the pixels */
  guint32 width;
  guint32 height;
  guint32 stride;       /* bytes: width * 4 */
  TileColours *colours; /* a reference */
} Frame;

/* Black memory for a frame of at most GLASS_FRAME_BYTES_MAX. */
Frame *frame_new (guint32 width, guint32 height, GError **error);
void frame_free (Frame *frame);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Frame, frame_free)

/* How many rows from `y` on to apply at once: at most `most`, up to `end`, and ending with a row of
 * tiles if possible. */
guint32 frame_cut_band (guint32 y, guint32 most, guint32 end);

/* Copies what differs of the block, whose first pixel is at `data`, into the frame, marks its tiles
 * and notes their colours, for which tiles had better not be cut. The block lies inside the frame.
 */
void frame_apply (Frame *frame, const PixelBlock *block, const guint8 *data, Tiles *touched);
