/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What vitrine-vmm tells vitrine-net. Pure; as strict downward as upward, so that a fault of ours
 * is found at the first message.
 */
#pragma once

#include "cursor.h"
#include "ipc/net-wire.h"

typedef union
{
  guint32 type;
  NetMessage message;
  NetSetup setup;
  NetAddresses addresses;
  NetResolvers resolvers;
  NetRates rates;
  NetForward forward;
  NetCapture capture;
} NetRequest;

/* `n_fds`: how many descriptors came with it, which must be what the message wants. */
ParseResult net_request_parse (const void *data, gsize size, guint n_fds, NetRequest *ret_request);
