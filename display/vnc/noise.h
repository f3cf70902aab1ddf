/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Pictures in which nothing repeats, as photographs: looking for repetitions costs much and finds
 * nothing. Pure.
 */
#pragma once

#include "front/rfb-wire.h"
#include "ipc/glass-wire.h"

/* Of XRGB8888, rows `stride` bytes apart. It is a guess, so they may change meanwhile. */
gboolean noise_is (const guint8 *pixels, gsize stride, guint32 width, guint32 height);

/* A hextile rectangle of raw tiles, header and all, in place of what `out` holds. `pixels` are in
 * the viewer's format, `bytes` each, rows `stride` bytes apart. Each is read once. */
void noise_put_hextile (GByteArray *out,
                        const GlassRect *rect,
                        const guint8 *pixels,
                        gsize stride,
                        guint bytes);
