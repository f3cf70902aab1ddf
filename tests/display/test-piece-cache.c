/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Pieces that several viewers share: found by all that decides what they look like, and never so
 * many that keeping or finding them is a burden, whatever one viewer asks for.
 */
#include "vnc/piece-cache.h"

#include <string.h>

static PieceKey
make_key (guint number)
{
  PieceKey key;

  memset (&key, 0, sizeof key);
  key.rect = (GlassRect) { 0, 0, 64, 16 };
  key.format.bits = 32;
  key.format.red_max = number & 0xffff;
  key.format.green_max = number >> 16;
  return key;
}

static void
test_found (void)
{
  g_autoptr (PieceCache) cache = piece_cache_new ();
  PieceKey one = make_key (1);
  PieceKey two = make_key (2);
  const guint8 *found;
  gsize size = 0;

  piece_cache_put (cache, &one, (const guint8 *) "one", 3);
  found = piece_cache_get (cache, &one, &size);
  g_assert_cmpmem (found, size, "one", 3);
  g_assert_null (piece_cache_get (cache, &two, &size));
  piece_cache_clear (cache);
  g_assert_null (piece_cache_get (cache, &one, &size));
}

/* One byte each, of one place in the picture, in as many formats: what a viewer can ask for that
 * changes its format with every update. All in one chain, this would take minutes. */
static void
test_small (void)
{
  g_autoptr (PieceCache) cache = piece_cache_new ();
  const guint asked = 4 * PIECE_CACHE_BYTES_MAX / PIECE_CACHE_ENTRY_BYTES;
  guint kept = 0;
  gsize size;

  for (guint i = 0; i < asked; i++)
    {
      PieceKey key = make_key (i);

      piece_cache_put (cache, &key, (const guint8 *) "x", 1);
      kept += piece_cache_get (cache, &key, &size) != NULL;
    }
  g_assert_cmpuint (kept, <=, PIECE_CACHE_BYTES_MAX / PIECE_CACHE_ENTRY_BYTES);
  g_assert_cmpuint (kept, >, PIECE_CACHE_BYTES_MAX / PIECE_CACHE_ENTRY_BYTES / 2);
}

/* As large as all, and one byte more. */
static void
test_large (void)
{
  g_autoptr (PieceCache) cache = piece_cache_new ();
  const gsize most = PIECE_CACHE_BYTES_MAX - PIECE_CACHE_ENTRY_BYTES;
  g_autofree guint8 *data = g_malloc0 (most + 1);
  PieceKey one = make_key (1);
  PieceKey two = make_key (2);
  gsize size = 0;

  piece_cache_put (cache, &one, data, most + 1);
  g_assert_null (piece_cache_get (cache, &one, &size));
  piece_cache_put (cache, &one, data, most);
  g_assert_nonnull (piece_cache_get (cache, &one, &size));
  g_assert_cmpuint (size, ==, most);
  piece_cache_put (cache, &two, data, 0);
  g_assert_null (piece_cache_get (cache, &two, &size));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/display/piece-cache/found", test_found);
  g_test_add_func ("/display/piece-cache/small", test_small);
  g_test_add_func ("/display/piece-cache/large", test_large);
  return g_test_run ();
}
