/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Encoded pieces of the present picture. Runs in vitrine-display on the main loop. Must never
 * outlive its picture nor pass its cap.
 */
#include "piece-cache.h"

#include <string.h>

struct _PieceCache
{
  GHashTable *pieces; /* of PieceKey to GBytes, both owned */
  gsize bytes;
};

/* FNV-1a of all that tells keys apart: a viewer chooses formats and wishes, and must not be able to
 * make all of its pieces lie in one place. */
static guint
hash_key (gconstpointer data)
{
  const guint8 *bytes = data;
  guint32 hash = 2166136261u;

  for (gsize i = 0; i < sizeof (PieceKey); i++)
    hash = (hash ^ bytes[i]) * 16777619u;
  return hash;
}

static gboolean
equal_keys (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, sizeof (PieceKey)) == 0;
}

PieceCache *
piece_cache_new (void)
{
  PieceCache *cache = g_new0 (PieceCache, 1);

  cache->pieces =
      g_hash_table_new_full (hash_key, equal_keys, g_free, (GDestroyNotify) g_bytes_unref);
  return cache;
}

void
piece_cache_free (PieceCache *cache)
{
  if (cache == NULL)
    return;
  g_hash_table_unref (cache->pieces);
  g_free (cache);
}

void
piece_cache_clear (PieceCache *cache)
{
  if (cache->bytes == 0)
    return;
  g_hash_table_remove_all (cache->pieces);
  cache->bytes = 0;
}

const guint8 *
piece_cache_get (PieceCache *cache, const PieceKey *key, gsize *ret_size)
{
  GBytes *piece = g_hash_table_lookup (cache->pieces, key);

  return piece != NULL ? g_bytes_get_data (piece, ret_size) : NULL;
}

void
piece_cache_put (PieceCache *cache, const PieceKey *key, const guint8 *data, gsize size)
{
  gsize left = PIECE_CACHE_BYTES_MAX - cache->bytes;

  if (left < PIECE_CACHE_ENTRY_BYTES || size > left - PIECE_CACHE_ENTRY_BYTES ||
      g_hash_table_contains (cache->pieces, key))
    return;
  g_hash_table_insert (cache->pieces, g_memdup2 (key, sizeof *key), g_bytes_new (data, size));
  cache->bytes += PIECE_CACHE_ENTRY_BYTES + size;
}
