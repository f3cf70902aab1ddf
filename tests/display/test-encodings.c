/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Every VNC encoding of every kind of picture, decoded again: the pixels are the guest's, in every
 * format that a viewer can ask for. Pieces that one viewer's encoder made are right for another.
 */
#include "rfb-decode.h"
#include "frame/tiles.h"
#include "vnc/encoder.h"
#include "vnc/noise.h"
#include "vnc/solid.h"
#include "vnc/zrle.h"

#include <string.h>

#define WIDTH 700u
#define HEIGHT 300u

static const RfbPixelFormat formats[] = {
  { 32, 24, FALSE, 255, 255, 255, 16, 8, 0 }, /* the picture's own */
  { 32, 24, FALSE, 255, 255, 255, 0, 8, 16 }, /* noVNC's */
  { 32, 24, TRUE, 255, 255, 255, 16, 8, 0 },  { 32, 24, FALSE, 255, 255, 255, 24, 16, 8 },
  { 32, 32, FALSE, 255, 255, 255, 16, 8, 0 }, { 16, 16, FALSE, 31, 63, 31, 11, 5, 0 },
  { 8, 8, FALSE, 7, 7, 3, 0, 3, 6 },
};

/* --- Pictures --- */

static guint32
paint_flat (guint x, guint y)
{
  return 0x2060a0;
}

/* Few colours, as windows and text have. */
static guint32
paint_text (guint x, guint y)
{
  if (y % 16 < 2 || x % 200 < 3)
    return 0xff102030;
  return (x * 7 + y / 16 * 13) % 9 < 3 && (x ^ y) % 3 == 0 ? 0x000000 : 0xffffff;
}

static guint32
paint_colours (guint x, guint y)
{
  return (x / 5 % 13) * 0x0b0703 + (y / 9 % 11) * 0x030b11;
}

/* A photograph: smooth, with noise. */
static guint32
paint_photo (guint x, guint y)
{
  guint32 noise = g_random_int () & 0xff070707;

  return (0x404040 | (x / 8 % 0x80) << 16 | (y / 4 % 0x80) << 8 | ((x + y) / 16 % 0x80)) ^ noise;
}

static guint32
paint_mixed (guint x, guint y)
{
  return x < WIDTH / 3       ? paint_flat (x, y)
         : x < WIDTH * 2 / 3 ? paint_text (x, y)
                             : paint_photo (x, y);
}

static guint32 (*const painters[]) (guint x, guint y) = { paint_flat, paint_text, paint_colours,
                                                          paint_photo, paint_mixed };

static guint32 picture[WIDTH * HEIGHT];

static void
paint (gsize which)
{
  for (guint y = 0; y < HEIGHT; y++)
    for (guint x = 0; x < WIDTH; x++)
      picture[y * WIDTH + x] = painters[which](x, y);
}

static GlassRect
random_rect (void)
{
  GlassRect rect;

  rect.x = g_test_rand_int_range (0, WIDTH);
  rect.y = g_test_rand_int_range (0, HEIGHT);
  rect.width = g_test_rand_int_range (1, WIDTH - rect.x + 1);
  rect.height = g_test_rand_int_range (1, MIN (HEIGHT - rect.y, 90) + 1);
  return rect;
}

/* --- Comparison --- */

/* What a viewer of that format has in memory for a row of ours. */
static void
check_rect (const RfbDecode *decode, Encoder *encoder, const GlassRect *rect)
{
  guint bytes = encoder_get_pixel_bytes (encoder);
  guint8 row[WIDTH * 4];
  guint32 mask = decode->format.bits == 32
                     ? (guint32) decode->format.red_max << decode->format.red_shift |
                           (guint32) decode->format.green_max << decode->format.green_shift |
                           (guint32) decode->format.blue_max << decode->format.blue_shift
                     : G_MAXUINT32;

  if (decode->format.big_endian)
    mask = GUINT32_SWAP_LE_BE (mask);
  for (guint y = rect->y; y < rect->y + rect->height; y++)
    {
      encoder_translate (encoder, picture + y * WIDTH + rect->x, rect->width, row);
      for (guint x = 0; x < rect->width; x++)
        {
          guint32 value = 0;

          for (guint i = 0; i < bytes; i++)
            value |= (guint32) row[x * bytes + i] << (i * 8);
          g_assert_cmphex (decode->pixels[y * WIDTH + rect->x + x] & mask, ==, value & mask);
        }
    }
}

/* What the listener would have noted of the picture, or NULL. */
static TileColours *
note_colours (void)
{
  TileColours *colours = g_test_rand_bit () ? tile_colours_new (WIDTH, HEIGHT) : NULL;

  if (colours == NULL)
    return NULL;
  for (guint32 y = 0; y < HEIGHT; y += TILE_HEIGHT)
    for (guint32 x = 0; x < WIDTH; x += TILE_WIDTH)
      {
        const guint32 *first = picture + y * WIDTH + x;
        gboolean solid = solid_is ((const guint8 *) first, WIDTH * 4, MIN (TILE_WIDTH, WIDTH - x),
                                   MIN (TILE_HEIGHT, HEIGHT - y));

        tile_colours_set (colours, x / TILE_WIDTH, y / TILE_HEIGHT,
                          solid ? (TileColour) { TILE_SOLID, *first }
                                : (TileColour) { TILE_MIXED });
      }
  return colours;
}

static const guint8 *
encode (Encoder *encoder, const GlassRect *rect, gsize *ret_size)
{
  g_autoptr (TileColours) colours = note_colours ();
  const guint8 *data =
      encoder_encode (encoder, rect, (const guint8 *) picture, WIDTH * 4, colours, ret_size);

  g_assert_nonnull (data);
  return data;
}

/* A viewer takes a piece, with the beginning of its stream where it needs one. */
static void
give (RfbDecode *decode, RfbEncoding encoding, gboolean first, const guint8 *data, gsize size)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();

  if (encoding == RFB_ENCODING_ZRLE && first)
    {
      zrle_put_first (out, data, size);
      rfb_decode_take (decode, out->data, out->len);
    }
  else
    rfb_decode_take (decode, data, size);
}

static void
check_lossless (Encoders *encoders, const RfbPixelFormat *format, RfbEncoding encoding, int level)
{
  g_autoptr (Encoder) encoder = encoder_new (encoders);
  const EncoderWish wish = { encoding, -1, level, FALSE };
  RfbDecode decode, other;
  gboolean other_begun = FALSE;

  encoder_set_format (encoder, format);
  encoder_set_wish (encoder, &wish);
  rfb_decode_init (&decode, format, WIDTH, HEIGHT);
  rfb_decode_init (&other, format, WIDTH, HEIGHT);
  for (guint round = 0; round < G_N_ELEMENTS (painters) * 4; round++)
    {
      GlassRect rect = random_rect ();
      gsize size;
      const guint8 *data;

      paint (round % G_N_ELEMENTS (painters));
      data = encode (encoder, &rect, &size);
      give (&decode, encoding, round == 0, data, size);
      check_rect (&decode, encoder, &rect);
      /* One that came later and has missed some. */
      if (round > 2 && g_test_rand_bit () && encoder_is_shareable (encoder))
        {
          give (&other, encoding, !other_begun, data, size);
          other_begun = TRUE;
          check_rect (&other, encoder, &rect);
        }
    }
  g_assert_cmpuint (decode.n_jpegs, ==, 0);
  rfb_decode_clear (&decode);
  rfb_decode_clear (&other);
}

static void
test_lossless (void)
{
  static const RfbEncoding encodings[] = { RFB_ENCODING_RAW, RFB_ENCODING_HEXTILE,
                                           RFB_ENCODING_ZRLE, RFB_ENCODING_TIGHT };
  g_autoptr (Encoders) encoders = encoders_new (NULL);

  for (gsize f = 0; f < G_N_ELEMENTS (formats); f++)
    for (gsize e = 0; e < G_N_ELEMENTS (encodings); e++)
      for (int level = -1; level <= 9; level += 5)
        check_lossless (encoders, &formats[f], encodings[e], level);
}

static guint
channel_difference (guint32 a, guint32 b)
{
  guint most = 0;

  for (guint shift = 0; shift < 24; shift += 8)
    most = MAX (most, (guint) ABS ((int) (a >> shift & 255) - (int) (b >> shift & 255)));
  return most;
}

/* A photograph by JPEG looks like it: at the quality that TigerVNC asks for, and at a poor one. */
static void
test_jpeg (void)
{
  static const struct
  {
    int quality;
    guint most, mean;
  } cases[] = { { 8, 32, 4 }, { 2, 64, 10 } };
  g_autoptr (Encoders) encoders = encoders_new (NULL);
  const GlassRect rect = { 8, 16, 400, 160 };

  paint (3);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (gsize f = 0; f < 2; f++)
      {
        g_autoptr (Encoder) encoder = encoder_new (encoders);
        const EncoderWish wish = { RFB_ENCODING_TIGHT, cases[i].quality, -1, TRUE };
        RfbDecode decode;
        guint64 sum = 0;
        gsize size;
        const guint8 *data;

        encoder_set_format (encoder, &formats[f]);
        encoder_set_wish (encoder, &wish);
        rfb_decode_init (&decode, &formats[f], WIDTH, HEIGHT);
        data = encode (encoder, &rect, &size);
        g_assert_true (encoder_is_shareable (encoder));
        g_assert_cmpuint (size, <, rect.width * rect.height);
        rfb_decode_take (&decode, data, size);
        g_assert_cmpuint (decode.n_jpegs, >, 0);
        for (guint y = rect.y; y < rect.y + rect.height; y++)
          for (guint x = rect.x; x < rect.x + rect.width; x++)
            {
              guint32 ours;
              guint difference;

              encoder_translate (encoder, picture + y * WIDTH + x, 1, (guint8 *) &ours);
              difference = channel_difference (ours, decode.pixels[y * WIDTH + x]);
              g_assert_cmpuint (difference, <=, cases[i].most);
              sum += difference;
            }
        g_assert_cmpuint (sum / (rect.width * rect.height), <=, cases[i].mean);
        rfb_decode_clear (&decode);
      }
}

/* Each shareable piece is made the same way whatever was made before it. */
static void
test_shareable (void)
{
  g_autoptr (Encoders) encoders = encoders_new (NULL);
  g_autoptr (Encoder) one = encoder_new (encoders);
  g_autoptr (Encoder) two = encoder_new (encoders);
  const EncoderWish wish = { RFB_ENCODING_ZRLE, -1, -1, FALSE };

  encoder_set_wish (one, &wish);
  encoder_set_wish (two, &wish);
  for (gsize i = 0; i < G_N_ELEMENTS (painters); i++)
    {
      GlassRect rect = random_rect ();
      gsize size, other_size;
      g_autofree guint8 *data = NULL;
      const guint8 *other;

      paint (i);
      other = encode (one, &rect, &size);
      data = g_memdup2 (other, size);
      g_assert_true (encoder_is_shareable (one));
      paint (0);
      encode (one, &rect, &other_size);
      paint (i);
      if (i >= 3) /* noise is other noise now */
        continue;
      other = encode (two, &rect, &other_size);
      g_assert_cmpmem (data, size, other, other_size);
    }
}

static void
test_kinds (void)
{
  const guint8 *pixels = (const guint8 *) picture;
  g_autoptr (GByteArray) out = g_byte_array_new ();
  const GlassRect rect = { 3, 5, 100, 40 };

  paint (0);
  g_assert_true (solid_is (pixels, WIDTH * 4, WIDTH, HEIGHT));
  g_assert_true (solid_is (pixels, WIDTH * 4, 1, 1));
  g_assert_false (noise_is ((const guint8 *) picture, WIDTH * 4, WIDTH, HEIGHT));
  g_assert_true (solid_put (out, RFB_ENCODING_TIGHT, &rect, pixels));
  g_assert_cmpuint (out->len, ==, 12 + 4);
  g_assert_false (solid_put (out, RFB_ENCODING_ZRLE, &rect, pixels));
  for (gsize at = 0; at < 4; at++)
    {
      static const guint where[4] = { 0, WIDTH - 1, WIDTH * 5 + 77, WIDTH * HEIGHT - 1 };

      picture[where[at]] ^= 0x100;
      g_assert_false (solid_is (pixels, WIDTH * 4, WIDTH, HEIGHT));
      picture[where[at]] ^= 0x100;
    }
  paint (1);
  g_assert_false (noise_is ((const guint8 *) picture, WIDTH * 4, WIDTH, HEIGHT));
  paint (3);
  g_assert_true (noise_is ((const guint8 *) picture, WIDTH * 4, WIDTH, HEIGHT));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/display/encodings/lossless", test_lossless);
  g_test_add_func ("/display/encodings/jpeg", test_jpeg);
  g_test_add_func ("/display/encodings/shareable", test_shareable);
  g_test_add_func ("/display/encodings/kinds", test_kinds);
  return g_test_run ();
}
