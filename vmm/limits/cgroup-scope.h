/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A scope of systemd's user manager for this guest alone, with its control group delegated
 * (org.freedesktop.systemd1(5), systemd's docs/CGROUP_DELEGATION.md).
 */
#pragma once

#include <gio/gio.h>
#include <sys/types.h>

/* How long the bus, and then the manager, may take: two seconds are too few for a manager beside many
 * guests that start at once. */
#define CGROUP_SCOPE_SECONDS 5

/* Moves this process into one, and `companion` with it, if it is not 0. Waits for it; before the
 * main loop runs. FALSE with the end of a sentence that says why there is none. */
gboolean cgroup_scope_enter (pid_t companion, GError **error);
