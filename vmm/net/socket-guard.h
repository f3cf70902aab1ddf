/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * libslirp makes the sockets that lead out of a guest's network, and has no hook to say which. It
 * calls libc for them through the dynamic linker, though, and this program's own functions come
 * first there: socket-guard.c defines socket (), connect (), sendto () and their like, and lets
 * through what the policy allows. So a destination is judged twice, in the guest's frame and, after
 * whatever libslirp made of it, where the kernel is asked.
 *
 * The guard also
 * - puts the real resolvers in the place of their tokens (net-policy.h): the only way in which
 *   anything here may lead to loopback; also one of the other family, if there is no other;
 * - gives libslirp the listening sockets of forwards, which vmm made: nothing here binds or
 * listens;
 * - shows it a /etc/resolv.conf that names the tokens, and no other file.
 *
 * One a process, as libc is.
 */
#pragma once

#include "net-policy.h"

/* FALSE if another definition comes before ours, so that nothing would be guarded. */
gboolean socket_guard_is_in_force (void);

/* `policy` is borrowed for ever; without one no destination is allowed. */
void socket_guard_set_policy (const NetPolicy *policy);
void socket_guard_set_resolvers (const NetResolvers *resolvers);

/* The next socket that libslirp binds becomes a copy of `fd` (the caller's): a listening TCP or a
 * bound UDP socket. To libslirp it is 127.0.0.1:`name`. */
void socket_guard_hand_over (int fd, gboolean udp, guint16 name);
/* Nothing was bound after all. */
void socket_guard_take_back (void);

/* For so long no client of a TCP forward should be waited for: there was no descriptor for the last
 * one, who still waits, and would wake us for ever. 0: clients are welcome. */
guint socket_guard_rest_ms (void);
/* Whether that is the listening socket of a TCP forward. */
gboolean socket_guard_is_listening (int fd);
