/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the SPICE library needs of a main loop: GLib's default one. Its worker threads have their
 * own.
 */
#pragma once

#include <spice.h>

/* Static. */
SpiceCoreInterface *spice_core_get (void);

/* Lets the library see at once what it waits for on this socket of its own, whose other end has
 * been closed: all that was written to it, and its end. */
void spice_core_finish (int fd);
