/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The end of a SPICE display channel that the library is still opening. Main thread only.
 */
#pragma once

#include <glib.h>

/* The library's worker opens a display channel by waiting for the viewer's first message, and uses
 * the channel once more after its end if that comes meanwhile (libspice-server 0.15,
 * dcc_start ()). So a channel that ends before it has drawn is first brought to where it draws: the
 * link is completed, the first message said in the viewer's place, and the first answer waited for,
 * some milliseconds.
 *
 * `library` is our end and `theirs` the library's; `init` what is still to be said of the first
 * message. Gives up after SPICE_SETTLE_MS. The caller closes `library` next. */
#define SPICE_SETTLE_MS 1000u

void spice_settle (int library, int theirs, gboolean linked, const guint8 *init, gsize size);
