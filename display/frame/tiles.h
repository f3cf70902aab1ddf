/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Which tiles of a frame have changed, and how much of each: a bit and a box, so that any number of
 * changes merges in constant memory, and the few rectangles that cover them. One for the frame and
 * one a viewer.
 */
#pragma once

#include "ipc/glass-wire.h"

#define TILE_WIDTH 64u
#define TILE_HEIGHT 16u

/* What has changed inside a tile: pixels from its corner, right and bottom excluded. */
typedef struct
{
  guint8 left, top, right, bottom;
} TileBox;

typedef struct
{
  guint32 width; /* of the frame, pixels; 0: no frame */
  guint32 height;
  guint32 columns;
  guint32 rows;
  guint64 *bits;  /* owned; rows of `words` */
  guint32 words;  /* of one row */
  TileBox *boxes; /* owned; rows of `columns`; of marked tiles only */
  gboolean any;   /* a bit is set */
} Tiles;

/* Sizes it for a frame (0 x 0 for none) and clears every tile. */
void tiles_reset (Tiles *tiles, guint32 width, guint32 height);
void tiles_clear (Tiles *tiles);
void tiles_free (Tiles *tiles);

/* All of a tile. */
void tiles_mark (Tiles *tiles, guint32 column, guint32 row);
/* Part of a tile; it lies inside it. */
void tiles_mark_box (Tiles *tiles, guint32 column, guint32 row, TileBox box);

gboolean tiles_is_marked (const Tiles *tiles, guint32 column, guint32 row);

/* Marks in `tiles` all that is marked in `more`, which is of the same frame size. */
void tiles_merge (Tiles *tiles, const Tiles *more);

/* Rectangles that cover all that is marked, clipped to the frame, not overlapping, each no larger
 * than what is marked in its tiles; other tiles only where GLASS_RECTS_MAX would not do. Returns
 * how many. */
guint tiles_to_rects (const Tiles *tiles, GlassRect rects[GLASS_RECTS_MAX]);
