/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Our end of the link to vitrine-vmm: takes QEMU's socket, answers pings, reports readiness,
 * viewers and failure. Main thread only; never blocks.
 */
#pragma once

#include "ipc/link-wire.h"

typedef struct _Link Link;

typedef struct
{
  void (*qemu) (int socket, gpointer user_data); /* once; takes the descriptor */
  void (*closed) (gpointer user_data);           /* vmm is gone, or broke the protocol */
  gpointer user_data;
} LinkHost;

/* Takes the socket. */
Link *link_new (int socket, const LinkHost *host);
void link_free (Link *link);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Link, link_free)

void link_send_ready (Link *link);
void link_send_viewers (Link *link, guint n_viewers);
/* The last message: what could not be sent before is dropped. */
void link_send_failed (Link *link, LinkFailure failure);
