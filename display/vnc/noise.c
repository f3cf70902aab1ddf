/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Photographs and their like. Runs in vitrine-display on the main loop.
 */
#include "noise.h"

#include "vnc/vnc-put.h"

#include <string.h>

/* Every so many rows are looked at. */
#define ROW_STEP 4u
/* Fewer pixels than this tell nothing. */
#define PIXELS_MIN 1024u
/* Where at most one pixel in so many is as the one before it. */
#define SAME_IN 8u

/* Pixels compared at once: a number that the compiler knows, so that it uses vectors. */
#define RUN 64u

#define HEXTILE 16u
#define HEXTILE_RAW 1u

/* How many of `n` pixels have the colour of the one before, which is in front of the first. */
static inline guint32
count_same (const guint32 *pixels, guint32 n)
{
  guint32 same = 0;

  for (guint32 i = 0; i < n; i++)
    same += ((pixels[i] ^ pixels[(gssize) i - 1]) & 0xffffffu) == 0;
  return same;
}

gboolean
noise_is (const guint8 *pixels, gsize stride, guint32 width, guint32 height)
{
  guint32 same = 0;
  guint32 seen = 0;

  if (width * height < PIXELS_MIN)
    return FALSE;
  for (guint32 y = 0; y < height; y += ROW_STEP, seen += width)
    {
      const guint32 *row = (const guint32 *) (pixels + y * stride);
      guint32 x = 1;

      for (; x + RUN <= width; x += RUN)
        same += count_same (row + x, RUN);
      same += count_same (row + x, width - x);
    }
  return same < seen / SAME_IN;
}

/* Most rows of most tiles have this size, known to the compiler. */
static inline void
copy_row (guint8 *to, const guint8 *from, gsize size)
{
  if (size == HEXTILE * 4)
    memcpy (to, from, HEXTILE * 4);
  else
    memcpy (to, from, size);
}

void
noise_put_hextile (GByteArray *out,
                   const GlassRect *rect,
                   const guint8 *pixels,
                   gsize stride,
                   guint bytes)
{
  gsize n_tiles = (gsize) ((rect->width + 15) / HEXTILE) * ((rect->height + 15) / HEXTILE);
  guint8 *to;

  g_byte_array_set_size (out, 0);
  vnc_put_rect (out, rect->x, rect->y, rect->width, rect->height, RFB_ENCODING_HEXTILE);
  g_byte_array_set_size (out, out->len + (gsize) rect->width * bytes * rect->height + n_tiles);
  to = out->data + 12;
  for (guint32 y = 0; y < rect->height; y += HEXTILE)
    for (guint32 x = 0; x < rect->width; x += HEXTILE)
      {
        gsize row = (gsize) MIN (HEXTILE, rect->width - x) * bytes;

        *to++ = HEXTILE_RAW;
        for (guint32 line = y; line < MIN (y + HEXTILE, rect->height); line++, to += row)
          copy_row (to, pixels + line * stride + (gsize) x * bytes, row);
      }
}
