/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Removal of a guest's folder. Follows no symbolic link and leaves no file system, so nothing
 * outside the folder can be lost whatever lies in it.
 */
#pragma once

#include <gio/gio.h>

#define GUEST_TREE_DEPTH_MAX 32

/* Removes `name` in the folder `parent` and all below it; what is gone already is no error. */
gboolean guest_tree_remove (int parent, const char *name, GError **error);
