/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What qemu-img gets to see of a qcow2 image: a memfd as long as the image that holds its first
 * bytes, where the header and every name in it lie, and nothing of the guest's data. So the jail
 * needs no permission on the file, and nothing the image names can be opened.
 */
#pragma once

#include <gio/gio.h>

/* The largest cluster; header, extensions and names lie in the first. */
#define IMAGE_HEADER_BYTES_MAX (2u << 20)

/* Returns a memfd, or -1 with a phrase that completes "The disk image … ". */
int image_header_copy (int fd, GError **error);
