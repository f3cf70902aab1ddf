/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Between one client and one server after another. What the client asks is held until it is
 * answered, so that a server that goes away and comes back is a pause and no error; vmm says when
 * waiting is over. Runs in vitrine-nbd.
 */
#pragma once

#include <glib.h>

typedef struct _NbdRelay NbdRelay;

/* `link` (common/ipc/nbd-link-wire.h) is borrowed. */
NbdRelay *nbd_relay_new (int link);
void nbd_relay_free (NbdRelay *relay);

/* Until the link or the client is gone. Returns the exit status. */
int nbd_relay_run (NbdRelay *relay);
