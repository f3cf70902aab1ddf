/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a VNC viewer makes of rectangles, for tests: written from RFC 6143 and rfbproto, not from
 * the encoders. Fails the test on bytes that make no sense.
 */
#pragma once

#include "front/rfb-wire.h"

#include <zlib.h>

typedef struct
{
  RfbPixelFormat format;
  guint32 width, height;
  guint32 *pixels; /* owned; as in memory, of the viewer's format */
  z_stream zrle;
  z_stream tight[4];
  gboolean have_tight[4];
  guint n_jpegs;
} RfbDecode;

void rfb_decode_init (RfbDecode *decode,
                      const RfbPixelFormat *format,
                      guint32 width,
                      guint32 height);
void rfb_decode_clear (RfbDecode *decode);

/* Every rectangle of the bytes. */
void rfb_decode_take (RfbDecode *decode, const guint8 *data, gsize size);
