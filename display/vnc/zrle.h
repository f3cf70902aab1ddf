/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The ZRLE encoding (RFC 6143, 7.7.6), so that one piece serves every viewer that wants the same.
 * libvncserver's has a compression stream a viewer, 256 KiB each, and each viewer's pieces refer to
 * what that one was sent before. Here each piece refers to itself only and ends on a byte, so that
 * it can stand anywhere in anybody's stream, which therefore needs no state but whether it has
 * begun. Pure memory.
 */
#pragma once

#include "front/rfb-wire.h"
#include "ipc/glass-wire.h"

typedef struct _Zrle Zrle;

Zrle *zrle_new (void);
void zrle_free (Zrle *zrle);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Zrle, zrle_free)

typedef struct
{
  RfbPixelFormat format;
  int level;      /* of compression, 0..9 */
  gboolean noisy; /* nothing in it repeats: do not look for it */
  gboolean solid; /* it is all of its first pixel, the only one that is looked at */
} ZrleWish;

/* The rectangle, header and all, in place of what `out` holds. `pixels` are in the viewer's format,
 * without padding. FALSE without memory. */
gboolean zrle_encode (Zrle *zrle,
                      const ZrleWish *wish,
                      const GlassRect *rect,
                      const guint8 *pixels,
                      GByteArray *out);

/* What a viewer is sent in place of its first piece: the same with the beginning of a stream. */
void zrle_put_first (GByteArray *out, const guint8 *piece, gsize size);
