/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Which tiles of a frame have changed: a bit each, so that any number of changes merges in constant
 * memory, and the few rectangles that cover them. One for the frame and one a viewer.
 */
#pragma once

#include "ipc/glass-wire.h"

#define TILE_WIDTH 64u
#define TILE_HEIGHT 16u

typedef struct
{
  guint32 width; /* of the frame, pixels; 0: no frame */
  guint32 height;
  guint32 columns;
  guint32 rows;
  guint64 *bits; /* owned; rows of `words` */
  guint32 words; /* of one row */
  gboolean any;  /* a bit is set */
} Tiles;

/* Sizes it for a frame (0 x 0 for none) and clears every tile. */
void tiles_reset (Tiles *tiles, guint32 width, guint32 height);
void tiles_clear (Tiles *tiles);
void tiles_free (Tiles *tiles);

static inline void
tiles_mark (Tiles *tiles, guint32 column, guint32 row)
{
  tiles->bits[row * tiles->words + column / 64] |= G_GUINT64_CONSTANT (1) << (column % 64);
  tiles->any = TRUE;
}

gboolean tiles_is_marked (const Tiles *tiles, guint32 column, guint32 row);

/* Marks in `tiles` all that is marked in `more`, which is of the same frame size. */
void tiles_merge (Tiles *tiles, const Tiles *more);

/* Rectangles that cover every marked tile, clipped to the frame, not overlapping; more than the
 * marked tiles only where GLASS_RECTS_MAX would not do. Returns how many. */
guint tiles_to_rects (const Tiles *tiles, GlassRect rects[GLASS_RECTS_MAX]);
