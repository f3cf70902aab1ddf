/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * ISO files that a person probably means: those in the download folder. Reads names, sizes and
 * dates; opens none of them.
 */
#pragma once

#include <gio/gio.h>

#define ISO_FINDER_MAX 4            /* found files that are offered, the newest */
#define ISO_FINDER_ENTRIES_MAX 5000 /* names looked at */

/* Looks in `folder`, NULL: the user's download folder. Callback without source object. */
void iso_finder_async (const char *folder,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer data);

/* Absolute paths, newest first; empty if there are none or the folder cannot be read. */
GStrv iso_finder_finish (GAsyncResult *result);
