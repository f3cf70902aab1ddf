/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The files that a browser needs for a console: our page, and noVNC's modules from the folder of
 * Debian's package, as one sealed memfd for the display process (common/ipc/web-wire.h).
 */
#pragma once

#include <gio/gio.h>

#define WEB_PAGES_DEPTH_MAX 5

/* `novnc` is the folder. The descriptor, or -1 with a sentence. */
int web_pages_build (const char *novnc, GError **error);
