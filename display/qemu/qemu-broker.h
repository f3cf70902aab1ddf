/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The link to QEMU's display: authenticates on the peer-to-peer connection, registers our listener
 * for the guest's first console, follows pointer mode and LEDs, and owns the input. QEMU's main
 * loop stands still while it registers a listener, so everything here is asynchronous.
 */
#pragma once

#include "frame/screen.h"
#include "qemu/qemu-input.h"

/* A QEMU that has not shown a first picture by then never will. */
#define QEMU_BROKER_SETUP_SECONDS 10

typedef struct _QemuBroker QemuBroker;

/* Takes `socket`, the end of the link that vmm made. `listener_pair` are the two ends of a
 * connected stream pair, also taken: one is handed to QEMU. Failures are reported to `screen`.
 * `ready` is called once, when the listener is registered; `relieved` see qemu-input.h. */
QemuBroker *qemu_broker_new (int socket,
                             int listener_pair[2],
                             Screen *screen,
                             void (*ready) (gpointer user_data),
                             void (*relieved) (gpointer user_data),
                             gpointer user_data);
void qemu_broker_free (QemuBroker *broker);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QemuBroker, qemu_broker_free)

/* NULL until QEMU has accepted us. Borrowed. */
QemuInput *qemu_broker_get_input (QemuBroker *broker);

/* The link itself, for what else QEMU offers on it; NULL until QEMU has accepted us. Borrowed. */
GDBusConnection *qemu_broker_get_link (QemuBroker *broker);
