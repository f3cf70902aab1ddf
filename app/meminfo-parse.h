/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * /proc/meminfo. Pure.
 */
#pragma once

#include <glib.h>

/* "MemAvailable" in MiB; FALSE if it is not there. */
gboolean meminfo_parse_available (const char *text, guint *ret_mib);
