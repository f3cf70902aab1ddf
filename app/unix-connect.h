/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The only way in which the front ends open a socket: a path of this user's own.
 */
#pragma once

#include <gio/gio.h>

/* Connects to the socket at `path` (SOCK_STREAM or SOCK_SEQPACKET), at once, and checks that it is
 * served by this user. Close-on-exec and non-blocking. G_IO_ERROR_CONNECTION_REFUSED or _NOT_FOUND:
 * nobody serves it. -1 with an error. */
int unix_connect (const char *path, int type, GError **error);
