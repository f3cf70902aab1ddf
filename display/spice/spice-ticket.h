/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * SPICE's ticket: the password, sealed for a key of ours. The front end answers links and checks
 * tickets itself, so that the library behind it, which would spend 7 ms on a new key for whoever
 * connects, sees only viewers that are let in. One key serves all links of a process: over the
 * network it is inside TLS, so there is no sealed ticket to overhear and send again.
 */
#pragma once

#include "spice/spice-wire.h"

typedef struct _SpiceTicket SpiceTicket;

/* Makes the key. NULL if that fails. */
SpiceTicket *spice_ticket_new (void);
void spice_ticket_free (SpiceTicket *ticket);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SpiceTicket, spice_ticket_free)

/* SPICE_WIRE_KEY_BYTES, borrowed. */
const guint8 *spice_ticket_get_key (SpiceTicket *ticket);
/* Whether it holds this password. */
gboolean spice_ticket_check (SpiceTicket *ticket,
                             const guint8 sealed[SPICE_WIRE_TICKET_BYTES],
                             const char *password);

/* An empty password for the library's key, which does not look at it. FALSE if that is no key. */
gboolean spice_ticket_seal_nothing (const guint8 key[SPICE_WIRE_KEY_BYTES],
                                    guint8 ret_sealed[SPICE_WIRE_TICKET_BYTES]);
