/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The colours of a frame's tiles. Runs in vitrine-display, on a listener's thread and the main loop
 * at once. Must never tell half of what was noted: a kind and a colour are one number.
 */
#include "tile-colours.h"

#include "frame/tiles.h"

struct _TileColours
{
  guint32 width; /* of the frame */
  guint32 height;
  guint32 columns;
  guint64 tiles[]; /* kind << 32 | colour; rows of `columns` */
};

TileColours *
tile_colours_new (guint32 width, guint32 height)
{
  guint32 columns = (width + TILE_WIDTH - 1) / TILE_WIDTH;
  guint32 rows = (height + TILE_HEIGHT - 1) / TILE_HEIGHT;
  TileColours *colours =
      g_atomic_rc_box_alloc0 (sizeof *colours + sizeof *colours->tiles * (gsize) columns * rows);

  colours->width = width;
  colours->height = height;
  colours->columns = columns;
  for (guint32 row = 0; row < rows; row++)
    for (guint32 column = 0; column < columns; column++)
      tile_colours_set (colours, column, row, (TileColour) { TILE_SOLID, 0 });
  return colours;
}

TileColours *
tile_colours_ref (TileColours *colours)
{
  return g_atomic_rc_box_acquire (colours);
}

void
tile_colours_unref (TileColours *colours)
{
  g_atomic_rc_box_release (colours);
}

TileColour
tile_colours_get (const TileColours *colours, guint32 column, guint32 row)
{
  const guint64 *tile = &colours->tiles[(gsize) row * colours->columns + column];
  guint64 value = __atomic_load_n (tile, __ATOMIC_RELAXED);

  return (TileColour) { value >> 32, value & G_MAXUINT32 };
}

void
tile_colours_set (TileColours *colours, guint32 column, guint32 row, TileColour colour)
{
  guint64 *tile = &colours->tiles[(gsize) row * colours->columns + column];

  __atomic_store_n (tile, (guint64) colour.kind << 32 | colour.colour, __ATOMIC_RELAXED);
}

/* All of the tile lies in the rectangle. */
static gboolean
is_covered (const TileColours *colours, const GlassRect *rect, guint32 column, guint32 row)
{
  guint32 right = MIN ((column + 1) * TILE_WIDTH, colours->width);
  guint32 bottom = MIN ((row + 1) * TILE_HEIGHT, colours->height);

  return rect->x <= column * TILE_WIDTH && rect->y <= row * TILE_HEIGHT &&
         rect->x + rect->width >= right && rect->y + rect->height >= bottom;
}

TileColour
tile_colours_find (const TileColours *colours, const GlassRect *rect)
{
  const TileColour unknown = { TILE_UNKNOWN, 0 };
  const TileColour mixed = { TILE_MIXED, 0 };
  TileColour first = tile_colours_get (colours, rect->x / TILE_WIDTH, rect->y / TILE_HEIGHT);

  for (guint32 row = rect->y / TILE_HEIGHT; row * TILE_HEIGHT < rect->y + rect->height; row++)
    for (guint32 column = rect->x / TILE_WIDTH; column * TILE_WIDTH < rect->x + rect->width;
         column++)
      {
        TileColour tile = tile_colours_get (colours, column, row);

        if (tile.kind == TILE_MIXED && is_covered (colours, rect, column, row))
          return mixed;
        if (tile.kind != TILE_SOLID || first.kind != TILE_SOLID)
          return unknown;
        if (tile.colour != first.colour)
          return mixed;
      }
  return first;
}
