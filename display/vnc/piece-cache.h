/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Pieces of the present picture as they were encoded for one viewer, for the others who ask for the
 * same. Only what no compression stream has gone into can be shared. Main thread only.
 */
#pragma once

#include "vnc/encoder.h"

/* All together; what does not fit is encoded again. */
#define PIECE_CACHE_BYTES_MAX (16u << 20)
/* What keeping a piece takes besides its bytes, which are few for one of one colour. */
#define PIECE_CACHE_ENTRY_BYTES 256u

typedef struct _PieceCache PieceCache;

PieceCache *piece_cache_new (void);
void piece_cache_free (PieceCache *cache);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PieceCache, piece_cache_free)

/* All that decides what a piece looks like, for one picture. Compared by its bytes: to be set up
 * with memset (). */
typedef struct
{
  GlassRect rect;
  EncoderWish wish;
  RfbPixelFormat format;
} PieceKey;

/* The picture has changed. */
void piece_cache_clear (PieceCache *cache);
/* NULL: encode it. Valid until the next call. */
const guint8 *piece_cache_get (PieceCache *cache, const PieceKey *key, gsize *ret_size);
void piece_cache_put (PieceCache *cache, const PieceKey *key, const guint8 *data, gsize size);
