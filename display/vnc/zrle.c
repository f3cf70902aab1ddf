/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * ZRLE. Runs in vitrine-display on the main loop. Must never leave anything in the compressor that
 * a later piece could refer to.
 */
#include "zrle.h"

#include "vnc/vnc-put.h"

#include <string.h>
#include <zlib.h>

#define TILE 64u
#define COLOURS_MAX 16u
#define SUBENCODING_RAW 0u
#define SUBENCODING_SOLID 1u

/* Of a rectangle: where the length of what is compressed stands, and the compressed bytes. */
#define LENGTH_AT 12u
#define DATA_AT 16u
/* The head of a zlib stream (RFC 1950). */
#define BEGIN "\x78\x01"
#define BEGIN_BYTES 2u

/* How a pixel goes out: some of its bytes (RFC 6143, CPIXEL). */
typedef struct
{
  guint bytes; /* of a pixel in memory */
  guint skip;  /* of them, first */
  guint put;   /* that then go out */
  guint32 mask;
} Pixel;

struct _Zrle
{
  z_stream stream; /* raw: what begins a stream is the viewer's */
  int level;
  int strategy;
  GByteArray *plain;
  guint32 tile[TILE * TILE];
};

Zrle *
zrle_new (void)
{
  Zrle *zrle = g_new0 (Zrle, 1);

  zrle->level = 1;
  zrle->plain = g_byte_array_new ();
  if (deflateInit2 (&zrle->stream, zrle->level, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL,
                    Z_DEFAULT_STRATEGY) != Z_OK)
    g_clear_pointer (&zrle, zrle_free);
  return zrle;
}

void
zrle_free (Zrle *zrle)
{
  if (zrle == NULL)
    return;
  deflateEnd (&zrle->stream);
  g_byte_array_unref (zrle->plain);
  g_free (zrle);
}

static Pixel
pixel_of (const RfbPixelFormat *format)
{
  Pixel pixel = { format->bits / 8, 0, format->bits / 8, G_MAXUINT32 };
  guint32 used = (guint32) format->red_max << format->red_shift |
                 (guint32) format->green_max << format->green_shift |
                 (guint32) format->blue_max << format->blue_shift;

  if (format->bits != 32 || format->depth > 24)
    return pixel;
  if ((used & 0xff000000u) == 0)
    pixel.skip = format->big_endian ? 1 : 0;
  else if ((used & 0xffu) == 0)
    pixel.skip = format->big_endian ? 0 : 1;
  else
    return pixel;
  pixel.put = 3;
  pixel.mask = 0xffffffu << (pixel.skip * 8);
  return pixel;
}

/* --- Tiles: their bytes in memory as a number, least significant first --- */

static guint8 *
put_pixel (guint8 *out, const Pixel *pixel, guint32 value)
{
  value >>= pixel->skip * 8;
  for (guint i = 0; i < pixel->put; i++)
    *out++ = value >> (i * 8);
  return out;
}

static void
load_tile (Zrle *zrle,
           const Pixel *pixel,
           const guint8 *from,
           gsize stride,
           guint width,
           guint height)
{
  guint32 *to = zrle->tile;

  for (guint y = 0; y < height; y++, from += stride)
    for (guint x = 0; x < width; x++)
      {
        guint32 value = 0;

        switch (pixel->bytes)
          {
          case 4:
            memcpy (&value, from + (gsize) x * 4, 4);
            break;
          case 2:
            value = from[x * 2] | from[x * 2 + 1] << 8;
            break;
          default:
            value = from[x];
          }
        *to++ = GUINT32_FROM_LE (value) & pixel->mask;
      }
}

static guint
find_colour (const guint32 *colours, guint n, guint32 value)
{
  guint i = 0;

  while (i < n && colours[i] != value)
    i++;
  return i;
}

/* How many; COLOURS_MAX + 1 for more. */
static guint
count_colours (const guint32 *tile, guint n_pixels, guint32 colours[COLOURS_MAX])
{
  guint n = 0;
  guint32 last = ~tile[0];

  for (guint i = 0; i < n_pixels; i++)
    {
      if (tile[i] == last)
        continue;
      last = tile[i];
      if (find_colour (colours, n, last) < n)
        continue;
      if (n == COLOURS_MAX)
        return n + 1;
      colours[n++] = last;
    }
  return n;
}

/* Indices, most significant bit first; each row begins with a byte. */
static guint8 *
put_packed (guint8 *out,
            const guint32 *tile,
            guint width,
            guint height,
            const guint32 *colours,
            guint n)
{
  guint bits = n == 2 ? 1 : n <= 4 ? 2 : 4;
  guint index = 0;

  for (guint y = 0; y < height; y++)
    {
      guint8 byte = 0;
      guint filled = 0;

      for (guint x = 0; x < width; x++, tile++)
        {
          if (colours[index] != *tile)
            index = find_colour (colours, n, *tile);
          byte = byte << bits | index;
          filled += bits;
          if (filled == 8)
            {
              *out++ = byte;
              byte = filled = 0;
            }
        }
      if (filled > 0)
        *out++ = byte << (8 - filled);
    }
  return out;
}

static guint8 *
put_tile (Zrle *zrle, const Pixel *pixel, guint width, guint height, guint8 *out)
{
  guint32 colours[COLOURS_MAX];
  guint n = count_colours (zrle->tile, width * height, colours);

  if (n > COLOURS_MAX)
    {
      *out++ = SUBENCODING_RAW;
      for (guint i = 0; i < width * height; i++)
        out = put_pixel (out, pixel, zrle->tile[i]);
      return out;
    }
  *out++ = n; /* SUBENCODING_SOLID or the size of a palette */
  for (guint i = 0; i < n; i++)
    out = put_pixel (out, pixel, colours[i]);
  return n == SUBENCODING_SOLID ? out : put_packed (out, zrle->tile, width, height, colours, n);
}

static void
put_tiles (Zrle *zrle, const Pixel *pixel, const GlassRect *rect, const guint8 *pixels)
{
  gsize stride = (gsize) rect->width * pixel->bytes;
  gsize n_tiles = (gsize) (rect->width / TILE + 1) * (rect->height / TILE + 1);
  guint8 *out;

  /* A palette never takes more than the pixels would, but for its own bytes. */
  g_byte_array_set_size (zrle->plain,
                         (gsize) rect->width * rect->height * 4 + n_tiles * (1 + COLOURS_MAX * 4));
  out = zrle->plain->data;
  for (guint32 y = 0; y < rect->height; y += TILE)
    for (guint32 x = 0; x < rect->width; x += TILE)
      {
        guint width = MIN (TILE, rect->width - x);
        guint height = MIN (TILE, rect->height - y);

        load_tile (zrle, pixel, pixels + y * stride + (gsize) x * pixel->bytes, stride, width,
                   height);
        out = put_tile (zrle, pixel, width, height, out);
      }
  g_byte_array_set_size (zrle->plain, out - zrle->plain->data);
}

static void
put_solid_tiles (Zrle *zrle, const Pixel *pixel, const GlassRect *rect, const guint8 *pixels)
{
  guint n_tiles = ((rect->width + TILE - 1) / TILE) * ((rect->height + TILE - 1) / TILE);
  guint8 *out;

  load_tile (zrle, pixel, pixels, 0, 1, 1);
  g_byte_array_set_size (zrle->plain, n_tiles * (1 + pixel->put));
  out = zrle->plain->data;
  for (guint i = 0; i < n_tiles; i++)
    {
      *out++ = SUBENCODING_SOLID;
      out = put_pixel (out, pixel, zrle->tile[0]);
    }
}

/* --- Compression --- */

static gboolean
compress_plain (Zrle *zrle, const ZrleWish *wish, GByteArray *out)
{
  z_stream *stream = &zrle->stream;
  int strategy = wish->noisy ? Z_HUFFMAN_ONLY : Z_DEFAULT_STRATEGY;
  guint at = out->len;

  if (deflateReset (stream) != Z_OK)
    return FALSE;
  if ((wish->level != zrle->level || strategy != zrle->strategy) &&
      deflateParams (stream, wish->level, strategy) != Z_OK)
    return FALSE;
  zrle->level = wish->level;
  zrle->strategy = strategy;
  g_byte_array_set_size (out, at + deflateBound (stream, zrle->plain->len) + 16);
  stream->next_in = zrle->plain->data;
  stream->avail_in = zrle->plain->len;
  stream->next_out = out->data + at;
  stream->avail_out = out->len - at;
  if (deflate (stream, Z_SYNC_FLUSH) != Z_OK || stream->avail_in > 0 || stream->avail_out == 0)
    return FALSE;
  g_byte_array_set_size (out, out->len - stream->avail_out);
  return TRUE;
}

static void
set_length (GByteArray *piece)
{
  guint32 length = GUINT32_TO_BE (piece->len - DATA_AT);

  memcpy (piece->data + LENGTH_AT, &length, sizeof length);
}

gboolean
zrle_encode (Zrle *zrle,
             const ZrleWish *wish,
             const GlassRect *rect,
             const guint8 *pixels,
             GByteArray *out)
{
  Pixel pixel = pixel_of (&wish->format);

  if (wish->solid)
    put_solid_tiles (zrle, &pixel, rect, pixels);
  else
    put_tiles (zrle, &pixel, rect, pixels);
  g_byte_array_set_size (out, 0);
  vnc_put_rect (out, rect->x, rect->y, rect->width, rect->height, RFB_ENCODING_ZRLE);
  vnc_put_u32 (out, 0);
  if (!compress_plain (zrle, wish, out))
    return FALSE;
  set_length (out);
  return TRUE;
}

void
zrle_put_first (GByteArray *out, const guint8 *piece, gsize size)
{
  g_byte_array_set_size (out, 0);
  g_byte_array_append (out, piece, DATA_AT);
  g_byte_array_append (out, (const guint8 *) BEGIN, BEGIN_BYTES);
  g_byte_array_append (out, piece + DATA_AT, size - DATA_AT);
  set_length (out);
}
