/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Where things lie. One place, so that app and vmm cannot disagree. Builds names only; creates and
 * opens nothing unless it says so.
 */
#pragma once

#include <gio/gio.h>

/* $XDG_DATA_HOME/vitrine/guests */
char *paths_guests_dir (void);
/* …/<uuid>, and names below it: "guest.conf", "lock", "log", "disks/root.qcow2", "thumbnail.png" */
char *paths_guest_file (const char *uuid, const char *name);

/* $XDG_RUNTIME_DIR/vitrine/<uuid>; without XDG_RUNTIME_DIR the user's cache folder stands in. */
char *paths_runtime_dir (const char *uuid);
/* Each name that there can ever be in it; then NULL. "control" and "display" last as long as the
 * guest, the others for a moment (vmm/inner-socket.h), unless vmm is killed in it. */
extern const char *const paths_runtime_names[];
/* "control" or "display" in it. Fails if the name would not fit a socket address. */
char *paths_socket (const char *uuid, const char *name, GError **error);

/* $XDG_CONFIG_HOME/vitrine/vitrine.conf */
char *paths_config_file (void);

/* The full path of one of our helper programs: beside the running program if it is there (a build
 * folder), else in libexec. */
char *paths_helper (const char *program);

/* Whether text is a canonical lower-case UUID, so that it may become a file name. */
gboolean paths_is_uuid (const char *text);
