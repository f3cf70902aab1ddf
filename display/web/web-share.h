/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a share by web has that others do not: the page, those who load it, and the tokens of its
 * links. Main thread only.
 */
#pragma once

#include "clipboard/clipboard.h"
#include "web/web-visitor.h"

/* Connections that are no viewers yet: never so many that no viewer could come. */
#define WEB_VISITORS_MAX 64u

typedef struct
{
  guint32 share;
  gboolean view_only;
  gboolean ask;
  Clipboard *clipboard; /* borrowed */
  gnutls_certificate_credentials_t credentials; /* borrowed; NULL: no TLS */
  /* A visitor has become a viewer. Takes the stream. */
  void (*upgraded) (Stream *stream, const WebCaller *caller, gpointer user_data);
  /* One was refused. */
  void (*refused) (const WebCaller *caller, LinkWhy why, gpointer user_data);
  /* A link is about to let a viewer in. FALSE: that cannot be told, so it must not. */
  gboolean (*token_used) (const guint8 *digest, gpointer user_data);
  gpointer user_data;
} WebShareHost;

typedef struct _WebShare WebShare;

/* Takes the descriptor of the page's files. NULL if they cannot be used. `host` is copied; what it
 * borrows outlives the share. */
WebShare *web_share_new (const LinkWeb *link, int pages, const WebShareHost *host);
void web_share_free (WebShare *share);

guint web_share_count_visitors (WebShare *share);
/* Takes the socket; `caller` is told as refused if there are too many. */
void web_share_visit (WebShare *share, int socket, const WebCaller *caller);

void web_share_add_token (WebShare *share, const LinkWebToken *link);
/* Of LoginRules; `share` is the WebShare. */
gboolean web_share_take_token (const guint8 *token, gsize size, gpointer share);
