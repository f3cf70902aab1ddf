/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Decodes raw, hextile, ZRLE and tight rectangles, for tests.
 */
#include "rfb-decode.h"

#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

typedef struct
{
  const guint8 *at, *end;
} Bytes;

static const guint8 *
take (Bytes *bytes, gsize n)
{
  const guint8 *at = bytes->at;

  g_assert_cmpuint (n, <=, (gsize) (bytes->end - bytes->at));
  bytes->at += n;
  return at;
}

static guint
take_u8 (Bytes *bytes)
{
  return *take (bytes, 1);
}

static guint
take_u16 (Bytes *bytes)
{
  const guint8 *at = take (bytes, 2);
  return at[0] << 8 | at[1];
}

static guint32
take_u32 (Bytes *bytes)
{
  guint32 high = take_u16 (bytes);
  return high << 16 | take_u16 (bytes);
}

void
rfb_decode_init (RfbDecode *decode, const RfbPixelFormat *format, guint32 width, guint32 height)
{
  *decode = (RfbDecode) { .format = *format, .width = width, .height = height };
  decode->pixels = g_new0 (guint32, (gsize) width * height);
  g_assert_cmpint (inflateInit (&decode->zrle), ==, Z_OK);
}

void
rfb_decode_clear (RfbDecode *decode)
{
  g_free (decode->pixels);
  inflateEnd (&decode->zrle);
  for (guint i = 0; i < 4; i++)
    if (decode->have_tight[i])
      inflateEnd (&decode->tight[i]);
}

typedef struct
{
  guint x, y, width, height;
} Rect;

static void
set (RfbDecode *decode, guint x, guint y, guint32 value)
{
  g_assert_cmpuint (x, <, decode->width);
  g_assert_cmpuint (y, <, decode->height);
  decode->pixels[(gsize) y * decode->width + x] = value;
}

static void
fill (RfbDecode *decode, Rect rect, guint32 value)
{
  for (guint y = 0; y < rect.height; y++)
    for (guint x = 0; x < rect.width; x++)
      set (decode, rect.x + x, rect.y + y, value);
}

/* --- Pixels: the bytes in memory, as a little-endian number --- */

static guint32
take_pixel (RfbDecode *decode, Bytes *bytes)
{
  guint32 value = 0;

  for (guint i = 0; i < decode->format.bits / 8u; i++)
    value |= (guint32) take_u8 (bytes) << (i * 8);
  return value;
}

/* Where a channel's bits are in that number. */
static guint32
compose (const RfbPixelFormat *format, guint red, guint green, guint blue)
{
  guint32 value = (guint32) red << format->red_shift | (guint32) green << format->green_shift |
                  (guint32) blue << format->blue_shift;

  return format->big_endian ? GUINT32_SWAP_LE_BE (value) : value;
}

static guint32
take_cpixel (RfbDecode *decode, Bytes *bytes)
{
  const RfbPixelFormat *format = &decode->format;
  guint32 all = compose (format, format->red_max, format->green_max, format->blue_max);
  guint32 value = 0;
  guint first;

  if (format->bits != 32 || format->depth > 24 || ((all & 0xff) != 0 && all >> 24 != 0))
    return take_pixel (decode, bytes);
  first = (all & 0xff) == 0 ? 1 : 0;
  for (guint i = 0; i < 3; i++)
    value |= (guint32) take_u8 (bytes) << ((first + i) * 8);
  return value;
}

static gboolean
has_tpixels (const RfbDecode *decode)
{
  const RfbPixelFormat *format = &decode->format;

  return format->bits == 32 && format->depth == 24 && format->red_max == 255 &&
         format->green_max == 255 && format->blue_max == 255;
}

static guint32
take_tpixel (RfbDecode *decode, Bytes *bytes)
{
  const guint8 *at;

  if (!has_tpixels (decode))
    return take_pixel (decode, bytes);
  at = take (bytes, 3);
  return compose (&decode->format, at[0], at[1], at[2]);
}

/* --- Encodings --- */

static void
take_raw (RfbDecode *decode, Bytes *bytes, Rect rect)
{
  for (guint y = 0; y < rect.height; y++)
    for (guint x = 0; x < rect.width; x++)
      set (decode, rect.x + x, rect.y + y, take_pixel (decode, bytes));
}

static void
take_hextile (RfbDecode *decode, Bytes *bytes, Rect rect)
{
  guint32 background = 0, foreground = 0;

  for (guint y = 0; y < rect.height; y += 16)
    for (guint x = 0; x < rect.width; x += 16)
      {
        Rect tile = { rect.x + x, rect.y + y, MIN (16, rect.width - x), MIN (16, rect.height - y) };
        guint kind = take_u8 (bytes);
        guint n;

        if (kind & 1)
          {
            take_raw (decode, bytes, tile);
            continue;
          }
        if (kind & 2)
          background = take_pixel (decode, bytes);
        if (kind & 4)
          foreground = take_pixel (decode, bytes);
        fill (decode, tile, background);
        n = kind & 8 ? take_u8 (bytes) : 0;
        for (guint i = 0; i < n; i++)
          {
            guint32 colour = kind & 16 ? take_pixel (decode, bytes) : foreground;
            guint at = take_u8 (bytes), size = take_u8 (bytes);
            Rect part = { tile.x + (at >> 4), tile.y + (at & 15), (size >> 4) + 1,
                          (size & 15) + 1 };

            g_assert_cmpuint (part.x + part.width, <=, tile.x + tile.width);
            g_assert_cmpuint (part.y + part.height, <=, tile.y + tile.height);
            fill (decode, part, colour);
          }
      }
}

static GByteArray *
inflate_all (z_stream *stream, const guint8 *data, gsize size, gsize most)
{
  GByteArray *out = g_byte_array_new ();

  g_byte_array_set_size (out, most + 64);
  stream->next_in = (guint8 *) data;
  stream->avail_in = size;
  stream->next_out = out->data;
  stream->avail_out = out->len;
  g_assert_cmpint (inflate (stream, Z_SYNC_FLUSH), ==, Z_OK);
  g_assert_cmpuint (stream->avail_in, ==, 0);
  g_byte_array_set_size (out, out->len - stream->avail_out);
  return out;
}

/* Indices of so many bits, rows padded to bytes. */
static void
take_packed (RfbDecode *decode,
             Bytes *bytes,
             Rect rect,
             const guint32 *palette,
             guint n,
             guint bits)
{
  for (guint y = 0; y < rect.height; y++)
    {
      const guint8 *row = take (bytes, (rect.width * bits + 7) / 8);

      for (guint x = 0; x < rect.width; x++)
        {
          guint at = x * bits;
          guint index = row[at / 8] >> (8 - bits - at % 8) & ((1 << bits) - 1);

          g_assert_cmpuint (index, <, n);
          set (decode, rect.x + x, rect.y + y, palette[index]);
        }
    }
}

static void
take_zrle_tile (RfbDecode *decode, Bytes *bytes, Rect tile)
{
  guint kind = take_u8 (bytes);
  guint32 palette[16];

  g_assert_cmpuint (kind, <=, 16); /* runs are not made */
  if (kind == 0)
    {
      for (guint y = 0; y < tile.height; y++)
        for (guint x = 0; x < tile.width; x++)
          set (decode, tile.x + x, tile.y + y, take_cpixel (decode, bytes));
      return;
    }
  for (guint i = 0; i < kind; i++)
    palette[i] = take_cpixel (decode, bytes);
  if (kind == 1)
    fill (decode, tile, palette[0]);
  else
    take_packed (decode, bytes, tile, palette, kind, kind == 2 ? 1 : kind <= 4 ? 2 : 4);
}

static void
take_zrle (RfbDecode *decode, Bytes *bytes, Rect rect)
{
  guint32 size = take_u32 (bytes);
  g_autoptr (GByteArray) plain =
      inflate_all (&decode->zrle, take (bytes, size), size, (gsize) rect.width * rect.height * 8);
  Bytes tiles = { plain->data, plain->data + plain->len };

  for (guint y = 0; y < rect.height; y += 64)
    for (guint x = 0; x < rect.width; x += 64)
      {
        Rect tile = { rect.x + x, rect.y + y, MIN (64, rect.width - x), MIN (64, rect.height - y) };

        take_zrle_tile (decode, &tiles, tile);
      }
  g_assert_true (tiles.at == tiles.end);
}

static gsize
take_compact (Bytes *bytes)
{
  gsize size = 0;

  for (guint shift = 0; shift <= 14; shift += 7)
    {
      guint byte = take_u8 (bytes);

      size |= (gsize) (shift < 14 ? byte & 0x7f : byte) << shift;
      if (!(byte & 0x80))
        break;
    }
  return size;
}

static GByteArray *
take_tight_data (RfbDecode *decode, Bytes *bytes, guint stream, gsize plain)
{
  gsize size;

  if (plain < 12)
    return g_byte_array_append (g_byte_array_new (), take (bytes, plain), plain);
  if (!decode->have_tight[stream])
    g_assert_cmpint (inflateInit (&decode->tight[stream]), ==, Z_OK);
  decode->have_tight[stream] = TRUE;
  size = take_compact (bytes);
  return inflate_all (&decode->tight[stream], take (bytes, size), size, plain);
}

static void
take_tight_palette (RfbDecode *decode, Bytes *bytes, Rect rect, guint stream)
{
  guint n = take_u8 (bytes) + 1;
  guint bits = n == 2 ? 1 : 8;
  guint32 palette[256];
  g_autoptr (GByteArray) data = NULL;

  for (guint i = 0; i < n; i++)
    palette[i] = take_tpixel (decode, bytes);
  data =
      take_tight_data (decode, bytes, stream, (gsize) ((rect.width * bits + 7) / 8) * rect.height);
  take_packed (decode, &(Bytes) { data->data, data->data + data->len }, rect, palette, n, bits);
}

static void
take_jpeg (RfbDecode *decode, Bytes *bytes, Rect rect)
{
  struct jpeg_decompress_struct jpeg;
  struct jpeg_error_mgr errors;
  gsize size = take_compact (bytes);
  g_autofree guint8 *row = g_malloc (rect.width * 3);

  jpeg.err = jpeg_std_error (&errors); /* ends the test */
  jpeg_create_decompress (&jpeg);
  jpeg_mem_src (&jpeg, take (bytes, size), size);
  jpeg_read_header (&jpeg, TRUE);
  jpeg_start_decompress (&jpeg);
  g_assert_cmpuint (jpeg.output_width, ==, rect.width);
  g_assert_cmpuint (jpeg.output_height, ==, rect.height);
  g_assert_cmpint (jpeg.output_components, ==, 3);
  for (guint y = 0; y < rect.height; y++)
    {
      jpeg_read_scanlines (&jpeg, &row, 1);
      for (guint x = 0; x < rect.width; x++)
        set (decode, rect.x + x, rect.y + y,
             compose (&decode->format, row[x * 3], row[x * 3 + 1], row[x * 3 + 2]));
    }
  jpeg_finish_decompress (&jpeg);
  jpeg_destroy_decompress (&jpeg);
  decode->n_jpegs++;
}

static void
take_tight (RfbDecode *decode, Bytes *bytes, Rect rect)
{
  guint control = take_u8 (bytes);
  guint filter;
  gsize bytes_a_pixel = has_tpixels (decode) ? 3 : decode->format.bits / 8u;
  g_autoptr (GByteArray) data = NULL;
  Bytes from;

  g_assert_cmpuint (control & 15, ==, 0); /* no stream is begun anew */
  if (control >> 4 == 8)
    {
      fill (decode, rect, take_tpixel (decode, bytes));
      return;
    }
  if (control >> 4 == 9)
    {
      take_jpeg (decode, bytes, rect);
      return;
    }
  g_assert_cmpuint (control, <, 0x80);
  filter = control & 0x40 ? take_u8 (bytes) : 0;
  if (filter == 1)
    {
      take_tight_palette (decode, bytes, rect, control >> 4 & 3);
      return;
    }
  g_assert_cmpuint (filter, ==, 0); /* gradients are not made */
  data =
      take_tight_data (decode, bytes, control >> 4 & 3, bytes_a_pixel * rect.width * rect.height);
  from = (Bytes) { data->data, data->data + data->len };
  for (guint y = 0; y < rect.height; y++)
    for (guint x = 0; x < rect.width; x++)
      set (decode, rect.x + x, rect.y + y, take_tpixel (decode, &from));
}

void
rfb_decode_take (RfbDecode *decode, const guint8 *data, gsize size)
{
  Bytes bytes = { data, data + size };

  while (bytes.at < bytes.end)
    {
      Rect rect = { take_u16 (&bytes), 0, 0, 0 };

      rect.y = take_u16 (&bytes);

      rect.width = take_u16 (&bytes);
      rect.height = take_u16 (&bytes);
      switch ((gint32) take_u32 (&bytes))
        {
        case RFB_ENCODING_RAW:
          take_raw (decode, &bytes, rect);
          break;
        case RFB_ENCODING_HEXTILE:
          take_hextile (decode, &bytes, rect);
          break;
        case RFB_ENCODING_ZRLE:
          take_zrle (decode, &bytes, rect);
          break;
        case RFB_ENCODING_TIGHT:
          take_tight (decode, &bytes, rect);
          break;
        default:
          g_assert_not_reached ();
        }
    }
}
