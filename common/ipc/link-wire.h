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
 *
 * display ends itself when the link closes. It is started as
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

  /* display -> vmm */
  LINK_READY = 32,
  LINK_PONG = 33,
  LINK_VIEWERS = 34,
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

/* Every message has this one size and shape. */
typedef struct
{
  guint32 type;
  guint32 value; /* PING, PONG: serial. VIEWERS: how many. FAILED: LinkFailure. Else 0. */
} LinkMessage;
