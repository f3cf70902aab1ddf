/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Rectangles of one colour, which is most of most screens: found by comparing memory, and a few
 * bytes on the wire. For viewers whose pixels are the picture's own, XRGB8888. Pure.
 */
#pragma once

#include "front/rfb-wire.h"
#include "ipc/glass-wire.h"

/* The pixels may change meanwhile. */
gboolean solid_is (const guint8 *pixels, guint32 stride, guint32 width, guint32 height);

/* The rectangle, header and all, in place of what `out` holds. FALSE for an encoding that has no
 * short way to say it, or none without a compression stream. */
gboolean solid_put (GByteArray *out,
                    RfbEncoding encoding,
                    const GlassRect *rect,
                    const guint8 *pixel);
