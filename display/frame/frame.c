/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Shared frames and the comparison by tile. Runs in vitrine-display on a listener's thread; must
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
          widen_box (tiles_open_box (touched, x / TILE_WIDTH, y / TILE_HEIGHT), out, source,
                     x % TILE_WIDTH, next - x, y % TILE_HEIGHT);
          memcpy (out, source, bytes);
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
