/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The guest's virtual network: libslirp, which turns frames into sockets. It sees only frames that
 * the policy passed, and the kernel only through socket-guard.h. Used by the engine of vitrine-net.
 */
#pragma once

#include "net-policy.h"

#include <poll.h>

typedef struct _NetStack NetStack;

typedef struct
{
  /* A frame for the guest; borrowed. */
  void (*to_guest) (const guint8 *data, gsize size, gpointer user_data);
  gpointer user_data;
} NetStackHost;

/* Aborts only if libslirp does not accept its configuration. `host` is copied. */
NetStack *net_stack_new (const NetStackHost *host, guint mtu);
/* Closes every socket. */
void net_stack_free (NetStack *stack);

/* A frame of the guest that may pass. */
void net_stack_input (NetStack *stack, const guint8 *data, gsize size);

/* Appends what to wait for to `fds` (of struct pollfd) and shortens *timeout_ms. `hold`: what comes
 * in waits, since the guest may not or cannot take more. */
void net_stack_prepare (NetStack *stack, GArray *fds, gboolean hold, guint32 *timeout_ms);
/* The number of sockets now. Not between prepare and dispatch. */
guint net_stack_count_sockets (NetStack *stack);
/* After poll (), with the same array. */
void net_stack_dispatch (NetStack *stack, GArray *fds, gboolean failed);

/* Lets clients of the socket `fd` (the caller's) through to a port of the guest. `name` is any
 * number that is not in use. */
gboolean net_stack_forward (NetStack *stack,
                            int fd,
                            gboolean udp,
                            guint16 name,
                            guint16 guest_port);
void net_stack_forward_end (NetStack *stack, gboolean udp, guint16 name);
