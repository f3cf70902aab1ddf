/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Reads QEMU's shared surfaces, a band of rows at a time. Runs in vitrine-display on a listener's
 * thread. Must never map the memory nor trust its size after fstat.
 */
#include "qemu-map.h"

#include "fds.h"

#include <errno.h>

/* Enough rows a read for the calls not to count, few enough to stay in the cache. */
#define BAND_BYTES (256u * 1024)

void
qemu_map_init (QemuMap *map)
{
  *map = (QemuMap) { .fd = -1 };
}

void
qemu_map_clear (QemuMap *map)
{
  fds_clear (&map->fd);
  g_clear_pointer (&map->buffer, g_free);
  map->buffer_size = 0;
}

void
qemu_map_set (QemuMap *map, int fd, const PixelBlock *block)
{
  qemu_map_clear (map);
  map->fd = fd;
  map->block = *block;
  map->buffer_size = MAX (BAND_BYTES, block->stride);
  map->buffer = g_malloc (map->buffer_size);
}

static gboolean
read_all (int fd, guint8 *out, gsize size, guint64 offset)
{
  while (size > 0)
    {
      gssize got = pread (fd, out, size, offset);

      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        return FALSE;
      out += got;
      size -= got;
      offset += got;
    }
  return TRUE;
}

/* How many rows to read at once: of a narrow part only one, since what lies between its rows would
 * be read for nothing. */
static guint32
rows_per_read (const QemuMap *map, const PixelBlock *part)
{
  gsize row = (gsize) part->rect.width * geometry_bytes_per_pixel (part->format);

  if (row * 2 < part->stride)
    return 1;
  return MAX (1, map->buffer_size / part->stride);
}

gboolean
qemu_map_read (QemuMap *map, const PixelBlock *part, Screen *screen)
{
  PixelBlock band = *part;
  guint32 step = rows_per_read (map, part);
  guint32 end = part->rect.y + part->rect.height;

  while (band.rect.y < end)
    {
      band.rect.height = MIN (step, end - band.rect.y);
      if (!read_all (map->fd, map->buffer, geometry_block_bytes (&band), band.offset))
        return FALSE;
      screen_apply (screen, &band, map->buffer);
      band.rect.y += band.rect.height;
      band.offset += (gsize) band.rect.height * band.stride;
    }
  return TRUE;
}
