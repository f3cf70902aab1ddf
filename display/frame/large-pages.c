/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Pages of 2 MiB for frames. Runs in vitrine-display on a listener's thread. Must never fail for
 * want of them.
 */
#include "large-pages.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* since Linux 6.1; what is older refuses it */
#endif

gsize
large_pages_round (gsize bytes)
{
  gsize round = (bytes + LARGE_PAGE_BYTES - 1) / LARGE_PAGE_BYTES * LARGE_PAGE_BYTES;

  return round - bytes <= bytes / 8 ? round : bytes;
}

void *
large_pages_find_place (gsize bytes)
{
  gsize room = bytes + LARGE_PAGE_BYTES;
  guint8 *map;

  if (bytes < LARGE_PAGE_BYTES)
    return NULL;
  map = mmap (NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (map == MAP_FAILED)
    return NULL;
  munmap (map, room); /* another thread may take the place: then there are no large pages */
  return map + (LARGE_PAGE_BYTES - (guintptr) map % LARGE_PAGE_BYTES) % LARGE_PAGE_BYTES;
}

void
large_pages_use (void *map, gsize bytes)
{
  gsize large = bytes - bytes % LARGE_PAGE_BYTES;

  /* The kernel passes over what has never been touched. */
  for (gsize at = 0; at < large; at += LARGE_PAGE_BYTES)
    ((volatile guint8 *) map)[at] = 0;
  if (large > 0 && madvise (map, large, MADV_COLLAPSE) != 0)
    {
      g_debug ("The frame is in small pages: %s", g_strerror (errno));
      large = 0;
    }
  memset ((guint8 *) map + large, 0, bytes - large);
}
