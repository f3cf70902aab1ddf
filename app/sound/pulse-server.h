/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The connection to the user's sound server, shared by all guests of this process. There while
 * somebody wants it; comes back by itself after the server has gone, with growing pauses. All of it
 * is asynchronous: a server that hangs is one that says nothing.
 *
 * Signals: "changed" ()  pulse_server_get_context has another answer
 */
#pragma once

#include <gio/gio.h>
#include <pulse/pulseaudio.h>

#define PULSE_TYPE_SERVER (pulse_server_get_type ())
G_DECLARE_FINAL_TYPE (PulseServer, pulse_server, PULSE, SERVER, GObject)

/* The one of this process. Transfer full. */
PulseServer *pulse_server_get (void);

/* Wants a connection, or does not any more; counted. */
void pulse_server_hold (PulseServer *self);
void pulse_server_release (PulseServer *self);

/* NULL unless it is ready. Borrowed. */
pa_context *pulse_server_get_context (PulseServer *self);
