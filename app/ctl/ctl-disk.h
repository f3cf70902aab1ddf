/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What `create --disk` and `--iso` mean: a size, or a file with settings behind it.
 */
#pragma once

#include <gio/gio.h>

typedef struct
{
  char *file; /* NULL: a new disk of `bytes` */
  guint64 bytes;
  GPtrArray *settings; /* of char *: key, value, key, value of the text's end, in its order */
} CtlDisk;

/* "20G", or "FILE[,KEY=VALUE…]" with keys format, bus, read-only and those of TLS; the file may be
 * the address of an NBD server's export. A file whose name looks like a
 * size is written with its folder (./20G). Never fails: what is no size is a file. Pure. */
CtlDisk *ctl_disk_parse (const char *text);
void ctl_disk_free (CtlDisk *disk);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CtlDisk, ctl_disk_free)

const char *ctl_disk_setting (const CtlDisk *disk, const char *key);

/* Checks that `file` is a regular file or a block device that can be read, and written if
 * `writable`; otherwise says so plainly. */
gboolean ctl_disk_check_file (const char *file, gboolean writable, GError **error);

/* The word of its format: as stated, else "qcow2" by its header, "raw" by its suffix; NULL with an
 * error that tells how to state it. A guest that writes a qcow2 header over its raw disk must not
 * have it believed, so this is for files that come from outside, once. */
const char *ctl_disk_format (const CtlDisk *disk, GError **error);
