/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Our end of the link to vitrine-vmm: takes QEMU's socket and the consoles to be shared, answers
 * pings, reports readiness, viewers and failure. Main thread only; never blocks.
 */
#pragma once

#include "clipboard-policy.h"
#include "ipc/link-wire.h"

/* Reports on remote viewers that wait for vmm to read. Each viewer adds at most four. */
#define LINK_REPORTS_MAX (LINK_REMOTE_VIEWERS_MAX * 5u)

typedef struct _Link Link;

typedef struct
{
  void (*qemu) (int socket, gpointer user_data); /* once; takes the descriptor */
  /* Takes the descriptors; certificate and key are -1 without LINK_SHARE_TLS. FALSE: vmm broke the
   * protocol. */
  gboolean (*share) (const LinkShare *share,
                     int listening,
                     int certificate,
                     int key,
                     gpointer user_data);
  /* Of a share by web that comes next; takes the descriptor. */
  gboolean (*web) (const LinkWeb *web, int pages, gpointer user_data);
  void (*web_token) (const LinkWebToken *token, gpointer user_data);
  void (*share_end) (guint32 share, LinkWhy why, gpointer user_data);
  void (*viewer_drop) (guint32 viewer, gpointer user_data);
  void (*viewer_allow) (guint32 viewer, gpointer user_data);
  void (*clipboard) (ClipboardPolicy policy, gpointer user_data);
  void (*agent) (int socket, gpointer user_data); /* takes the descriptor */
  void (*agent_opened) (gpointer user_data);
  void (*relieved) (gpointer user_data); /* link_is_behind () has turned false again */
  void (*closed) (gpointer user_data);   /* vmm is done with us, or broke the protocol */
  gpointer user_data;
} LinkHost;

/* Takes the socket. */
Link *link_new (int socket, const LinkHost *host);
void link_free (Link *link);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Link, link_free)

void link_send_ready (Link *link);
void link_send_viewers (Link *link, guint n_viewers);
void link_send_agent_over (Link *link);
/* In order. One of traffic is dropped while others wait. */
void link_send_viewer (Link *link, const LinkViewer *viewer);
/* At once, before whatever waits. FALSE if it was not sent, and will not be. */
gboolean link_send_token_used (Link *link, const LinkWebTokenUsed *used);
/* So many reports wait that no viewer should be accepted for now. */
gboolean link_is_behind (Link *link);
/* The last message: what could not be sent before is dropped. */
void link_send_failed (Link *link, LinkFailure failure);
