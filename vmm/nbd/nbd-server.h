/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One connection to an NBD server: greeting, TLS, the export, then requests and their replies. The
 * server is hostile: whatever is not exactly the protocol ends the connection. Runs in vitrine-nbd.
 */
#pragma once

#include "ipc/nbd-link-wire.h"
#include "nbd/nbd-parse.h"

#include <gnutls/gnutls.h>

typedef struct _NbdServer NbdServer;

typedef struct
{
  /* The export is agreed on; requests may be sent. FALSE: it is not the one that was before. */
  gboolean (*ready) (const NbdInfo *info, gpointer user_data);
  /* A reply to `cookie` begins. FALSE: nothing with it was asked. *ret_data is where its *ret_size
   * bytes go (NULL and 0: none come). */
  gboolean (*reply) (guint64 cookie,
                     guint32 error,
                     guint8 **ret_data,
                     gsize *ret_size,
                     gpointer user_data);
  /* It is complete. */
  void (*replied) (guint64 cookie, guint32 error, gpointer user_data);
  /* The connection is over; to be freed now. The last call. */
  void (*over) (NbdWhy why, const char *text, gpointer user_data);
} NbdServerEvents;

/* Takes `fd`. `setup` and `credentials` (NULL without TLS) are borrowed. */
NbdServer *nbd_server_new_take (int fd,
                                const NbdSetup *setup,
                                gnutls_certificate_credentials_t credentials,
                                const NbdServerEvents *events,
                                gpointer user_data);
void nbd_server_free (NbdServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NbdServer, nbd_server_free)

/* Sends a request under `cookie`; `payload` has its length for WRITE, else it is NULL. */
void nbd_server_send (NbdServer *server,
                      const NbdRequest *request,
                      guint64 cookie,
                      GBytes *payload);
