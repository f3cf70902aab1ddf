/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Whether a qcow2 image may be used, and which backing file of it may be opened. Pure: decides on
 * names before anything that an image names is opened.
 */
#pragma once

#include "image-info-parse.h"
#include "guest-definition.h"

typedef struct
{
  char *path; /* absolute, canonical */
  GuestDiskFormat format;
  gboolean beneath; /* lies in the same folder: open beneath it, following no link */
} ImageBacking;

void image_backing_free (ImageBacking *backing);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ImageBacking, image_backing_free)

/* `path` is the canonical path of the image that `info` describes, a node of `disk`; `guest` is the
 * guest's name, for the command in the message. TRUE with *ret_backing NULL if there is no backing
 * file. Refuses with a sentence that says what to do. */
gboolean image_policy_check (const ImageInfo *info,
                             const char *path,
                             const GuestDisk *disk,
                             const char *guest,
                             ImageBacking **ret_backing,
                             GError **error);

/* The refusal of a backing file that the policy allows but the image did not have before. */
void image_policy_refuse_new (const char *path,
                              const ImageBacking *backing,
                              const GuestDisk *disk,
                              const char *guest,
                              GError **error);
