/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a jail is built from on this host: bubblewrap (if it works), the shim, the programs. Kept
 * open from jail_prepare () on, since an unprivileged vmm may no longer reach them by name. Private
 * to vmm/jail and its tests.
 */
#pragma once

#include "jail.h"

/* bubblewrap's path, or NULL where it is missing or cannot make namespaces. Waits for the trial. */
const char *jail_host_bwrap (void);

/* A new close-on-exec descriptor to read and execute the shim, or a program; the caller's. */
int jail_host_open_shim (GError **error);
int jail_host_open_program (const char *path, GError **error);

/* Environment of a program in a jail, of ours with what finds our faults; free with g_strfreev. */
GStrv jail_host_environment (gboolean ours);

/* Whether this build's own programs have AddressSanitizer in them. */
gboolean jail_host_is_sanitized (void);

/* Whether a system call that no table names kills instead of failing. */
gboolean jail_host_kills_unknown (void);

/* For tests only; each before the first jail. The shim when it is not beside the program; the shim
 * alone as on a host without user namespaces; every unknown system call kills, or fails. */
void jail_use_shim_for_tests (const char *path);
void jail_disable_namespaces_for_tests (gboolean disabled);
void jail_kill_unknown_for_tests (gboolean kill);
