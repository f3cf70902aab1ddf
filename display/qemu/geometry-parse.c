/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * B4: checks of the numbers that QEMU sends with pixels. Runs in vitrine-display, on a listener's
 * thread. Pure; must never assert on input.
 */
#include "geometry-parse.h"

#define PIXMAN(bpp, type, a, r, g, b)                                                              \
  (((bpp) << 24) | ((type) << 16) | ((a) << 12) | ((r) << 8) | ((g) << 4) | (b))
#define TYPE_ARGB 2u
#define TYPE_ABGR 3u
#define TYPE_BGRA 8u
#define TYPE_RGBA 9u

static const struct
{
  guint32 pixman;
  PixelFormat format;
} formats[] = {
  { PIXMAN (32u, TYPE_ARGB, 0u, 8u, 8u, 8u), PIXELS_XRGB8888 },
  { PIXMAN (32u, TYPE_ARGB, 8u, 8u, 8u, 8u), PIXELS_XRGB8888 },
  { PIXMAN (32u, TYPE_ABGR, 0u, 8u, 8u, 8u), PIXELS_XBGR8888 },
  { PIXMAN (32u, TYPE_ABGR, 8u, 8u, 8u, 8u), PIXELS_XBGR8888 },
  { PIXMAN (32u, TYPE_BGRA, 0u, 8u, 8u, 8u), PIXELS_BGRX8888 },
  { PIXMAN (32u, TYPE_BGRA, 8u, 8u, 8u, 8u), PIXELS_BGRX8888 },
  { PIXMAN (32u, TYPE_RGBA, 0u, 8u, 8u, 8u), PIXELS_RGBX8888 },
  { PIXMAN (32u, TYPE_RGBA, 8u, 8u, 8u, 8u), PIXELS_RGBX8888 },
  { PIXMAN (24u, TYPE_ARGB, 0u, 8u, 8u, 8u), PIXELS_RGB888 },
  { PIXMAN (24u, TYPE_ABGR, 0u, 8u, 8u, 8u), PIXELS_BGR888 },
  { PIXMAN (16u, TYPE_ARGB, 0u, 5u, 6u, 5u), PIXELS_RGB565 },
  { PIXMAN (16u, TYPE_ARGB, 0u, 5u, 5u, 5u), PIXELS_XRGB1555 },
  { PIXMAN (16u, TYPE_ARGB, 1u, 5u, 5u, 5u), PIXELS_XRGB1555 },
};

static gboolean
find_format (guint32 pixman, PixelFormat *ret_format)
{
  for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
    if (formats[i].pixman == pixman)
      {
        *ret_format = formats[i].format;
        return TRUE;
      }
  return FALSE;
}

guint
geometry_bytes_per_pixel (PixelFormat format)
{
  switch (format)
    {
    case PIXELS_RGB888:
    case PIXELS_BGR888:
      return 3;
    case PIXELS_RGB565:
    case PIXELS_XRGB1555:
      return 2;
    default:
      return 4;
    }
}

gsize
geometry_block_bytes (const PixelBlock *block)
{
  return (gsize) block->stride * (block->rect.height - 1) +
         (gsize) block->rect.width * geometry_bytes_per_pixel (block->format);
}

/* A width or height: 1 to the protocol's limit. Unsigned, so that a negative one is too large. */
static gboolean
is_dimension (guint32 value)
{
  return value >= 1 && value <= GLASS_DIMENSION_MAX;
}

/* What Scanout, Update and ScanoutMap have in common. All products fit 64 bits: a stride is at most
 * 2^17, a height 2^14. */
static ParseResult
parse_block (guint32 width,
             guint32 height,
             guint32 stride,
             guint32 pixman,
             guint64 offset,
             guint64 size,
             PixelBlock *ret_block)
{
  PixelBlock block = { .rect = { 0, 0, width, height }, .offset = offset, .stride = stride };

  if (!is_dimension (width) || !is_dimension (height) || !find_format (pixman, &block.format))
    return PARSE_BAD;
  if ((guint64) width * height * 4 > GLASS_FRAME_BYTES_MAX)
    return PARSE_BAD;
  if (stride > GEOMETRY_STRIDE_MAX || stride < width * geometry_bytes_per_pixel (block.format))
    return PARSE_BAD;
  if (offset > size || geometry_block_bytes (&block) > size - offset)
    return PARSE_BAD;
  *ret_block = block;
  return PARSE_OK;
}

ParseResult
geometry_parse_scanout (guint32 width,
                        guint32 height,
                        guint32 stride,
                        guint32 pixman,
                        gsize size,
                        PixelBlock *ret_block)
{
  return parse_block (width, height, stride, pixman, 0, size, ret_block);
}

/* Whether a corner is one that some frame could have. */
static gboolean
is_corner (gint32 x, gint32 y)
{
  return x >= 0 && y >= 0 && (guint32) x < GLASS_DIMENSION_MAX && (guint32) y < GLASS_DIMENSION_MAX;
}

ParseResult
geometry_parse_update (gint32 x,
                       gint32 y,
                       gint32 width,
                       gint32 height,
                       guint32 stride,
                       guint32 pixman,
                       gsize size,
                       PixelBlock *ret_block)
{
  PixelBlock block;

  if (!is_corner (x, y))
    return PARSE_BAD;
  if (parse_block (width, height, stride, pixman, 0, size, &block) != PARSE_OK)
    return PARSE_BAD;
  block.rect.x = x;
  block.rect.y = y;
  *ret_block = block;
  return PARSE_OK;
}

ParseResult
geometry_parse_map (guint32 offset,
                    guint32 width,
                    guint32 height,
                    guint32 stride,
                    guint32 pixman,
                    guint64 size,
                    PixelBlock *ret_block)
{
  return parse_block (width, height, stride, pixman, offset, size, ret_block);
}

ParseResult
geometry_parse_update_map (const PixelBlock *map,
                           gint32 x,
                           gint32 y,
                           gint32 width,
                           gint32 height,
                           PixelBlock *ret_block)
{
  PixelBlock block = *map;

  if (!is_corner (x, y) || !is_dimension (width) || !is_dimension (height))
    return PARSE_BAD;
  block.rect = (GlassRect) { x, y, width, height };
  if (!geometry_rect_fits (&block.rect, map->rect.width, map->rect.height))
    return PARSE_BAD;
  block.offset += (gsize) y * map->stride + (gsize) x * geometry_bytes_per_pixel (map->format);
  *ret_block = block;
  return PARSE_OK;
}

ParseResult
geometry_parse_cursor (gint32 width,
                       gint32 height,
                       gint32 hot_x,
                       gint32 hot_y,
                       gsize size,
                       GlassCursor *ret_cursor)
{
  const gint32 max = GLASS_CURSOR_DIMENSION_MAX;

  if (width < 0 || height < 0 || width > max || height > max)
    return PARSE_BAD;
  if ((gsize) width * (gsize) height * 4 > size)
    return PARSE_BAD;
  *ret_cursor = (GlassCursor) { .type = GLASS_CURSOR };
  if (width == 0 || height == 0)
    return PARSE_OK;
  ret_cursor->width = width;
  ret_cursor->height = height;
  ret_cursor->hot_x = CLAMP (hot_x, 0, width - 1);
  ret_cursor->hot_y = CLAMP (hot_y, 0, height - 1);
  return PARSE_OK;
}

gint32
geometry_clamp_position (gint32 value)
{
  return CLAMP (value, -(gint32) GLASS_CURSOR_DIMENSION_MAX, (gint32) GLASS_DIMENSION_MAX);
}

gboolean
geometry_rect_fits (const GlassRect *rect, guint32 width, guint32 height)
{
  return rect->x < width && rect->y < height && rect->width <= width - rect->x &&
         rect->height <= height - rect->y;
}
