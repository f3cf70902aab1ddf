/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Rectangles of one colour. Runs in vitrine-display on the main loop.
 */
#include "solid.h"

#include "vnc/vnc-put.h"

#include <string.h>

#define TIGHT_FILL 0x80u
#define HEXTILE_BACKGROUND 2u

gboolean
solid_is (const guint8 *pixels, guint32 stride, guint32 width, guint32 height)
{
  gsize bytes = (gsize) width * 4;

  /* Where most of what is not solid shows it. */
  if (memcmp (pixels, pixels + (gsize) (height - 1) * stride + bytes - 4, 4) != 0)
    return FALSE;
  if (memcmp (pixels, pixels + 4, bytes - 4) != 0) /* each pixel with the next */
    return FALSE;
  for (guint32 y = 1; y < height; y++)
    if (memcmp (pixels, pixels + (gsize) y * stride, bytes) != 0)
      return FALSE;
  return TRUE;
}

/* RFC 6143, 7.7.4: a tile that says nothing has the background of the one before. */
static void
put_hextile (GByteArray *out, const GlassRect *rect, const guint8 *pixel)
{
  guint32 n_tiles = ((rect->width + 15) / 16) * ((rect->height + 15) / 16);
  guint at;

  vnc_put_u8 (out, HEXTILE_BACKGROUND);
  g_byte_array_append (out, pixel, 4);
  at = out->len;
  g_byte_array_set_size (out, at + n_tiles - 1);
  memset (out->data + at, 0, n_tiles - 1);
}

/* rfbproto, "Tight Encoding", FillCompression: red, green and blue. */
static void
put_tight (GByteArray *out, const guint8 *pixel)
{
  vnc_put_u8 (out, TIGHT_FILL);
  vnc_put_u8 (out, pixel[2]);
  vnc_put_u8 (out, pixel[1]);
  vnc_put_u8 (out, pixel[0]);
}

gboolean
solid_put (GByteArray *out, RfbEncoding encoding, const GlassRect *rect, const guint8 *pixel)
{
  guint8 colour[4];

  memcpy (colour, pixel, sizeof colour); /* once: it may change */
  g_byte_array_set_size (out, 0);
  if (encoding != RFB_ENCODING_TIGHT && encoding != RFB_ENCODING_HEXTILE)
    return FALSE;
  vnc_put_rect (out, rect->x, rect->y, rect->width, rect->height, encoding);
  if (encoding == RFB_ENCODING_TIGHT)
    put_tight (out, colour);
  else
    put_hextile (out, rect, colour);
  return TRUE;
}
