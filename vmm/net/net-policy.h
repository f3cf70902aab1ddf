/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What of a guest's frames may pass (design: offline, internet, lan). Pure: no I/O, no clock; all
 * that it knows is in NetPolicy.
 */
#pragma once

#include "frame-parse.h"
#include "ipc/net-wire.h"

/* The guest's own network, the same for every guest: they never meet. */
#define NET_V4_PREFIX 0x0a000200u /* 10.0.2.0/24 */
#define NET_V4_BITS 24u
#define NET_V4_GATEWAY 0x0a000202u
#define NET_V4_RESOLVER 0x0a000203u
#define NET_V4_LEASE 0x0a00020fu /* 10.0.2.15 */
/* fd76:6974:7269:6e65::/64, gateway ::2, resolver ::3 */
extern const NetAddress net_v6_prefix;
extern const NetAddress net_v6_gateway;
extern const NetAddress net_v6_resolver;
#define NET_V6_BITS 64u

/* Addresses that stand for something else between libslirp and its sockets (socket-guard.h): the
 * resolvers, and the clients of a UDP forward. Documentation addresses: no guest can mean them. */
#define NET_TOKEN_RESOLVER_V4 0xc0000235u /* 192.0.2.53 */
extern const NetAddress net_token_resolver_v6;
#define NET_TOKEN_CLIENT_V4 0xc0000201u /* 192.0.2.1 */

typedef struct
{
  guint8 mac[FRAME_MAC_SIZE];
  NetPolicyNumber mode;
  const NetAddress *own;  /* addresses of this machine; borrowed */
  const guint8 *own_bits; /* of each, that its neighbours have too; 128: it has none; borrowed */
  guint n_own;
  struct
  {
    gboolean used;
    gboolean udp;
    guint16 port;
  } forwards[NET_FORWARDS_MAX]; /* ports of the guest that others may connect to */
} NetPolicy;

/* NET_DROP_NONE: the frame may pass. */
NetDrop net_policy_judge (const NetPolicy *policy, const Frame *frame);

/* Whether a socket may be connected to `address`, or send to it: the same rules, for destinations
 * alone. */
NetDrop net_policy_judge_destination (const NetPolicy *policy, const NetAddress *address);

/* Frames that cost others work without being an answer to anything: these are bounded by number. */
gboolean net_policy_is_chatter (const Frame *frame);

/* What a frame of `size` bytes costs of a rate: what it carries, since that is what people measure,
 * and whatever else in it is more than headers can be: other protocols, or bytes behind what its
 * own lengths admit, which leave by a tap as they came. So that empty ones are bounded too, at
 * least NET_FRAME_COST_MIN. */
#define NET_FRAME_COST_MIN 64
#define NET_FRAME_HEADERS_MAX 134 /* of Ethernet, IPv4 and TCP, with all options */
guint32 net_policy_cost (const Frame *frame, gsize size);

/* "private", for JSON; a sentence's part for people. */
const char *net_drop_word (NetDrop drop);
