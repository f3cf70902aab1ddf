/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The one client of vitrine-nbd: QEMU, or whoever reads a backup. Speaks the server's side of the
 * protocol to it: one export, simple replies. Runs in vitrine-nbd.
 */
#pragma once

#include "nbd/nbd-parse.h"

typedef struct _NbdClient NbdClient;

typedef struct
{
  /* A request that is in range. `payload` is that of WRITE, else NULL; borrowed. */
  void (*request) (const NbdRequest *request, GBytes *payload, gpointer user_data);
  /* It is gone, or broke the protocol. */
  void (*gone) (gpointer user_data);
} NbdClientEvents;

/* Takes `fd`. `info` says what the export is. Greets at once. */
NbdClient *nbd_client_new_take (int fd,
                                const NbdInfo *info,
                                const NbdClientEvents *events,
                                gpointer user_data);
void nbd_client_free (NbdClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NbdClient, nbd_client_free)

/* `data` is what a READ that went well gives, else NULL. */
void nbd_client_reply (NbdClient *client, guint64 cookie, guint32 error, GBytes *data);

/* Whether further requests are taken. They are at first. */
void nbd_client_set_taking (NbdClient *client, gboolean taking);
