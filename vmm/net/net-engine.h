/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What runs in vitrine-net: frames of the guest through parser, policy and rate to libslirp and
 * back, as vmm orders on the link. One thread, one poll () a turn.
 */
#pragma once

#include <glib.h>

/* Chatter (ARP, DHCP, neighbour discovery, parts of packets, groups) beyond this is dropped. */
#define NET_CHATTER_PER_SECOND 500
/* Refusals beyond this are silent. */
#define NET_REFUSALS_PER_SECOND 100

typedef struct _NetEngine NetEngine;

/* `link` is the caller's socket to vmm. */
NetEngine *net_engine_new (int link);
void net_engine_free (NetEngine *engine);

/* Runs until vmm or QEMU is gone. Returns the exit status. */
int net_engine_run (NetEngine *engine);
