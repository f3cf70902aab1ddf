/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Strings that a guest's vmm sends over the control socket (B1), made fit to be shown. Pure.
 */
#pragma once

#include <glib.h>

#define BOUNDED_LINE_MAX 1024u      /* a sentence for people */
#define BOUNDED_JSON_MAX (4u << 20) /* a reply of QEMU, or a report */

/* At most BOUNDED_LINE_MAX bytes of one line: control characters become spaces, bytes that are no
 * UTF-8 the replacement character. NULL reads as empty. */
char *bounded_text_line (const char *text);
