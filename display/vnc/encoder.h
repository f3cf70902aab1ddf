/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Pixels to VNC encodings, by libvncserver. It sees our picture and our numbers, never a byte of a
 * viewer's and never a socket: what it writes lands in one piece of shared memory. The only user of
 * libvncserver.
 */
#pragma once

#include "frame/tile-colours.h"
#include "front/rfb-wire.h"
#include "ipc/glass-wire.h"

/* The most pixels of one rectangle, and its greatest width. Tight encodes no more in one piece. */
#define ENCODER_PIXELS_MAX 65536u
#define ENCODER_WIDTH_MAX 2048u

typedef struct _Encoders Encoders; /* what all viewers share */
typedef struct _Encoder Encoder;   /* a viewer's compression streams and format */

/* Before the process is locked. */
Encoders *encoders_new (GError **error);
void encoders_free (Encoders *encoders);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Encoders, encoders_free)

/* NULL without memory or descriptors. `encoders` outlives it. Its format is ours: 32 bits, XRGB. */
Encoder *encoder_new (Encoders *encoders);
void encoder_free (Encoder *encoder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Encoder, encoder_free)

/* `format` was checked by rfb-parse.c. */
gboolean encoder_set_format (Encoder *encoder, const RfbPixelFormat *format);

typedef struct
{
  RfbEncoding encoding; /* raw, hextile, tight or zrle */
  int quality;          /* 0..9 of JPEG; -1: lossless */
  int compression;      /* 0..9; -1: ours to choose */
  gboolean last_rect;   /* tight may split a rectangle into as many as it likes */
} EncoderWish;
void encoder_set_wish (Encoder *encoder, const EncoderWish *wish);

/* One rectangle, header and pixels (or more, with last_rect), of a picture of XRGB8888 whose first
 * pixel is at `pixels` and which may change meanwhile; `colours`: what is known of its tiles, or
 * NULL. Valid until the next call on any encoder;
 * NULL if it failed. */
const guint8 *encoder_encode (Encoder *encoder,
                              const GlassRect *rect,
                              const guint8 *pixels,
                              guint32 stride,
                              const TileColours *colours,
                              gsize *ret_size);

/* Whether the last piece would be the same for every viewer of this format and wish: no compression
 * stream went into it. */
gboolean encoder_is_shareable (Encoder *encoder);

/* The viewer's format is the picture's own. */
gboolean encoder_is_native (Encoder *encoder);
/* A row of pixels in the viewer's format, `bytes` a pixel of it. */
void encoder_translate (Encoder *encoder, const guint32 *pixels, guint count, guint8 *out);
guint encoder_get_pixel_bytes (Encoder *encoder);
