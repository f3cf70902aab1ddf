/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The lock on a disk image, held by vitrine-vmm for as long as any process has the descriptor: the
 * byte ranges that QEMU and qemu-img use (block/file-posix.c), so that they and other guests of
 * ours respect it and we respect theirs. QEMU itself runs with locking=off.
 */
#pragma once

#include <gio/gio.h>

/* Open file description locks on `fd`: the caller reads (and writes) and lets others read only.
 * `name` is for the message. Fails with G_IO_ERROR_BUSY if somebody else uses the image in a way
 * that does not go together. File systems without locks pass. */
gboolean image_lock_take (int fd, gboolean writable, const char *name, GError **error);
