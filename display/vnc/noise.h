/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Pictures in which nothing repeats, as photographs: looking for repetitions costs much and finds
 * nothing. Pure.
 */
#pragma once

#include "front/rfb-wire.h"
#include "ipc/glass-wire.h"

/* Of XRGB8888 without padding. */
gboolean noise_is (const guint32 *pixels, guint32 width, guint32 height);

/* A hextile rectangle of raw tiles, header and all, in place of what `out` holds. `pixels` are in
 * the viewer's format, `bytes` each, without padding. */
void noise_put_hextile (GByteArray *out, const GlassRect *rect, const guint8 *pixels, guint bytes);
