/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One of QEMU's graphic consoles: our listener for it, on a peer-to-peer connection of its own.
 * QEMU's main loop stands still while it registers a listener, so everything here is asynchronous.
 */
#pragma once

#include "frame/screen.h"

#include <gio/gio.h>

/* A QEMU that has not shown a first picture by then never will. */
#define QEMU_CONSOLE_SETUP_SECONDS 10

typedef struct _QemuConsole QemuConsole;

/* The object of the console with this number. Free with g_free. */
char *qemu_console_path (guint id);

/* Registers a listener that drives `screen` and reports failures to it. `link` is the authenticated
 * connection to QEMU. `registered` is called once. */
QemuConsole *qemu_console_new (GDBusConnection *link,
                               guint id,
                               Screen *screen,
                               void (*registered) (gpointer user_data),
                               gpointer user_data);
void qemu_console_free (QemuConsole *console);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QemuConsole, qemu_console_free)

/* Our end of a stream to QEMU, authenticating as its client; takes the socket. NULL with `error` if
 * it is none; else `done` is called, for g_dbus_connection_new_finish. */
gboolean qemu_console_connect (int *socket,
                               GCancellable *cancellable,
                               GAsyncReadyCallback done,
                               gpointer user_data,
                               GError **error);
/* What a connection to QEMU that has closed means for a screen. For its "closed" signal. */
void qemu_console_fail_closed (Screen *screen, const GError *error);
