/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Answers to QEMU's calls, written to a listener's connection at once. Made by GLib, which has its
 * own way to write values; what comes from QEMU is not given to it.
 */
#pragma once

#include "qemu/dbus-reader.h"

#include <gio/gio.h>

/* The call of this head has been done; sinks floating `values` (NULL: none). Nothing is sent for a
 * call that wants no answer. */
void dbus_answer_values (DbusReader *reader, const DbusHead *head, GVariant *values);
/* It has not. */
void dbus_answer_refuse (DbusReader *reader, const DbusHead *head, const char *text);
