/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The guest's pointer as VNC viewers take it. Main thread only.
 */
#pragma once

#include "frame/screen.h"
#include "vnc/encoder.h"

typedef struct
{
  GlassCursor shape;
  guint32 *pixels; /* mapped; premultiplied ARGB */
} VncCursor;

/* FALSE if the guest has defined none. */
gboolean vnc_cursor_load (Screen *screen, VncCursor *ret_cursor);
void vnc_cursor_clear (VncCursor *cursor);

/* What follows the rectangle's head, with transparency or with a mask. */
void vnc_cursor_put_alpha (const VncCursor *cursor, GByteArray *out);
void vnc_cursor_put_masked (const VncCursor *cursor, Encoder *encoder, GByteArray *out);
