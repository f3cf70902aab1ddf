/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the kernel says of control groups. Pure.
 */
#pragma once

#include <glib.h>

/* The number after `key` in a file such as memory.events; 0 if it is not there. */
guint64 cgroup_parse_count (const char *text, const char *key);
