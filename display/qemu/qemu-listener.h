/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The listener that QEMU reports its display to: org.qemu.Display1.Listener on a peer-to-peer D-Bus
 * connection, served entirely in a message filter, that is on GDBus's worker thread. No message
 * ever reaches a main context's queue, because GDBus reads ahead into that without bound: here QEMU
 * can send no faster than we compare.
 */
#pragma once

#include "frame/screen.h"

#include <gio/gio.h>

#define QEMU_LISTENER_PATH "/org/qemu/Display1/Listener"
/* Answers that QEMU has not read yet; more, and it is flooding us. */
#define QEMU_LISTENER_REPLIES_MAX 256

typedef struct _QemuListener QemuListener;

/* Serves `connection`, whose message processing has not started yet, until it is closed. It drives
 * `screen` and reports to it what breaks the protocol. Without a connection (tests) answers go
 * nowhere. */
QemuListener *qemu_listener_new (GDBusConnection *connection, Screen *screen);
/* One message of QEMU's, on the thread that owns the listener: what the filter does. For tests,
 * which may have no connection. */
void qemu_listener_take (QemuListener *listener, GDBusMessage *message);
/* Removes the filter. A call of it that runs at that moment still finishes: the memory is released
 * after it. */
void qemu_listener_free (QemuListener *listener);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QemuListener, qemu_listener_free)
