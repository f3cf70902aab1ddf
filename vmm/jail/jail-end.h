/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How a jailed program ended, in words. Pure.
 */
#pragma once

#include <glib.h>

/* bubblewrap tells of its child's death by signal N as exit status 128 + N; as from waitpid again.
 */
int jail_end_status (int wait_status, gboolean through_bwrap);

/* "ended", "ended with status 1", "was killed by signal 31 (a forbidden system call)" */
char *jail_end_text (int wait_status);
