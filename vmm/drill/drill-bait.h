/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the drill's ways lead to: a folder of files and sockets that nobody misses, and descriptors
 * such as jailed programs are handed. Made by vitrine-vmm for as long as a drill lasts.
 */
#pragma once

#include <gio/gio.h>

typedef struct _DrillBait DrillBait;

/* Makes the folder below the system's for temporary files. */
DrillBait *drill_bait_new (GError **error);
/* Closes and removes everything. */
void drill_bait_free (DrillBait *bait);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DrillBait, drill_bait_free)

/* Lays out anew what an earlier attempt may have used up. */
gboolean drill_bait_lay (DrillBait *bait, GError **error);

/* The argument WORLD of vitrine-drill, whose attempts reach for `control` among others (a path, or
 * NULL: none). */
char *drill_bait_world (DrillBait *bait, const char *control);
const char *drill_bait_folder (DrillBait *bait);

/* The descriptors that the program is handed as DRILL_UNIX_SOCKET, DRILL_TCP_LISTENER,
 * DRILL_READ_ONLY_FILE and DRILL_WRITABLE_FILE, in this order. Borrowed. */
#define DRILL_BAIT_FDS 4
const int *drill_bait_fds (DrillBait *bait);
