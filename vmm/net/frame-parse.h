/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Ethernet frames that a guest sent (B8): untrusted bytes to what the policy has to know about
 * them. Pure. Whether a frame may pass is said in net-policy.h.
 *
 * Sources: IEEE 802.3, RFC 826 (ARP), 791 (IPv4), 8200 (IPv6), 793 (TCP), 768 (UDP), 792 and 4443
 * (ICMP), 2131 (DHCP), 8415 (DHCPv6), 4861 (neighbour discovery).
 */
#pragma once

#include "cursor.h"

#define FRAME_MAC_SIZE 6
#define FRAME_HEADER_SIZE 14u
/* The largest IP packet in the smallest Ethernet frame around it. */
#define FRAME_BYTES_MAX (65535u + FRAME_HEADER_SIZE)
#define FRAME_EXTENSIONS_MAX 8u /* IPv6 extension headers */
#define FRAME_DHCP_OPTIONS_MAX 64u
#define FRAME_ND_OPTIONS_MAX 16u

#define FRAME_TCP 6u
#define FRAME_UDP 17u
#define FRAME_ICMP 1u
#define FRAME_ICMP6 58u

/* An IPv6 address; an IPv4 one as ::ffff:a.b.c.d. In network order. */
typedef struct
{
  guint8 bytes[16];
} NetAddress;

typedef enum
{
  FRAME_OTHER, /* a protocol that nobody here speaks: VLANs, NC-SI, IPX … */
  FRAME_ARP,
  FRAME_IPV4,
  FRAME_IPV6,
} FrameKind;

typedef enum
{
  FRAME_FRAGMENT = 1 << 0,       /* a part of a packet */
  FRAME_LATER_FRAGMENT = 1 << 1, /* and not its first: it has no ports */
  FRAME_OPTIONS = 1 << 2,        /* IPv4 options other than padding and router alert */
  FRAME_EXTENSIONS = 1 << 3,     /* IPv6 extension headers */
  FRAME_SYN = 1 << 4,            /* opens a TCP connection */
  FRAME_DHCP = 1 << 5,           /* a whole DHCP message; dhcp_* below are set */
  FRAME_ND = 1 << 6,             /* neighbour discovery; has_link_address below is set */
  FRAME_ACK = 1 << 7,            /* of a TCP connection that is open; tcp_ack below is set */
} FrameFlags;

typedef struct
{
  FrameKind kind;
  guint flags; /* FrameFlags */
  guint8 destination[FRAME_MAC_SIZE];
  guint8 source[FRAME_MAC_SIZE];

  NetAddress from; /* of ARP: the sender's and the target's protocol address */
  NetAddress to;
  guint8 protocol; /* of IPv4 and IPv6: FRAME_TCP … */
  guint8 hop_limit;
  guint16 from_port; /* TCP and UDP */
  guint16 to_port;
  guint32 tcp_ack; /* the next number that its sender expects */
  guint8 icmp_type;
  guint8 icmp_code;

  guint16 arp_operation;
  guint8 link_address[FRAME_MAC_SIZE]; /* ARP's sender; the source option of ND; DHCP's client */
  gboolean has_link_address;

  guint8 dhcp_operation; /* 1: of a client, 2: of a server */
  guint8 dhcp_type;      /* DISCOVER is 1, OFFER 2, REQUEST 3, ACK 5; 0: BOOTP */
  NetAddress dhcp_yours; /* what a server hands out */

  guint16 payload_at;   /* of the IP packet's header in the frame */
  guint32 payload_size; /* bytes that TCP, UDP or ICMP carry, without headers */
} Frame;

/* PARSE_OK or PARSE_BAD. What is FRAME_OTHER is OK: it is whole, if unknown. */
ParseResult frame_parse (const void *data, gsize size, Frame *ret_frame);

gboolean net_address_is_v4 (const NetAddress *address);
/* The IPv4 address in host order; 0 if it is none. */
guint32 net_address_get_v4 (const NetAddress *address);
NetAddress net_address_from_v4 (guint32 address);
gboolean net_address_equal (const NetAddress *a, const NetAddress *b);
