/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Shared frames and the comparison by tile, and of one tile's rows with each other. Runs in
 * vitrine-display on a listener's thread; must never write outside the map, whatever QEMU sent:
 * blocks come checked from geometry-parse.c.
 */
#include "frame.h"

#include "fds.h"
#include "frame/pixels.h"

#include <string.h>
#include <sys/mman.h>

Frame *
frame_new (guint32 width, guint32 height, GError **error)
{
  void *map;
  int fd = fds_sealed_memory ("vitrine-frame", (gsize) width * height * 4, &map, error);
  Frame *frame;

  if (fd < 0)
    return NULL;
  frame = g_new0 (Frame, 1);
  frame->fd = fd;
  frame->map = map;
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
  munmap (frame->map, (gsize) frame->stride * frame->height);
  fds_clear (&frame->fd);
  tile_colours_unref (frame->colours);
  g_free (frame);
}

static gboolean
is_same_pixel (const guint8 *a, const guint8 *b, guint32 at)
{
  return memcmp (a + (gsize) at * 4, b + (gsize) at * 4, 4) == 0;
}

/* Makes the box hold what differs in a tile's part of a row, `width` pixels from `left` on. Looks
 * only where the box does not reach yet. */
static void
widen_box (TileBox *box, const guint8 *a, const guint8 *b, guint32 left, guint32 width, guint32 y)
{
  guint32 first = 0;
  guint32 last = width;

  while (left + first < box->left && first < width && is_same_pixel (a, b, first))
    first++;
  while (left + last > box->right && last > 0 && is_same_pixel (a, b, last - 1))
    last--;
  box->left = MIN (box->left, left + first);
  box->right = MAX (box->right, left + last);
  box->top = MIN (box->top, y);
  box->bottom = MAX (box->bottom, y + 1);
}

/* A tile while a block is applied. */
typedef struct
{
  TileColour before;
  TileColour now; /* of what the block has of it, as far as that has been looked at */
  gboolean changed;
} TileWork;

/* A row of tiles, or what a block has of it. */
typedef struct
{
  Frame *frame;
  Tiles *touched;
  GlassRect rect; /* the part of the block */
  TileWork tiles[GLASS_DIMENSION_MAX / TILE_WIDTH];
} BandWork;

static guint32
load_pixel (const guint8 *source)
{
  guint32 pixel;

  memcpy (&pixel, source, sizeof pixel);
  return pixel;
}

/* Whether the tile's part of a row goes on with the colour that it began with. */
static gboolean
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
static void
apply_part (BandWork *work, guint32 x, guint32 y, guint32 width, const guint8 *source)
{
  TileWork *tile = &work->tiles[x / TILE_WIDTH];
  guint8 *out = work->frame->map + (gsize) y * work->frame->stride + (gsize) x * 4;
  gsize bytes = (gsize) width * 4;

  if (goes_on_solid (tile, source, bytes) && tile->before.kind == TILE_SOLID
          ? tile->now.colour == tile->before.colour
          : memcmp (out, source, bytes) == 0)
    return;
  widen_box (tiles_open_box (work->touched, x / TILE_WIDTH, y / TILE_HEIGHT), out, source,
             x % TILE_WIDTH, width, y % TILE_HEIGHT);
  memcpy (out, source, bytes);
  tile->changed = TRUE;
}

static void
apply_row (BandWork *work, guint32 y, const guint8 *source)
{
  guint32 x = work->rect.x;
  guint32 end = x + work->rect.width;

  while (x < end)
    {
      guint32 next = MIN ((x / TILE_WIDTH + 1) * TILE_WIDTH, end);

      apply_part (work, x, y, next - x, source);
      source += (gsize) (next - x) * 4;
      x = next;
    }
}

static void
begin_band (BandWork *work)
{
  guint32 end = work->rect.x + work->rect.width;

  for (guint32 column = work->rect.x / TILE_WIDTH; column * TILE_WIDTH < end; column++)
    work->tiles[column] = (TileWork) { .before = tile_colours_get (work->frame->colours, column,
                                                                   work->rect.y / TILE_HEIGHT) };
}

/* Notes what the tiles are now: of what the block has only a part of, that is known only if nothing
 * has changed. */
static void
end_band (BandWork *work)
{
  const GlassRect *rect = &work->rect;
  guint32 row = rect->y / TILE_HEIGHT;
  guint32 end = rect->x + rect->width;
  gboolean is_high = rect->y % TILE_HEIGHT == 0 &&
                     rect->height == MIN (TILE_HEIGHT, work->frame->height - rect->y);

  for (guint32 column = rect->x / TILE_WIDTH; column * TILE_WIDTH < end; column++)
    {
      const TileWork *tile = &work->tiles[column];
      gboolean is_whole = is_high && rect->x <= column * TILE_WIDTH &&
                          end >= MIN ((column + 1) * TILE_WIDTH, work->frame->width);

      if (is_whole)
        tile_colours_set (work->frame->colours, column, row, tile->now);
      else if (tile->changed)
        tile_colours_set (work->frame->colours, column, row, (TileColour) { TILE_UNKNOWN, 0 });
    }
}

static void
apply_band (BandWork *work, const PixelBlock *block, const guint8 *data)
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
  end_band (work);
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
  work.touched = touched;
  work.rect = block->rect;
  for (; work.rect.y < end; work.rect.y += work.rect.height)
    {
      work.rect.height = MIN (TILE_HEIGHT - work.rect.y % TILE_HEIGHT, end - work.rect.y);
      apply_band (&work, block, data);
      data += (gsize) work.rect.height * block->stride;
    }
}
