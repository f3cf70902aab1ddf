/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The guest's side of the clipboard: QEMU's org.qemu.Display1.Clipboard, to which a guest's agent
 * (spice-vdagent) is joined inside QEMU, as a peer of the broker. Registered with QEMU only while the
 * policy lets something pass.
 *
 * QEMU (ui/dbus-clipboard.c of 10.0): one registered client, which a closed connection leaves behind;
 * a guest's paste is a Request that QEMU makes synchronously, all of it standing still until the
 * answer; its clipboard knows text only, and its agent drops what is longer than 1 MiB.
 */
#pragma once

#include "clipboard/clipboard.h"
#include "frame/screen.h"

#include <gio/gio.h>

#define QEMU_CLIPBOARD_PATH "/org/qemu/Display1/Clipboard"
/* For so long QEMU may stand still for a paste; then it is told that there is nothing. */
#define QEMU_CLIPBOARD_ANSWER_MS 250
/* Our own patience; QEMU gives its guest 5 seconds. */
#define QEMU_CLIPBOARD_REQUEST_MS 6000
/* Answers that QEMU has not read yet; more, and it is flooding us. */
#define QEMU_CLIPBOARD_REPLIES_MAX 4

typedef struct _QemuClipboard QemuClipboard;

/* Joins the broker. `link` is QEMU's connection, whose message processing may run already; `screen` is
 * told if QEMU breaks the protocol. Both outlive it. */
QemuClipboard *qemu_clipboard_new (GDBusConnection *link, Clipboard *clipboard, Screen *screen);
void qemu_clipboard_free (QemuClipboard *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QemuClipboard, qemu_clipboard_free)

/* Whether this call of QEMU's is for the clipboard and there is one on the connection, whose filter
 * comes after that of the asker. Any thread. */
gboolean qemu_clipboard_takes (GDBusConnection *link, GDBusMessage *call);

/* The policy has changed: registers or withdraws. */
void qemu_clipboard_refresh (QemuClipboard *self);
