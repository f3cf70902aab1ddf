/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a jailed program of ours takes away from itself once it has opened what it needs: the filter
 * that its starter gave it had to let it start, this one does not.
 */
#pragma once

#include <glib.h>

/* For vitrine-display, after every library is loaded and before the first byte of a peer is read.
 * From then on, in all threads and for good: no file opened or looked up by name, no program
 * executed, no socket made, connected or bound (socketpair stays), no executable memory, no
 * process, no further filter. Refused calls fail with EPERM, those that only an attacker makes
 * kill. FALSE with a sentence if the kernel refuses: go no further then. */
gboolean sandbox_lock_display (GError **error);

/* The same for vitrine-nbd. */
gboolean sandbox_lock_nbd (GError **error);

/* The same for vitrine-net, which goes on making and connecting sockets: that is what it is for. It
 * still binds none and lets none listen. */
gboolean sandbox_lock_net (GError **error);

/* The same for a vitrine-net that passes frames on to a tap: it needs no socket, so it makes and
 * connects none. */
gboolean sandbox_lock_bridge (GError **error);
