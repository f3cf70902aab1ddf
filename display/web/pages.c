/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The page's files. Runs in vitrine-display, which can open none.
 */
#include "pages.h"

#include "fds.h"
#include "web/pages-parse.h"

#include <sys/mman.h>
#include <sys/stat.h>

struct _Pages
{
  guint8 *memory; /* mapped */
  gsize size;
  WebPagesIndex index;
};

Pages *
pages_new (int memory)
{
  autofd fd = memory;
  g_autoptr (Pages) pages = NULL;
  struct stat info;
  void *map;

  if (fd < 0 || fstat (fd, &info) != 0 || info.st_size <= 0 || info.st_size > WEB_PAGES_BYTES_MAX ||
      !fds_is_safe_to_map (fd, info.st_size, NULL))
    return NULL;
  map = mmap (NULL, info.st_size, PROT_READ, MAP_SHARED, fd, 0);
  if (map == MAP_FAILED)
    return NULL;
  pages = g_new0 (Pages, 1);
  pages->memory = map;
  pages->size = info.st_size;
  if (pages_parse (pages->memory, pages->size, &pages->index) != PARSE_OK)
    return NULL;
  return g_steal_pointer (&pages);
}

void
pages_free (Pages *pages)
{
  if (pages == NULL)
    return;
  munmap (pages->memory, pages->size);
  g_free (pages);
}

const guint8 *
pages_get (Pages *pages, const char *path, gsize *ret_size)
{
  const WebPagesEntry *entry = pages_find (&pages->index, path);

  if (entry == NULL)
    return NULL;
  *ret_size = entry->size;
  return pages->memory + entry->offset;
}
