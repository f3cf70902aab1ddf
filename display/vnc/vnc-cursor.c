/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Cursor pseudo-encodings. Runs in vitrine-display on the main loop.
 */
#include "vnc-cursor.h"

#include "fds.h"

#include <sys/mman.h>

static gsize
count_bytes (const VncCursor *cursor)
{
  return (gsize) cursor->shape.width * cursor->shape.height * 4;
}

gboolean
vnc_cursor_load (Screen *screen, VncCursor *ret_cursor)
{
  VncCursor cursor = { 0 };
  autofd fd = screen_dup_cursor (screen, &cursor.shape);
  void *map;

  if (fd < 0 || cursor.shape.width == 0)
    return FALSE;
  map = mmap (NULL, count_bytes (&cursor), PROT_READ, MAP_SHARED, fd, 0);
  if (map == MAP_FAILED)
    return FALSE;
  cursor.pixels = map;
  *ret_cursor = cursor;
  return TRUE;
}

void
vnc_cursor_clear (VncCursor *cursor)
{
  munmap (cursor->pixels, count_bytes (cursor));
}

void
vnc_cursor_put_alpha (const VncCursor *cursor, GByteArray *out)
{
  gsize count = count_bytes (cursor) / 4;
  guint32 encoding = GUINT32_TO_BE (RFB_ENCODING_RAW);

  g_byte_array_append (out, (const guint8 *) &encoding, sizeof encoding);
  for (gsize i = 0; i < count; i++)
    {
      guint32 p = cursor->pixels[i];
      const guint8 rgba[4] = { p >> 16, p >> 8, p, p >> 24 };

      g_byte_array_append (out, rgba, sizeof rgba);
    }
}

/* Opaque or not at all: the colour of a pixel as it was before it was premultiplied. */
static guint32
unmultiply (guint32 p)
{
  guint32 alpha = p >> 24;
  guint32 red, green, blue;

  if (alpha == 0)
    return 0;
  red = MIN (((p >> 16) & 0xff) * 255 / alpha, 255);
  green = MIN (((p >> 8) & 0xff) * 255 / alpha, 255);
  blue = MIN ((p & 0xff) * 255 / alpha, 255);
  return (red << 16) | (green << 8) | blue;
}

void
vnc_cursor_put_masked (const VncCursor *cursor, Encoder *encoder, GByteArray *out)
{
  guint32 width = cursor->shape.width;
  gsize row_bytes = (gsize) width * encoder_get_pixel_bytes (encoder);
  gsize mask_bytes = (width + 7) / 8;
  g_autofree guint32 *colours = g_new (guint32, width);
  g_autofree guint8 *row = g_malloc (row_bytes);
  g_autofree guint8 *mask = g_malloc0 (mask_bytes * cursor->shape.height);

  for (guint32 y = 0; y < cursor->shape.height; y++)
    {
      for (guint32 x = 0; x < width; x++)
        {
          guint32 p = cursor->pixels[y * width + x];

          colours[x] = unmultiply (p);
          if (p >> 31)
            mask[y * mask_bytes + x / 8] |= 0x80 >> (x % 8);
        }
      encoder_translate (encoder, colours, width, row);
      g_byte_array_append (out, row, row_bytes);
    }
  g_byte_array_append (out, mask, mask_bytes * cursor->shape.height);
}
