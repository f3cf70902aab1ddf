/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a share by web has besides those of all shares: the page, the name in its address, and the
 * links that let one viewer in each.
 */
#pragma once

#include "ipc/link-wire.h"
#include "ipc/web-wire.h"
#include "share/share-request.h"

typedef struct
{
  int pages;                    /* sealed memory; -1 for any other share */
  char host[LINK_HOST_MAX + 1]; /* a name of this computer, or empty */
  /* Those of links that were not used: what is needed to let a viewer in by one is not here. */
  struct
  {
    guint8 digest[sizeof ((LinkWebToken *) NULL)->digest];
    gint64 until; /* µs of CLOCK_BOOTTIME; 0: free */
  } tokens[WEB_TOKENS_MAX];
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

/* A token (transfer full), and the message that makes it good. It is kept for another display
 * process, in the place of the oldest. */
char *share_web_make_token (ShareWeb *web, guint32 share, LinkWebToken *ret_message);
/* FALSE: there is none in that place (< WEB_TOKENS_MAX) that is good now. Else the message that makes
 * it good for the rest of its time. */
gboolean
share_web_get_token (const ShareWeb *web, guint place, guint32 share, LinkWebToken *ret_message);
/* It was used. */
void share_web_void_token (ShareWeb *web, const LinkWebTokenUsed *used);
