/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Shared frames and the comparison by tile, and of one tile's rows with each other. Runs in
 * vitrine-display on a listener's thread; must never write outside the map, whatever QEMU sent:
 * blocks come checked from geometry-parse.c.
 */
#include "frame.h"

#include "fds.h"
#include "frame/large-pages.h"
#include "frame/pixels.h"

#include <string.h>
#include <sys/mman.h>

Frame *
frame_new (guint32 width, guint32 height, GError **error)
{
  gsize bytes = large_pages_round ((gsize) width * height * 4);
  void *map;
  int fd =
      fds_sealed_memory_at ("vitrine-frame", bytes, large_pages_find_place (bytes), &map, error);
  Frame *frame;

  if (fd < 0)
    return NULL;
  large_pages_use (map, bytes);
  frame = g_new0 (Frame, 1);
  frame->fd = fd;
  frame->map = map;
  frame->bytes = bytes;
  frame->width = width;
  frame->height = height;
  frame->stride = width * 4;
  frame->colours = tile_colours_new (width, height);
  return frame;
}

void
frame_free (Frame *frame)
{
  if (frame == NULL)
    return;
  munmap (frame->map, frame->bytes);
  fds_clear (&frame->fd);
  tile_colours_unref (frame->colours);
  g_free (frame);
}

static gboolean
is_same_pixel (const guint8 *a, const guint8 *b, guint32 at)
{
  return memcmp (a + (gsize) at * 4, b + (gsize) at * 4, 4) == 0;
}

/* What a block has of a tile, while it is applied. */
typedef struct
{
  guint32 x;     /* in the frame */
  guint32 width; /* of each row's part */
  TileColour before;
  TileColour now; /* of what the block has of it, as far as that has been looked at */
  /* What differs: pixels from x on, rows of the frame; right and bottom excluded. */
  guint32 left, top, right, bottom;
} TileWork;

/* What a block has of a row of tiles. */
typedef struct
{
  Frame *frame;
  GlassRect rect; /* the part of the block */
  guint n_tiles;
  TileWork tiles[GLASS_DIMENSION_MAX / TILE_WIDTH];
} BandWork;

/* Makes the tile's box hold what differs in a part of a row. Looks only where it does not reach
 * yet. */
static void
widen_box (TileWork *tile, const guint8 *a, const guint8 *b)
{
  guint32 first = 0;
  guint32 last = tile->width;

  while (first < tile->left && first < last && is_same_pixel (a, b, first))
    first++;
  while (last > tile->right && last > first && is_same_pixel (a, b, last - 1))
    last--;
  tile->left = MIN (tile->left, first);
  tile->right = MAX (tile->right, last);
}

static guint32
load_pixel (const guint8 *source)
{
  guint32 pixel;

  memcpy (&pixel, source, sizeof pixel);
  return pixel;
}

/* Whether the tile's part of a row goes on with the colour that it began with. */
static inline gboolean
goes_on_solid (TileWork *tile, const guint8 *source, gsize bytes)
{
  if (tile->now.kind == TILE_UNKNOWN)
    tile->now = (TileColour) { TILE_SOLID, load_pixel (source) };
  if (tile->now.kind == TILE_SOLID &&
      (load_pixel (source) != tile->now.colour || memcmp (source, source + 4, bytes - 4) != 0))
    tile->now = (TileColour) { TILE_MIXED, 0 };
  return tile->now.kind == TILE_SOLID;
}

/* One tile's part of a row, compared and copied. From one colour to another the frame's memory is
 * only written. */
static inline void
apply_part (TileWork *tile, guint32 y, guint8 *out, const guint8 *source)
{
  gsize bytes = (gsize) tile->width * 4;

  if (goes_on_solid (tile, source, bytes) && tile->before.kind == TILE_SOLID
          ? tile->now.colour == tile->before.colour
          : memcmp (out, source, bytes) == 0)
    return;
  if (tile->left > 0 || tile->right < tile->width)
    widen_box (tile, out, source);
  tile->top = MIN (tile->top, y);
  tile->bottom = y + 1;
  memcpy (out, source, bytes);
}

static void
apply_row (BandWork *work, guint32 y, const guint8 *source)
{
  guint8 *out = work->frame->map + (gsize) y * work->frame->stride;
  const TileWork *end = work->tiles + work->n_tiles;

  out += (gsize) work->rect.x * 4;
  for (TileWork *tile = work->tiles; tile < end; tile++)
    {
      apply_part (tile, y, out, source);
      out += (gsize) tile->width * 4;
      source += (gsize) tile->width * 4;
    }
}

static void
begin_band (BandWork *work)
{
  guint32 end = work->rect.x + work->rect.width;
  guint32 next;

  work->n_tiles = 0;
  for (guint32 x = work->rect.x; x < end; x = next)
    {
      guint32 column = x / TILE_WIDTH;

      next = MIN ((column + 1) * TILE_WIDTH, end);
      work->tiles[work->n_tiles++] = (TileWork) {
        .x = x,
        .width = next - x,
        .before = tile_colours_get (work->frame->colours, column, work->rect.y / TILE_HEIGHT),
        .left = next - x,
        .top = G_MAXUINT32,
      };
    }
}

/* Marks the tiles that have changed, and notes what they are now: of what the block has only a part
 * of, that is known only if nothing has changed. */
static void
end_band (BandWork *work, Tiles *touched)
{
  guint32 row = work->rect.y / TILE_HEIGHT;
  guint32 top = row * TILE_HEIGHT;
  gboolean is_high =
      work->rect.y == top && work->rect.height == MIN (TILE_HEIGHT, work->frame->height - top);

  for (guint i = 0; i < work->n_tiles; i++)
    {
      const TileWork *tile = &work->tiles[i];
      guint32 column = tile->x / TILE_WIDTH;
      guint32 left = column * TILE_WIDTH;
      gboolean is_whole = is_high && tile->width == MIN (TILE_WIDTH, work->frame->width - left);
      gboolean has_changed = tile->bottom > 0;

      if (has_changed)
        tiles_mark_box (touched, column, row,
                        (TileBox) { tile->x - left + tile->left, tile->top - top,
                                    tile->x - left + tile->right, tile->bottom - top });
      if (is_whole)
        tile_colours_set (work->frame->colours, column, row, tile->now);
      else if (has_changed)
        tile_colours_set (work->frame->colours, column, row, (TileColour) { TILE_UNKNOWN, 0 });
    }
}

static void
apply_band (BandWork *work, const PixelBlock *block, const guint8 *data, Tiles *touched)
{
  guint32 row[GLASS_DIMENSION_MAX];

  begin_band (work);
  for (guint32 i = 0; i < work->rect.height; i++, data += block->stride)
    {
      const guint8 *source = data;

      if (block->format != PIXELS_XRGB8888)
        {
          pixels_convert_row (block->format, data, row, work->rect.width);
          source = (const guint8 *) row;
        }
      apply_row (work, work->rect.y + i, source);
    }
  end_band (work, touched);
}

guint32
frame_cut_band (guint32 y, guint32 most, guint32 end)
{
  guint32 cut = (y + most) / TILE_HEIGHT * TILE_HEIGHT;

  if (most >= end - y)
    return end - y;
  return cut > y ? cut - y : most;
}

void
frame_apply (Frame *frame, const PixelBlock *block, const guint8 *data, Tiles *touched)
{
  BandWork work; /* too large to clear what a small block does not use */
  guint32 end = block->rect.y + block->rect.height;

  g_return_if_fail (geometry_rect_fits (&block->rect, frame->width, frame->height));
  work.frame = frame;
  work.rect = block->rect;
  for (; work.rect.y < end; work.rect.y += work.rect.height)
    {
      work.rect.height = MIN (TILE_HEIGHT - work.rect.y % TILE_HEIGHT, end - work.rect.y);
      apply_band (&work, block, data, touched);
      data += (gsize) work.rect.height * block->stride;
    }
}
