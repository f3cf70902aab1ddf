/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * From what QEMU says of a console's pointer mode and keyboard LEDs, unasked or when asked, to that
 * head's screen. Works in a filter of the link's connection, that is on GDBus's worker thread, so
 * that values apply in QEMU's order and nothing piles up.
 */
#pragma once

#include "frame/screen.h"

#include <gio/gio.h>

#define QEMU_ROUTES_KEYBOARD "org.qemu.Display1.Keyboard"
#define QEMU_ROUTES_MOUSE "org.qemu.Display1.Mouse"
#define QEMU_ROUTES_PROPERTIES "org.freedesktop.DBus.Properties"

typedef struct _QemuRoutes QemuRoutes;

/* Installs the filter, whose message processing has not started yet. Only answers go on into GDBus.
 * Freed by itself with the filter. */
QemuRoutes *qemu_routes_new (GDBusConnection *connection);
/* After it no call of the filter begins; one that runs at that moment still finishes. */
void qemu_routes_remove (QemuRoutes *routes, GDBusConnection *connection);

/* What comes for the object `path` is `screen`'s, which lives until the process ends. Once for each
 * head, before it is asked for its properties. Main thread. */
void qemu_routes_add (QemuRoutes *routes, const char *path, Screen *screen);
