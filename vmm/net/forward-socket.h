/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The sockets of forwards. Made by vitrine-vmm, which never accepts on or reads from them;
 * vitrine-net does, and can make none.
 */
#pragma once

#include "forward-spec.h"

/* A listening TCP or a bound UDP socket, or -1 with a sentence. */
int forward_socket_new (const ForwardSpec *spec, GError **error);

/* Nobody can connect any more, whoever holds a copy. */
void forward_socket_close (int *fd);
