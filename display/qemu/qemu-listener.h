/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The listener that QEMU reports its display to: org.qemu.Display1.Listener on a peer-to-peer D-Bus
 * connection, served on a thread of its own that reads a call a piece at a time. Pixels are
 * compared with the frame as they come, so that nothing is queued, no frame is ever in memory
 * twice, and QEMU can send no faster than we compare.
 */
#pragma once

#include "frame/screen.h"

#define QEMU_LISTENER_PATH "/org/qemu/Display1/Listener"

typedef struct _QemuListener QemuListener;

/* Authenticates to QEMU on `socket`, which it takes, and serves it until it is closed. It drives
 * `screen` and reports to it what breaks the protocol. NULL if there can be no thread. */
QemuListener *qemu_listener_new (int socket, Screen *screen);
/* Closes the connection; the thread has ended then. */
void qemu_listener_free (QemuListener *listener);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QemuListener, qemu_listener_free)

/* What the thread does once it is authenticated: returns when the connection ends. For tests. */
void qemu_listener_serve (int socket, Screen *screen);
