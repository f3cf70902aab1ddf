/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One connection of a browser, from accept until its page is loaded or it becomes a viewer's
 * WebSocket. Whoever it is, it can cost a connection, one request and the rest of one file that the
 * kernel did not take. Main thread only.
 */
#pragma once

#include "front/crowd.h"
#include "front/stream.h"
#include "ipc/link-wire.h"
#include "web/pages.h"

/* From accept, or from the end of an answer, to a whole request. */
#define WEB_REQUEST_SECONDS 10
/* For all requests of one connection. */
#define WEB_VISIT_SECONDS 60
#define WEB_REQUESTS_MAX 200u
/* Where the WebSocket is; and what the page wants to know of the share. */
#define WEB_SOCKET_PATH "/console"
#define WEB_SHARE_PATH "/share.json"

/* Who visits; `number` is its number as a viewer, should it become one. */
typedef struct
{
  guint32 number;
  PenaltySource source;
  char address[LINK_ADDRESS_MAX];
} WebCaller;

typedef struct _WebVisitor WebVisitor;

/* What it needs of its share; outlives it. Both callbacks must free the visitor. */
typedef struct
{
  Pages *pages;
  const char *name;                             /* as in WebDoor */
  const char *(*about) (gpointer user_data);    /* JSON at WEB_SHARE_PATH, as it is now */
  gnutls_certificate_credentials_t credentials; /* NULL: no TLS */
  /* It has asked for the WebSocket, and was told yes. Takes the stream. */
  void (*upgraded) (WebVisitor *visitor, Stream *stream, gpointer user_data);
  /* LINK_WHY_NONE: it did nothing wrong. */
  void (*gone) (WebVisitor *visitor, LinkWhy why, gpointer user_data);
  gpointer user_data;
} WebVisitorHost;

/* Takes the socket, which is non-blocking. NULL if TLS cannot even begin. */
WebVisitor *web_visitor_new (int socket, const WebCaller *caller, const WebVisitorHost *host);
void web_visitor_free (WebVisitor *visitor);

const WebCaller *web_visitor_get_caller (WebVisitor *visitor);
void web_visitor_fill_crowd (WebVisitor *visitor, CrowdMember *ret_member);
