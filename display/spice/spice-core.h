/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the SPICE library needs of a main loop: GLib's default one. Its worker threads have their
 * own.
 */
#pragma once

#include <spice.h>

/* Static. */
SpiceCoreInterface *spice_core_get (void);
