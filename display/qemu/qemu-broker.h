/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The link to QEMU's display: authenticates on the peer-to-peer connection, finds the guest's heads
 * (graphic consoles; text ones are QEMU's own terminals and stay unseen), registers a listener for
 * each, one after the other, and owns the input. Asynchronous throughout (qemu-console.h says why).
 */
#pragma once

#include "frame/screen.h"
#include "qemu/qemu-input.h"

typedef struct _QemuBroker QemuBroker;

typedef struct
{
  /* The screen of the head with this number, < GLASS_HEADS_MAX. It lives until the process ends.
   * Called for each, in order, before anything is shown on it. */
  Screen *(*get_screen) (guint head, gpointer user_data);
  /* Once: all listeners are registered. */
  void (*ready) (guint n_heads, gpointer user_data);
  void (*relieved) (gpointer user_data); /* see qemu-input.h */
  gpointer user_data;
} QemuBrokerHost;

/* Takes `socket`, the end of the link that vmm made. Failures are reported to a head's screen.
 * `host` outlives it. */
QemuBroker *qemu_broker_new (int socket, const QemuBrokerHost *host);
void qemu_broker_free (QemuBroker *broker);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QemuBroker, qemu_broker_free)

/* NULL until QEMU has accepted us. Borrowed. */
QemuInput *qemu_broker_get_input (QemuBroker *broker);

/* The link itself, for what else QEMU offers on it; NULL until QEMU has accepted us. Borrowed. */
GDBusConnection *qemu_broker_get_link (QemuBroker *broker);
