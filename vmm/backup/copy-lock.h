/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The filter of system calls that a process which copies a disk puts on itself (seccomp): a list of
 * the few that it goes on making.
 */
#pragma once

#include <gio/gio.h>

/* For good. FALSE with a sentence: go no further then. */
gboolean copy_lock (GError **error);
