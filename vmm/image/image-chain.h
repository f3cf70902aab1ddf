/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The opened files of one disk: the image and, below it, its backing files. Every one is opened,
 * checked and locked here and reaches QEMU as a descriptor, so that QEMU never follows a name.
 */
#pragma once

#include "backing-record.h"
#include "guest-definition.h"
#include "nbd/nbd-source.h"

#include <gio/gio.h>

/* One file. */
typedef struct
{
  char *path; /* canonical, for messages and for what lies beside it */
  int fd;
  GuestDiskFormat format;
  gboolean writable;  /* the descriptor is open for reading and writing */
  gboolean is_device; /* a block device */
} ImageNode;

typedef struct
{
  const GuestDisk *disk; /* borrowed from the definition */
  GPtrArray *nodes;      /* of ImageNode, the image first, then what it rests on */
  NbdSource *source;     /* NULL: files. Else there is one node, whose descriptor is the socket of
                            the server's stand-in (nbd/nbd-disk.h), -1 until that is there */
} ImageChain;

void image_chain_free (ImageChain *chain);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ImageChain, image_chain_free)

/* Opens the files of `disk`, a disk of `definition`, if `record` knows none other for it; notes
 * them there. The error is a sentence that names the file. Runs jailed tools and waits for them:
 * only before the main loop runs. */
ImageChain *image_chain_open (const GuestDefinition *definition,
                              const GuestDisk *disk,
                              BackingRecord *record,
                              GError **error);

/* Opens the image at `path` with `flags` (O_RDONLY or O_RDWR) as a regular file or block device,
 * never waiting. `what` begins the message: "disk image". -1 with `error`. */
int image_open (const char *path,
                int flags,
                const char *what,
                gboolean *ret_is_device,
                GError **error);
