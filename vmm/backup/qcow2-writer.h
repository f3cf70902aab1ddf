/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Writes a disk, from its first byte to its last, as a new qcow2 (version 3; QEMU,
 * docs/interop/qcow2.txt): clusters of 64 KiB, those of zeroes left out, no backing file, no
 * snapshot. Runs in the process that copies a disk. It reads no image, so there is nothing in one
 * that could deceive it.
 */
#pragma once

#include <gio/gio.h>

#define QCOW2_CLUSTER_BYTES (64u << 10)
#define QCOW2_DISK_BYTES_MAX ((guint64) 128 << 40)

typedef struct _Qcow2Writer Qcow2Writer;

/* `fd` is an empty file, open for writing, and stays the caller's. `bytes`: of the disk, 1 to
 * QCOW2_DISK_BYTES_MAX; an odd one is made a whole sector. */
Qcow2Writer *qcow2_writer_new (int fd, guint64 bytes);
void qcow2_writer_free (Qcow2Writer *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Qcow2Writer, qcow2_writer_free)

/* What follows on the disk: whole clusters, but at its end. FALSE with what the kernel said. */
gboolean qcow2_writer_add (Qcow2Writer *writer, const guint8 *data, gsize size, GError **error);

/* The tables and the header, without which it is no image; all of it on the medium then. */
gboolean qcow2_writer_finish (Qcow2Writer *writer, GError **error);
