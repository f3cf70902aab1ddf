/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Which tiles of a frame are of one colour. Noted where a tile is in the processor's cache anyway,
 * while it is compared with what QEMU sent, so that nobody walks the frame to find out. Written by
 * the frame's thread, read by any: what is read is true of the frame or of one whose damage is
 * still to be told.
 */
#pragma once

#include "ipc/glass-wire.h"

typedef enum
{
  TILE_UNKNOWN,
  TILE_SOLID,
  TILE_MIXED, /* of more than one colour */
} TileKind;

typedef struct
{
  TileKind kind;
  guint32 colour; /* all four bytes of the pixels of a solid one; else 0 */
} TileColour;

typedef struct _TileColours TileColours;

/* Of a black frame. */
TileColours *tile_colours_new (guint32 width, guint32 height);
TileColours *tile_colours_ref (TileColours *colours);
void tile_colours_unref (TileColours *colours);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TileColours, tile_colours_unref)

TileColour tile_colours_get (const TileColours *colours, guint32 column, guint32 row);
void tile_colours_set (TileColours *colours, guint32 column, guint32 row, TileColour colour);

/* What is known of a rectangle, which lies inside the frame. */
TileColour tile_colours_find (const TileColours *colours, const GlassRect *rect);
