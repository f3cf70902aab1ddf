/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Shared frames and the comparison by tile. Runs in vitrine-display on GDBus's worker thread; must
 * never write outside the map, whatever QEMU sent: blocks come checked from geometry-parse.c.
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
  return frame;
}

void
frame_free (Frame *frame)
{
  if (frame == NULL)
    return;
  munmap (frame->map, (gsize) frame->stride * frame->height);
  fds_clear (&frame->fd);
  g_free (frame);
}

/* How many pixels are the same at the beginning (or, backwards, at the end) of two rows that
 * differ. */
static guint32
count_same (const guint8 *a, const guint8 *b, guint32 width, gboolean backwards)
{
  guint32 same = 0;

  for (; same < width; same++)
    {
      gsize at = (gsize) (backwards ? width - 1 - same : same) * 4;

      if (memcmp (a + at, b + at, 4) != 0)
        break;
    }
  return same;
}

/* One row of `width` pixels at x, y: each tile's part is compared and copied on its own. */
static void
apply_row (Frame *frame, guint32 x, guint32 y, guint32 width, const guint8 *source, Tiles *touched)
{
  guint8 *out = frame->map + (gsize) y * frame->stride + (gsize) x * 4;
  guint32 end = x + width;

  while (x < end)
    {
      guint32 next = MIN ((x / TILE_WIDTH + 1) * TILE_WIDTH, end);
      gsize bytes = (gsize) (next - x) * 4;

      if (memcmp (out, source, bytes) != 0)
        {
          TileBox box = { .left = x % TILE_WIDTH + count_same (out, source, next - x, FALSE),
                          .right =
                              x % TILE_WIDTH + next - x - count_same (out, source, next - x, TRUE),
                          .top = y % TILE_HEIGHT,
                          .bottom = y % TILE_HEIGHT + 1 };

          memcpy (out, source, bytes);
          tiles_mark_box (touched, x / TILE_WIDTH, y / TILE_HEIGHT, box);
        }
      out += bytes;
      source += bytes;
      x = next;
    }
}

void
frame_apply (Frame *frame, const PixelBlock *block, const guint8 *data, Tiles *touched)
{
  const GlassRect *rect = &block->rect;
  guint32 row[GLASS_DIMENSION_MAX];

  g_return_if_fail (geometry_rect_fits (rect, frame->width, frame->height));
  for (guint32 i = 0; i < rect->height; i++, data += block->stride)
    {
      const guint8 *source = data;

      if (block->format != PIXELS_XRGB8888)
        {
          pixels_convert_row (block->format, data, row, rect->width);
          source = (const guint8 *) row;
        }
      apply_row (frame, rect->x, rect->y + i, rect->width, source, touched);
    }
}
