/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Frames that QEMU shares as memory instead of sending them (Listener.Unix.Map). Read with pread,
 * never mapped: the memory is not sealed against shrinking, and a mapping of it could be turned
 * into SIGBUS by QEMU at any time.
 */
#pragma once

#include "frame/screen.h"

typedef struct
{
  int fd; /* owned; -1: nothing shared */
  PixelBlock block;
  guint8 *buffer; /* a band of rows */
  gsize buffer_size;
} QemuMap;

void qemu_map_init (QemuMap *map);
/* Forgets the memory. */
void qemu_map_clear (QemuMap *map);
/* Takes the descriptor and the checked block that it holds. */
void qemu_map_set (QemuMap *map, int fd, const PixelBlock *block);

/* Reads `part` of the memory into the screen between screen_begin and screen_end. FALSE if the
 * memory has shrunk or cannot be read. */
gboolean qemu_map_read (QemuMap *map, const PixelBlock *part, Screen *screen);
