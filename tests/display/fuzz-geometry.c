/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * B4: numbers from QEMU, then, where the parser accepts them, exactly as many bytes as it says it
 * will read, drawn into a frame of the size that it says will do.
 */
#include "frame/frame.h"

/* What is drawn, so that a run stays fast. */
#define BYTES_MAX (64u * 1024)

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
draw (const PixelBlock *block)
{
  const GlassRect *rect = &block->rect;
  guint32 width = rect->x + rect->width;
  guint32 height = rect->y + rect->height;
  gsize bytes = geometry_block_bytes (block);
  g_autofree guint8 *pixels = NULL;
  g_autoptr (Frame) frame = NULL;
  Tiles touched = { 0 };

  if (bytes > BYTES_MAX || (gsize) width * height * 4 > BYTES_MAX)
    return;
  frame = frame_new (width, height, NULL);
  if (frame == NULL)
    return;
  pixels = g_malloc (bytes);
  memset (pixels, 0x5a, bytes);
  tiles_reset (&touched, width, height);
  frame_apply (frame, block, pixels, &touched);
  tiles_free (&touched);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  Cursor cursor = cursor_init (data, size);
  guint32 kind = cursor_u32 (&cursor);
  guint32 n[8];
  PixelBlock block, part;
  GlassCursor image;

  for (guint i = 0; i < G_N_ELEMENTS (n); i++)
    n[i] = cursor_u32 (&cursor);
  switch (kind)
    {
    case 0:
      if (geometry_parse_scanout (n[0], n[1], n[2], n[3], n[4], &block) == PARSE_OK)
        draw (&block);
      break;
    case 1:
      if (geometry_parse_update (n[0], n[1], n[2], n[3], n[4], n[5], n[6], &block) == PARSE_OK)
        draw (&block);
      break;
    case 2:
      if (geometry_parse_map (n[0], n[1], n[2], n[3], 0x20020888, n[7], &block) != PARSE_OK)
        break;
      draw (&block);
      if (geometry_parse_update_map (&block, n[4], n[5], n[6], n[6], &part) == PARSE_OK)
        {
          g_assert_cmpuint (part.offset + geometry_block_bytes (&part), <=, n[7]);
          draw (&part);
        }
      break;
    case 3:
      if (geometry_parse_cursor (n[0], n[1], n[2], n[3], n[4], &image) == PARSE_OK)
        g_assert_true (image.width == 0 ||
                       (image.hot_x < image.width && image.hot_y < image.height));
      break;
    default:
      break;
    }
  return 0;
}
