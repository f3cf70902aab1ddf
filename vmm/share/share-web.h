/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a share by web has besides those of all shares: the page, the name in its address, and the
 * links that let one viewer in each.
 */
#pragma once

#include "ipc/link-wire.h"
#include "share/share-request.h"

typedef struct
{
  int pages;                    /* sealed memory; -1 for any other share */
  char host[LINK_HOST_MAX + 1]; /* a name of this computer, or empty */
} ShareWeb;

/* Gathers the page's files; FALSE with a sentence. */
gboolean share_web_prepare (ShareWeb *web,
                            const ShareRequest *request,
                            const char *novnc,
                            GError **error);
void share_web_clear (ShareWeb *web);

/* "https://127.0.0.1:8443/", and "#" and the token if there is one. Transfer full. */
char *share_web_url (const ShareWeb *web,
                     const ShareRequest *request,
                     guint16 port,
                     const char *token);

/* A token (transfer full), and the message that makes it good. */
char *share_web_make_token (guint32 share, LinkWebToken *ret_message);
