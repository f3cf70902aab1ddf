/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Pixel conversion for frames that are not XRGB8888 already (16-bit and big-endian guests). Runs in
 * vitrine-display, on bytes whose bounds geometry-parse.c has checked.
 */
#include "pixels.h"

static guint16
load16 (const guint8 *p)
{
  guint16 value;
  memcpy (&value, p, sizeof value);
  return value;
}

static guint32
load32 (const guint8 *p)
{
  guint32 value;
  memcpy (&value, p, sizeof value);
  return value;
}

/* A channel of 5 or 6 bits to 8, so that full stays full. */
static guint32
widen5 (guint32 v)
{
  return (v << 3) | (v >> 2);
}

static guint32
widen6 (guint32 v)
{
  return (v << 2) | (v >> 4);
}

static guint32
convert (PixelFormat format, const guint8 *p)
{
  guint32 v;

  switch (format)
    {
    case PIXELS_XBGR8888:
      v = load32 (p);
      return ((v & 0xff) << 16) | (v & 0xff00) | ((v >> 16) & 0xff);
    case PIXELS_BGRX8888:
      return GUINT32_SWAP_LE_BE (load32 (p)) & 0xffffff;
    case PIXELS_RGBX8888:
      return load32 (p) >> 8;
    case PIXELS_RGB888:
      return p[0] | ((guint32) p[1] << 8) | ((guint32) p[2] << 16);
    case PIXELS_BGR888:
      return p[2] | ((guint32) p[1] << 8) | ((guint32) p[0] << 16);
    case PIXELS_RGB565:
      v = load16 (p);
      return (widen5 (v >> 11) << 16) | (widen6 ((v >> 5) & 63) << 8) | widen5 (v & 31);
    case PIXELS_XRGB1555:
      v = load16 (p);
      return (widen5 ((v >> 10) & 31) << 16) | (widen5 ((v >> 5) & 31) << 8) | widen5 (v & 31);
    default:
      return load32 (p);
    }
}

void
pixels_convert_row (PixelFormat format, const guint8 *source, guint32 *out, guint32 width)
{
  guint step = geometry_bytes_per_pixel (format);

  for (guint32 i = 0; i < width; i++, source += step)
    out[i] = convert (format, source);
}

guint32
pixels_premultiply (guint32 argb)
{
  guint32 a = argb >> 24;
  guint32 r = ((argb >> 16) & 0xff) * a / 255;
  guint32 g = ((argb >> 8) & 0xff) * a / 255;
  guint32 b = (argb & 0xff) * a / 255;

  return (a << 24) | (r << 16) | (g << 8) | b;
}
