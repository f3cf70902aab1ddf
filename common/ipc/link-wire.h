/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The link between vitrine-vmm and its vitrine-display: a SOCK_SEQPACKET socketpair, one message a
 * packet, host byte order. Numbers, layouts and limits only. B3: vmm trusts nothing that comes up.
 *
 *   vmm                              display
 *     QEMU (+1 fd: p2p D-Bus)  ->                once, first
 *                              <-    READY       listener registered, first picture known
 *     PING serial              ->                at most once a second
 *                              <-    PONG serial
 *                              <-    VIEWERS     whenever the number changes
 *     WEB (+1 fd)              ->                the page, just before a share by web
 *     SHARE (+1..3 fds)        ->                a console to be served to other machines
 *     WEB_TOKEN                ->                a link that lets one viewer in
 *                              <-    VIEWER      one came, was let in, was refused, ended; traffic
 *                              <-    WEB_TOKEN_USED   before the link's viewer is let in
 *     SHARE_END, SHARE_EXPIRED, VIEWER_DROP   ->
 *     CLIPBOARD policy         ->                after READY, and whenever it changes
 *     AGENT (+1 fd)            ->                a connection to the guest's agent in place of the one
 *                                                before, which is to be closed
 *     AGENT_OPENED             ->                whenever a program of the guest has opened the port
 *                              <-    AGENT_OVER  its stream is of no use any more; display closed it at
 *                                                that time, for vmm reads this late
 *
 * SHARE, VIEWER and their like have structs of their own (below) and are exactly as long as these; a
 * display that was restarted is told every living SHARE again, with the same listening socket, and
 * the tokens of its links that were not used.
 *
 * display ends itself when the link closes, or vmm has nothing more to say on it: the guest is off.
 * Browsers are told so first, which takes LINK_FAREWELL_MS at most. It is started as
 *   vitrine-display --link-fd N --glass-fd M
 * where M is the listening AF_UNIX SOCK_SEQPACKET socket of the glass protocol: display can create
 * no socket itself.
 */
#pragma once

#include <glib.h>

typedef enum
{
  /* vmm -> display */
  LINK_QEMU = 1, /* + 1 fd */
  LINK_PING = 2,
  LINK_SHARE = 3,       /* LinkShare, + 1 fd (listening socket) or 3 (and certificate, key: memfds) */
  LINK_SHARE_END = 4,   /* value: id of the share; its viewers are cut off */
  LINK_VIEWER_DROP = 5, /* value: number of the viewer */
  LINK_VIEWER_ALLOW = 6, /* value: number of a viewer that waits for a person's consent */
  LINK_SHARE_EXPIRED = 7, /* as SHARE_END, because its time is over */
  LINK_CLIPBOARD = 12,   /* value: ClipboardPolicy (clipboard-policy.h); without it, off */
  LINK_AGENT = 13, /* + 1 fd: a stream, with an agent of the guest at its other end or, for now, none */
  LINK_AGENT_OPENED = 14, /* a program of the guest has opened the port, perhaps in place of another */
  LINK_WEB = 16,        /* LinkWeb, + 1 fd (memfd: web-wire.h) */
  LINK_WEB_TOKEN = 17,  /* LinkWebToken */

  /* display -> vmm */
  LINK_READY = 32,
  LINK_PONG = 33,
  LINK_VIEWERS = 34,
  LINK_VIEWER = 36, /* LinkViewer */
  LINK_WEB_TOKEN_USED = 37, /* LinkWebTokenUsed */
  LINK_AGENT_OVER = 38, /* value: ms of the monotonic clock, their low 32 bits */
  LINK_FAILED = 35, /* what went wrong, one of LinkFailure; display exits after it */
} LinkType;

typedef enum
{
  LINK_FAILURE_QEMU_PROTOCOL = 1, /* QEMU sent what the display protocol does not allow */
  LINK_FAILURE_QEMU_GONE = 2,
  LINK_FAILURE_MEMORY = 3,
  LINK_FAILURE_SANDBOX = 4,
  LINK_FAILURE_LAST = LINK_FAILURE_SANDBOX,
} LinkFailure;

#define LINK_VIEWERS_MAX 128u
/* For so long display may say goodbye to browsers once the guest is off. */
#define LINK_FAREWELL_MS 1000

/* The shape of every message that has no struct of its own. */
typedef struct
{
  guint32 type;
  guint32 value; /* PING, PONG: serial. VIEWERS: how many. FAILED: LinkFailure. CLIPBOARD:
                    ClipboardPolicy. Else 0 or as said above. */
} LinkMessage;

/* Remote consoles. */
#define LINK_SHARES_MAX 4u
#define LINK_HEADS_MAX 4u
#define LINK_REMOTE_VIEWERS_MAX 100u
#define LINK_PASSWORD_MAX 64u
#define LINK_ADDRESS_MAX 64u
#define LINK_NAME_MAX 127u
#define LINK_PEM_BYTES_MAX (64u * 1024)

typedef enum
{
  LINK_PROTOCOL_VNC = 1,
  LINK_PROTOCOL_WEB = 2, /* needs LINK_WEB of the same share before */
  LINK_PROTOCOL_SPICE = 3,
  LINK_PROTOCOL_LAST = LINK_PROTOCOL_SPICE,
} LinkProtocol;

typedef enum
{
  LINK_SHARE_VIEW_ONLY = 1 << 0,
  LINK_SHARE_TLS = 1 << 1, /* nothing is served without it; certificate and key come along */
  LINK_SHARE_ASK = 1 << 2, /* each viewer waits, after its login, for VIEWER_ALLOW or VIEWER_DROP */
  LINK_SHARE_FLAGS_ALL = (1 << 3) - 1,
} LinkShareFlags;

typedef struct
{
  guint32 type;                        /* LINK_SHARE */
  guint32 share;                       /* id, never 0 */
  guint32 protocol;                    /* LinkProtocol */
  guint32 flags;                       /* LinkShareFlags */
  char password[LINK_PASSWORD_MAX + 1]; /* UTF-8, NUL to the end; empty: none is asked */
  char padding[3];                     /* zero */
  guint32 head;                        /* which of the guest's consoles, < LINK_HEADS_MAX */
  char name[LINK_NAME_MAX + 1];        /* of the guest, for viewers that are in: UTF-8 without control
                                          characters, not empty, NUL to the end */
} LinkShare;

#define LINK_HOST_MAX 253u

typedef struct
{
  guint32 type;                 /* LINK_WEB */
  guint32 share;                /* id of the share to come */
  char host[LINK_HOST_MAX + 1]; /* a name or address that browsers may know this computer by, in
                                   lower case, NUL to the end; or empty */
  char padding[2];              /* zero */
} LinkWeb;

typedef struct
{
  guint32 type;      /* LINK_WEB_TOKEN */
  guint32 share;
  guint32 seconds;   /* that it is good for: 1 to WEB_TOKEN_SECONDS */
  guint32 padding;   /* zero */
  guint8 digest[32]; /* SHA-256 of the token */
} LinkWebToken;

typedef struct
{
  guint32 type;      /* LINK_WEB_TOKEN_USED */
  guint32 share;     /* never 0 */
  guint8 digest[32]; /* as in LinkWebToken */
} LinkWebTokenUsed;

typedef enum
{
  LINK_VIEWER_CAME = 1,     /* connected */
  LINK_VIEWER_ASKS = 2,     /* logged in, waits for consent */
  LINK_VIEWER_IN = 3,       /* sees the console */
  LINK_VIEWER_REFUSED = 4,  /* wrong password, broken protocol, too late, penalty; it is gone */
  LINK_VIEWER_TRAFFIC = 5,  /* bytes have grown; at most once in two seconds a viewer */
  LINK_VIEWER_ENDED = 6,    /* it is gone */
  LINK_VIEWER_EVENT_LAST = LINK_VIEWER_ENDED,
} LinkViewerEvent;

typedef enum
{
  LINK_WHY_NONE = 0,
  LINK_WHY_PASSWORD = 1,
  LINK_WHY_PROTOCOL = 2,
  LINK_WHY_TIMEOUT = 3,
  LINK_WHY_PENALTY = 4,
  LINK_WHY_TLS = 5,
  LINK_WHY_FULL = 6,
  LINK_WHY_LEFT = 7,    /* the viewer closed the connection */
  LINK_WHY_DROPPED = 8, /* VIEWER_DROP */
  LINK_WHY_STUCK = 9,   /* did not read for 20 s */
  LINK_WHY_LINK = 10,   /* the token of a link that was used, is too old, or never was */
  LINK_WHY_UNSHARED = 11, /* SHARE_END */
  LINK_WHY_EXPIRED = 12,  /* SHARE_EXPIRED */
  LINK_WHY_OFF = 13,      /* the guest is off */
  LINK_WHY_LAST = LINK_WHY_OFF,
} LinkWhy;

typedef struct
{
  guint32 type;   /* LINK_VIEWER */
  guint32 viewer; /* number, never 0, never used twice by one display process */
  guint32 share;
  guint32 event;  /* LinkViewerEvent */
  guint32 why;    /* LinkWhy, for REFUSED and ENDED */
  guint32 padding;
  guint64 bytes;  /* sent to it so far */
  char address[LINK_ADDRESS_MAX]; /* of the peer as text, NUL to the end */
} LinkViewer;
