/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The link between vitrine-vmm and its vitrine-net: a SOCK_SEQPACKET socketpair, one message a
 * packet, host byte order. Numbers, layouts and limits only. B9: vmm trusts nothing that comes up.
 *
 *   vmm                                   net
 *     ADDRESSES                   ->                 of this machine; with every change
 *     RESOLVERS, RATES, FORWARD   ->                 any time
 *     TAP (+1 fd)                 ->                 once, if the policy is BRIDGE, which then stays
 *     POLICY                      ->                 any time; what flows is cut
 *     SETUP (+1 fd: frames)       ->                 once, when it knows all else
 *                                 <-    READY        SETUP is done, its sandbox is complete
 *     PING serial                 ->
 *                                 <-    STATS        with that serial
 *     CAPTURE (+1 fd: a file)     ->
 *                                 <-    CAPTURE_END  why it ended
 *
 * net ends itself when the link closes. It is started as `vitrine-net --link-fd N`. The socket of
 * frames is AF_UNIX SOCK_SEQPACKET, one Ethernet frame a packet; QEMU has its other end, and vmm
 * hands this end to every vitrine-net of a guest in turn, so that QEMU does not notice when one
 * ends.
 */
#pragma once

#include <glib.h>

typedef enum
{
  /* vmm -> net */
  NET_SETUP = 1,       /* NetSetup, + 1 fd */
  NET_ADDRESSES = 2,   /* NetAddresses */
  NET_RESOLVERS = 3,   /* NetResolvers */
  NET_POLICY = 4,      /* value: NetPolicyNumber */
  NET_RATES = 5,       /* NetRates */
  NET_FORWARD = 6,     /* NetForward, + 1 fd: a listening TCP or bound UDP socket */
  NET_FORWARD_END = 7, /* value: id of the forward */
  NET_CAPTURE = 8,     /* NetCapture, + 1 fd: a file open for writing */
  NET_CAPTURE_STOP = 9,
  NET_PING = 10, /* value: serial */
  NET_TAP = 11,  /* + 1 fd: a tap, before SETUP */

  /* net -> vmm */
  NET_READY = 32,
  NET_STATS = 33,       /* NetStats */
  NET_CAPTURE_END = 34, /* value: NetCaptureEnd */
  NET_FAILED = 35,      /* value: NetFailure; net exits after it */
} NetType;

typedef enum
{
  NET_POLICY_OFFLINE = 0, /* nothing passes */
  NET_POLICY_INTERNET = 1,
  NET_POLICY_LAN = 2,
  NET_POLICY_BRIDGE = 3, /* frames go to the tap; there are no sockets */
  NET_POLICY_LAST = NET_POLICY_BRIDGE,
} NetPolicyNumber;

typedef enum
{
  NET_CAPTURE_STOPPED = 0, /* CAPTURE_STOP */
  NET_CAPTURE_FULL = 1,    /* it is as long as it may be */
  NET_CAPTURE_BROKEN = 2,  /* the file cannot be written: a full disk */
  NET_CAPTURE_END_LAST = NET_CAPTURE_BROKEN,
} NetCaptureEnd;

typedef enum
{
  NET_FAILURE_SANDBOX = 1,
  NET_FAILURE_LIBRARY = 2, /* libslirp does not call the functions that guard its sockets */
  NET_FAILURE_FRAMES = 3,  /* QEMU closed its end */
  NET_FAILURE_TAP = 4,    /* it was taken away, or there is none */
  NET_FAILURE_LAST = NET_FAILURE_TAP,
} NetFailure;

/* Why a frame was not passed on. */
typedef enum
{
  NET_DROP_NONE = 0,
  NET_DROP_MALFORMED = 1,   /* it contradicts itself */
  NET_DROP_UNSUPPORTED = 2, /* a protocol that is not passed on at all */
  NET_DROP_SPOOFED = 3,     /* a sender's address that is not this guest's */
  NET_DROP_GATEWAY = 4,     /* to the virtual gateway, which answers DHCP, DNS and ping only */
  NET_DROP_HOST = 5,        /* to this machine: loopback, or an address of its own */
  NET_DROP_PRIVATE = 6,     /* to a private network, or a neighbour, which the policy keeps away */
  NET_DROP_LINK = 7,        /* link-local */
  NET_DROP_MULTICAST = 8,   /* multicast and broadcast */
  NET_DROP_SPECIAL = 9,     /* documentation, tunnels, not assigned */
  NET_DROP_STORM = 10,      /* too many broadcasts or fragments a second */
  NET_DROP_OFFLINE = 11,
  NET_DROP_FULL = 12, /* to the guest, which does not take frames */
  NET_DROP_REASONS = 13,
} NetDrop;

#define NET_FORWARDS_MAX 64u
#define NET_ADDRESSES_MAX 256u

typedef struct
{
  guint32 type;
  guint32 value;
} NetMessage;

typedef struct
{
  guint32 type; /* NET_SETUP */
  guint32 mtu;  /* of the guest's card: NET_MTU_MIN to NET_MTU_MAX */
  guint8 mac[6];
  guint8 padding[2];
} NetSetup;

#define NET_MTU_MIN 1280u
#define NET_MTU_MAX 65520u

/* IPv4 addresses as ::ffff:a.b.c.d. */
typedef struct
{
  guint32 type; /* NET_ADDRESSES */
  guint32 count;
  guint8 addresses[NET_ADDRESSES_MAX][16];
  guint8 bits[NET_ADDRESSES_MAX]; /* of each, that its neighbours have too; 128: it has none */
} NetAddresses;

typedef struct
{
  guint32 type;  /* NET_RESOLVERS */
  guint32 flags; /* NetResolverFlags */
  guint8 v4[4];
  guint8 v6[16];
  guint32 scope; /* interface of a link-local v6, or 0 */
} NetResolvers;

typedef enum
{
  NET_RESOLVER_V4 = 1 << 0,
  NET_RESOLVER_V6 = 1 << 1,
  NET_RESOLVER_FLAGS_ALL = (1 << 2) - 1,
} NetResolverFlags;

typedef struct
{
  guint32 type; /* NET_RATES */
  guint32 padding;
  guint64 in;  /* bytes a second to the guest; 0: no limit */
  guint64 out; /* and from it */
} NetRates;

#define NET_RATE_MAX (G_GUINT64_CONSTANT (1) << 38)

typedef struct
{
  guint32 type; /* NET_FORWARD */
  guint32 id;   /* never 0 */
  guint32 udp;  /* 0: TCP */
  guint32 guest_port;
} NetForward;

typedef struct
{
  guint32 type; /* NET_CAPTURE */
  guint32 padding;
  guint64 bytes_max; /* of the file, what is in it already included */
} NetCapture;

#define NET_CAPTURE_BYTES_MIN 4096u
#define NET_CAPTURE_BYTES_MAX (G_GUINT64_CONSTANT (1) << 40)

typedef struct
{
  guint32 type; /* NET_STATS */
  guint32 serial;
  guint64 bytes_in; /* of frames to the guest */
  guint64 bytes_out;
  guint64 frames_in;
  guint64 frames_out;
  guint64 drops[NET_DROP_REASONS];
  guint64 capture_bytes; /* of the file so far; 0: none is written */
  guint32 flows;         /* sockets in use */
  guint32 policy;        /* NetPolicyNumber in force */
  guint8 lease[4];       /* the IPv4 address that the guest was given, or zero */
  guint8 address6[16];   /* the last global IPv6 address that it used, or zero */
  guint32 padding;       /* zero */
} NetStats;
