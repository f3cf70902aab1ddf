/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Reads QEMU's shared surfaces, a band of rows at a time. Runs in vitrine-display on a listener's
 * thread. Must never trust the memory's size after fstat, nor look at a pixel of it twice.
 */
#include "qemu-map.h"

#include "fds.h"
#include "qemu/guarded-copy.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

/* Enough rows a read for the calls not to count, few enough to stay in the cache. */
#define BAND_BYTES (256u * 1024)
/* Of a surface, before it is mapped: a guest that shows its pictures by turns has each of them
 * shared anew, and read twice. */
#define READS_BEFORE_MAPPING 4u

void
qemu_map_init (QemuMap *map)
{
  *map = (QemuMap) { .fd = -1 };
}

void
qemu_map_clear (QemuMap *map)
{
  if (map->mapped != NULL)
    munmap (map->mapped, map->mapped_size);
  fds_clear (&map->fd);
  g_free (map->buffer);
  qemu_map_init (map);
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

/* Without a mapping it is read on. */
static void
try_mapping (QemuMap *map)
{
  gsize page = sysconf (_SC_PAGESIZE);
  gsize at = map->block.offset / page * page;
  gsize size = map->block.offset - at + geometry_block_bytes (&map->block);
  void *mapped = mmap (NULL, size, PROT_READ, MAP_SHARED, map->fd, at);

  if (mapped == MAP_FAILED)
    return;
  map->mapped = mapped;
  map->mapped_at = at;
  map->mapped_size = size;
}

static gboolean
read_all (const QemuMap *map, guint8 *out, gsize size, guint64 offset)
{
  if (map->mapped != NULL)
    return guarded_copy (out, map->mapped + (offset - map->mapped_at), size);
  while (size > 0)
    {
      gssize got = pread (map->fd, out, size, offset);

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

/* A band of the memory into the buffer, where it then has the stride that is said. */
static gboolean
read_band (const QemuMap *map, const PixelBlock *band, guint32 stride)
{
  if (stride == band->stride)
    return read_all (map, map->buffer, geometry_block_bytes (band), band->offset);
  for (guint32 i = 0; i < band->rect.height; i++)
    if (!read_all (map, map->buffer + (gsize) i * stride, stride,
                   band->offset + (gsize) i * band->stride))
      return FALSE;
  return TRUE;
}

gboolean
qemu_map_read (QemuMap *map, const PixelBlock *part, Screen *screen)
{
  PixelBlock band = *part;
  guint32 stride = part->rect.width * geometry_bytes_per_pixel (part->format);
  guint32 end = part->rect.y + part->rect.height;

  if (map->n_reads++ == READS_BEFORE_MAPPING)
    try_mapping (map);
  /* Of a narrow part not what lies between its rows. */
  if (stride * 2 >= part->stride)
    stride = part->stride;
  while (band.rect.y < end)
    {
      PixelBlock read;

      band.rect.height = frame_cut_band (band.rect.y, map->buffer_size / stride, end);
      if (!read_band (map, &band, stride))
        return FALSE;
      read = band;
      read.stride = stride;
      screen_apply (screen, &read, map->buffer);
      band.rect.y += band.rect.height;
      band.offset += (gsize) band.rect.height * band.stride;
    }
  return TRUE;
}
