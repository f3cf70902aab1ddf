/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Frames that QEMU shares as memory instead of sending them (Listener.Unix.Map). Read with pread at
 * first, and from a mapping once it has proved to be more than one of a guest's pictures by turns:
 * mapping it costs as much as it saves in two frames. The memory is not sealed against shrinking,
 * so what is mapped is touched by guarded_copy () only.
 */
#pragma once

#include "frame/screen.h"

typedef struct
{
  int fd; /* owned; -1: nothing shared */
  PixelBlock block;
  guint8 *buffer; /* a band of rows */
  gsize buffer_size;
  guint n_reads;
  guint8 *mapped; /* owned; NULL: not mapped */
  gsize mapped_size;
  gsize mapped_at; /* in the memory; whole pages */
} QemuMap;

void qemu_map_init (QemuMap *map);
/* Forgets the memory. */
void qemu_map_clear (QemuMap *map);
/* Takes the descriptor and the checked block that it holds. */
void qemu_map_set (QemuMap *map, int fd, const PixelBlock *block);

/* Reads `part` of the memory into the screen between screen_begin and screen_end, each pixel once:
 * it may change meanwhile. FALSE if the memory has shrunk or cannot be read. */
gboolean qemu_map_read (QemuMap *map, const PixelBlock *part, Screen *screen);
