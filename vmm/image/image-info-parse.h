/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The JSON of `qemu-img info` (B2) to what Vitrine asks of an image. Pure. The program that wrote
 * it has read a hostile image, so it counts as taken over.
 */
#pragma once

#include <gio/gio.h>

#define IMAGE_INFO_BYTES_MAX (64u << 10)
#define IMAGE_INFO_NAME_MAX                                                                        \
  1023 /* bytes of a backing file's name: the qcow2 header's own limit                             \
        */

typedef struct
{
  guint64 virtual_size; /* bytes */
  char *backing_name;   /* as the header has it, printable UTF-8; NULL: none */
  char *backing_format; /* "qcow2"; NULL: the header states none */
  char *data_file;      /* name of an external data file; NULL: none */
  gboolean encrypted;
  gboolean corrupt; /* the image says so of itself */
} ImageInfo;

void image_info_free (ImageInfo *info);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ImageInfo, image_info_free)

/* NULL with a phrase that completes "The image …" ("cannot be described: …"). */
ImageInfo *image_info_parse (const char *json, gsize size, GError **error);
