/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * New disk images.
 */
#pragma once

#include <gio/gio.h>

#define IMAGE_MAKE_BYTES_MIN (1 << 20)
#define IMAGE_MAKE_BYTES_MAX ((gint64) 64 << 40)

/* Makes the empty qcow2 `path` of `bytes`, which must not exist, whole or not at all, durably.
 * Waits for the jailed qemu-img. */
gboolean image_make (const char *path, gint64 bytes, GError **error);

/* Writes what the memfd `image` holds to the new file `path`; likewise. */
gboolean image_make_store (int image, const char *path, GError **error);
