/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * QEMU's answers in the monitor, for reading. Pure.
 */
#pragma once

#include <glib.h>

/* A reply {"return": …} as lines for a person, without the last newline. What is no such reply
 * comes back as it is, made valid UTF-8. */
char *monitor_text_format (const char *reply);
