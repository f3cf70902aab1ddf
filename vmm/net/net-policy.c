/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The network policy. Runs in vitrine-net on every frame of the guest and on every destination of
 * a socket. It must never let through what it does not know.
 */
#include "net-policy.h"

#include "net-address.h"

#define PORT_DNS 53u
#define PORT_DHCP 67u
#define PORT_DHCP_CLIENT 68u
#define PORT_DHCP6 547u
#define PORT_DHCP6_CLIENT 546u

#define ARP_REQUEST 1u
#define ARP_REPLY 2u

#define ICMP_REDIRECT 5u
#define ICMP_ECHO 8u
#define ICMP_ADVERTISE_ROUTER 9u
#define ICMP6_ECHO 128u
#define ICMP6_SOLICIT_ROUTER 133u
#define ICMP6_SOLICIT_NEIGHBOUR 135u
#define ICMP6_ADVERTISE_NEIGHBOUR 136u
#define ND_HOP_LIMIT 255u

#define ULA 0xfd, 0x76, 0x69, 0x74, 0x72, 0x69, 0x6e, 0x65

const NetAddress net_v6_prefix = { { ULA } };
const NetAddress net_v6_gateway = { { ULA, [15] = 2 } };
const NetAddress net_v6_resolver = { { ULA, [15] = 3 } };
const NetAddress net_token_resolver_v6 = { { 0x20, 0x01, 0x0d, 0xb8, [15] = 0x53 } };

static const NetAddress all_dhcp_servers = { { 0xff, 0x02, [13] = 1, [15] = 2 } };
static const NetAddress nowhere = { { 0 } };

const char *
net_drop_word (NetDrop drop)
{
  static const char *const words[NET_DROP_REASONS] = {
    [NET_DROP_NONE] = "none",
    [NET_DROP_MALFORMED] = "malformed",
    [NET_DROP_UNSUPPORTED] = "unsupported",
    [NET_DROP_SPOOFED] = "spoofed",
    [NET_DROP_GATEWAY] = "gateway",
    [NET_DROP_HOST] = "host",
    [NET_DROP_PRIVATE] = "private",
    [NET_DROP_LINK] = "link-local",
    [NET_DROP_MULTICAST] = "multicast",
    [NET_DROP_SPECIAL] = "special",
    [NET_DROP_STORM] = "storm",
    [NET_DROP_OFFLINE] = "offline",
    [NET_DROP_FULL] = "full",
  };

  return drop < NET_DROP_REASONS ? words[drop] : "none";
}

static gboolean
is_own (const NetPolicy *policy, const NetAddress *address)
{
  for (guint i = 0; i < policy->n_own; i++)
    if (net_address_equal (&policy->own[i], address))
      return TRUE;
  return FALSE;
}

/* A machine of a network that this one is in: whoever is at home there has the same public bits, by
 * IPv6 nearly everywhere. */
static gboolean
is_neighbour (const NetPolicy *policy, const NetAddress *address)
{
  for (guint i = 0; i < policy->n_own; i++)
    if (policy->own_bits[i] < 128 &&
        net_address_in_prefix (address, &policy->own[i], policy->own_bits[i]))
      return TRUE;
  return FALSE;
}

static NetDrop
judge_scope (const NetPolicy *policy, NetScope scope)
{
  switch (scope)
    {
    case NET_SCOPE_PUBLIC:
      return NET_DROP_NONE;
    case NET_SCOPE_PRIVATE:
      return policy->mode == NET_POLICY_LAN ? NET_DROP_NONE : NET_DROP_PRIVATE;
    case NET_SCOPE_LINK:
      return NET_DROP_LINK;
    case NET_SCOPE_LOOPBACK:
      return NET_DROP_HOST;
    case NET_SCOPE_MULTICAST:
      return NET_DROP_MULTICAST;
    default:
      return NET_DROP_SPECIAL;
    }
}

NetDrop
net_policy_judge_destination (const NetPolicy *policy, const NetAddress *address)
{
  NetAddress inner;
  gboolean embedded = net_address_embedded (address, &inner);
  NetDrop drop;

  if (policy->mode != NET_POLICY_INTERNET && policy->mode != NET_POLICY_LAN)
    return NET_DROP_OFFLINE;
  if (is_own (policy, address) || (embedded && is_own (policy, &inner)))
    return NET_DROP_HOST;
  drop = judge_scope (policy, net_address_scope (address));
  if (drop == NET_DROP_NONE && policy->mode == NET_POLICY_INTERNET &&
      (is_neighbour (policy, address) || (embedded && is_neighbour (policy, &inner))))
    return NET_DROP_PRIVATE;
  return drop;
}

/* --- whose frame is it --- */

static gboolean
is_in_v4 (const NetAddress *address)
{
  return (net_address_get_v4 (address) ^ NET_V4_PREFIX) >> (32 - NET_V4_BITS) == 0;
}

/* An address that the guest may give itself. */
static gboolean
is_guests_v4 (const NetAddress *address)
{
  guint32 v4 = net_address_get_v4 (address);
  guint32 host = v4 & ~(0xffffffffu << (32 - NET_V4_BITS));

  return is_in_v4 (address) && v4 != NET_V4_GATEWAY && v4 != NET_V4_RESOLVER && host != 0 &&
         host != 255;
}

static gboolean
is_in_v6 (const NetAddress *address)
{
  return net_address_in_prefix (address, &net_v6_prefix, NET_V6_BITS);
}

static gboolean
is_gateway_v6 (const NetAddress *address)
{
  return net_address_equal (address, &net_v6_gateway) ||
         net_address_equal (address, &net_v6_resolver);
}

/* The gateway's link-local addresses are fe80::2 and, for the resolver, fe80::3. */
static gboolean
is_gateway_link (const NetAddress *address)
{
  static const NetAddress gateway = { { 0xfe, 0x80, [15] = 2 } };
  static const NetAddress resolver = { { 0xfe, 0x80, [15] = 3 } };

  return net_address_equal (address, &gateway) || net_address_equal (address, &resolver);
}

static gboolean
is_guests_v6 (const NetAddress *address)
{
  if (net_address_is_v4 (address))
    return FALSE; /* ::ffff:a.b.c.d is for programs, never on a wire */
  if (is_in_v6 (address))
    return !is_gateway_v6 (address) && !net_address_equal (address, &net_v6_prefix);
  return net_address_scope (address) == NET_SCOPE_LINK && !is_gateway_link (address);
}

static gboolean
is_guests_mac (const NetPolicy *policy, const guint8 *mac)
{
  return memcmp (policy->mac, mac, FRAME_MAC_SIZE) == 0;
}

/* --- ARP --- */

static NetDrop
judge_arp (const NetPolicy *policy, const Frame *frame)
{
  if (frame->arp_operation != ARP_REQUEST && frame->arp_operation != ARP_REPLY)
    return NET_DROP_UNSUPPORTED;
  if (!is_guests_mac (policy, frame->link_address))
    return NET_DROP_SPOOFED;
  /* A guest that asks whether an address is free has none yet. */
  if (net_address_get_v4 (&frame->from) != 0 && !is_guests_v4 (&frame->from))
    return NET_DROP_SPOOFED;
  return is_in_v4 (&frame->to) ? NET_DROP_NONE : NET_DROP_UNSUPPORTED;
}

/* --- IPv4 --- */

static gboolean
is_forwarded (const NetPolicy *policy, gboolean udp, guint16 port)
{
  for (guint i = 0; i < NET_FORWARDS_MAX; i++)
    if (policy->forwards[i].used && policy->forwards[i].udp == udp &&
        policy->forwards[i].port == port)
      return TRUE;
  return FALSE;
}

static NetDrop
judge_dhcp (const NetPolicy *policy, const Frame *frame)
{
  guint32 from = net_address_get_v4 (&frame->from);
  guint32 to = net_address_get_v4 (&frame->to);

  if (frame->dhcp_operation != 1 || frame->from_port != PORT_DHCP_CLIENT)
    return NET_DROP_UNSUPPORTED;
  if (!is_guests_mac (policy, frame->link_address) || (from != 0 && !is_guests_v4 (&frame->from)))
    return NET_DROP_SPOOFED;
  return to == 0xffffffffu || to == NET_V4_GATEWAY ? NET_DROP_NONE : NET_DROP_MULTICAST;
}

/* To the virtual gateway and resolver. */
static NetDrop
judge_gateway (const NetPolicy *policy, const Frame *frame, gboolean is_resolver)
{
  if (frame->flags & FRAME_FRAGMENT)
    return NET_DROP_GATEWAY;
  if (frame->protocol == FRAME_ICMP && frame->icmp_type == ICMP_ECHO)
    return NET_DROP_NONE;
  if (frame->protocol == FRAME_ICMP6 && frame->icmp_type == ICMP6_ECHO)
    return NET_DROP_NONE;
  if (is_resolver)
    return (frame->protocol == FRAME_UDP || frame->protocol == FRAME_TCP) &&
                   frame->to_port == PORT_DNS
               ? NET_DROP_NONE
               : NET_DROP_GATEWAY;
  /* Answers of the guest to a forward's clients, who come from the gateway. */
  return frame->protocol == FRAME_TCP && !(frame->flags & FRAME_SYN) &&
                 is_forwarded (policy, FALSE, frame->from_port)
             ? NET_DROP_NONE
             : NET_DROP_GATEWAY;
}

/* What may be sent to another machine at all. */
static gboolean
is_passed_on (const Frame *frame)
{
  switch (frame->protocol)
    {
    case FRAME_TCP:
    case FRAME_UDP:
      return (frame->flags & FRAME_LATER_FRAGMENT) != 0 ||
             (frame->from_port != 0 && frame->to_port != 0);
    case FRAME_ICMP:
      return (frame->flags & FRAME_LATER_FRAGMENT) != 0 || frame->icmp_type == ICMP_ECHO;
    case FRAME_ICMP6:
      return frame->icmp_type == ICMP6_ECHO;
    default:
      return FALSE;
    }
}

static NetDrop
judge_ipv4 (const NetPolicy *policy, const Frame *frame)
{
  guint32 to = net_address_get_v4 (&frame->to);

  if (frame->flags & FRAME_OPTIONS)
    return NET_DROP_UNSUPPORTED;
  if (frame->flags & FRAME_DHCP)
    return judge_dhcp (policy, frame);
  if (!is_guests_v4 (&frame->from))
    return NET_DROP_SPOOFED;
  if (net_address_scope (&frame->to) == NET_SCOPE_MULTICAST || to == (NET_V4_PREFIX | 255))
    return NET_DROP_MULTICAST;
  if (!is_passed_on (frame))
    return NET_DROP_UNSUPPORTED;
  if (to == NET_V4_GATEWAY || to == NET_V4_RESOLVER)
    return judge_gateway (policy, frame, to == NET_V4_RESOLVER);
  if (is_in_v4 (&frame->to))
    return NET_DROP_GATEWAY;
  if (to == NET_TOKEN_CLIENT_V4 && frame->protocol == FRAME_UDP &&
      !(frame->flags & FRAME_FRAGMENT) && is_forwarded (policy, TRUE, frame->from_port))
    return NET_DROP_NONE;
  return net_policy_judge_destination (policy, &frame->to);
}

/* --- IPv6 --- */

static NetDrop
judge_nd (const NetPolicy *policy, const Frame *frame)
{
  if (frame->icmp_type != ICMP6_SOLICIT_ROUTER && frame->icmp_type != ICMP6_SOLICIT_NEIGHBOUR &&
      frame->icmp_type != ICMP6_ADVERTISE_NEIGHBOUR)
    return NET_DROP_SPOOFED; /* a router's words */
  if (frame->hop_limit != ND_HOP_LIMIT || (frame->flags & FRAME_EXTENSIONS))
    return NET_DROP_MALFORMED;
  if (frame->has_link_address && !is_guests_mac (policy, frame->link_address))
    return NET_DROP_SPOOFED;
  return NET_DROP_NONE;
}

static NetDrop
judge_ipv6 (const NetPolicy *policy, const Frame *frame)
{
  gboolean unspecified = net_address_equal (&frame->from, &nowhere);
  gboolean is_nd = (frame->flags & FRAME_ND) != 0;

  if (!is_guests_v6 (&frame->from) && !(unspecified && is_nd))
    /* A guest without an address yet also says which groups it is in. */
    return unspecified && net_address_scope (&frame->to) == NET_SCOPE_MULTICAST ? NET_DROP_MULTICAST
                                                                                : NET_DROP_SPOOFED;
  if (is_nd)
    return judge_nd (policy, frame);
  if (frame->protocol == FRAME_UDP && frame->to_port == PORT_DHCP6 &&
      !(frame->flags & (FRAME_EXTENSIONS | FRAME_FRAGMENT)) &&
      net_address_equal (&frame->to, &all_dhcp_servers))
    return NET_DROP_NONE;
  if (net_address_scope (&frame->to) == NET_SCOPE_MULTICAST)
    return NET_DROP_MULTICAST;
  if ((frame->flags & (FRAME_EXTENSIONS | FRAME_FRAGMENT)) || !is_passed_on (frame))
    return NET_DROP_UNSUPPORTED;
  if (net_address_is_v4 (&frame->to))
    return NET_DROP_SPECIAL;
  if (is_gateway_v6 (&frame->to) || is_gateway_link (&frame->to))
    return judge_gateway (policy, frame, frame->to.bytes[15] == 3);
  if (is_in_v6 (&frame->to))
    return NET_DROP_GATEWAY;
  return net_policy_judge_destination (policy, &frame->to);
}

/* --- a bridge --- */

/* What only a DHCP server says. Clients look at the port that it goes to, not at that it comes
 * from.
 */
static gboolean
is_of_server (const Frame *frame)
{
  return frame->from_port == PORT_DHCP || frame->from_port == PORT_DHCP6 ||
         frame->to_port == PORT_DHCP_CLIENT || frame->to_port == PORT_DHCP6_CLIENT;
}

static gboolean
is_of_router (const Frame *frame)
{
  return frame->protocol == FRAME_ICMP &&
         (frame->icmp_type == ICMP_REDIRECT || frame->icmp_type == ICMP_ADVERTISE_ROUTER);
}

/* The guest is a machine of the network behind the tap. It keeps to its own name there, and plays
 * neither switch, router nor DHCP server for the others. */
static NetDrop
judge_bridged (const NetPolicy *policy, const Frame *frame)
{
  /* IEEE 802.1Q, 8.6.3: to the bridges themselves (spanning tree, pause, authentication). */
  static const guint8 bridges[] = { 0x01, 0x80, 0xc2, 0x00, 0x00 };

  if (memcmp (frame->destination, bridges, sizeof bridges) == 0)
    return NET_DROP_MULTICAST;
  if (frame->kind == FRAME_ARP)
    return is_guests_mac (policy, frame->link_address) ? NET_DROP_NONE : NET_DROP_SPOOFED;
  if (frame->kind != FRAME_IPV4 && frame->kind != FRAME_IPV6)
    return NET_DROP_UNSUPPORTED;
  if (frame->protocol == FRAME_UDP && !(frame->flags & FRAME_LATER_FRAGMENT) &&
      is_of_server (frame))
    return NET_DROP_SPOOFED;
  if (frame->kind == FRAME_IPV4)
    return is_of_router (frame) ? NET_DROP_SPOOFED : NET_DROP_NONE;
  if (frame->flags & FRAME_ND)
    return judge_nd (policy, frame);
  /* What could hide a router's words from the parser. */
  return (frame->flags & FRAME_FRAGMENT) && frame->protocol == FRAME_ICMP6 ? NET_DROP_UNSUPPORTED
                                                                           : NET_DROP_NONE;
}

NetDrop
net_policy_judge (const NetPolicy *policy, const Frame *frame)
{
  if (policy->mode == NET_POLICY_OFFLINE)
    return NET_DROP_OFFLINE;
  if (!is_guests_mac (policy, frame->source))
    return NET_DROP_SPOOFED;
  if (policy->mode == NET_POLICY_BRIDGE)
    return judge_bridged (policy, frame);
  switch (frame->kind)
    {
    case FRAME_ARP:
      return judge_arp (policy, frame);
    case FRAME_IPV4:
      return judge_ipv4 (policy, frame);
    case FRAME_IPV6:
      return judge_ipv6 (policy, frame);
    default:
      return NET_DROP_UNSUPPORTED;
    }
}

gboolean
net_policy_is_chatter (const Frame *frame)
{
  return frame->kind == FRAME_ARP || (frame->flags & (FRAME_DHCP | FRAME_ND | FRAME_FRAGMENT)) ||
         (frame->destination[0] & 1) != 0;
}

guint32
net_policy_cost (const Frame *frame, gsize size)
{
  gsize known = (gsize) frame->payload_size + NET_FRAME_HEADERS_MAX;
  gsize hidden = size > known ? size - known : 0;

  return MAX (frame->payload_size + hidden, NET_FRAME_COST_MIN);
}
