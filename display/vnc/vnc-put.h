/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Numbers as RFB has them on the wire, most significant byte first. Pure.
 */
#pragma once

#include "front/rfb-wire.h"

#include <glib.h>

static inline void
vnc_put_u8 (GByteArray *out, guint8 value)
{
  g_byte_array_append (out, &value, 1);
}

static inline void
vnc_put_u16 (GByteArray *out, guint16 value)
{
  guint16 big = GUINT16_TO_BE (value);
  g_byte_array_append (out, (const guint8 *) &big, sizeof big);
}

static inline void
vnc_put_u32 (GByteArray *out, guint32 value)
{
  guint32 big = GUINT32_TO_BE (value);
  g_byte_array_append (out, (const guint8 *) &big, sizeof big);
}

/* The head of a rectangle. */
static inline void
vnc_put_rect (GByteArray *out,
              guint16 x,
              guint16 y,
              guint16 width,
              guint16 height,
              RfbEncoding encoding)
{
  vnc_put_u16 (out, x);
  vnc_put_u16 (out, y);
  vnc_put_u16 (out, width);
  vnc_put_u16 (out, height);
  vnc_put_u32 (out, (guint32) encoding);
}
