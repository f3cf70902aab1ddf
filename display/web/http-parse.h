/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a browser asks for (B5): bytes off the network to a checked HTTP/1.1 request. Pure. Whether
 * this host or origin is ours is web-rules.h's question.
 */
#pragma once

#include "cursor.h"
#include "web/http-wire.h"

typedef enum
{
  HTTP_GET,
  HTTP_HEAD,
} HttpMethod;

/* "name:port", "1.2.3.4:port" or "[::1]:port". */
typedef struct
{
  char name[HTTP_NAME_MAX + 1]; /* in lower case; of an IPv6 address without its brackets */
  guint16 port;                 /* 0: none was given */
} HttpAuthority;

typedef struct
{
  HttpMethod method;
  char path[HTTP_PATH_MAX + 1]; /* begins with "/", holds plain characters only, and no ".." */
  HttpAuthority host;
  gboolean has_origin;
  gboolean origin_tls;
  HttpAuthority origin; /* its name is empty for "null", and for what is no web origin */
  gboolean closes;      /* no further request shall come */
  gboolean upgrades;    /* to a WebSocket: RFC 6455 section 4.2.1, version 13 */
  char key[HTTP_KEY_BYTES + 1];
} HttpRequest;

/* The request at the front of the bytes; its length to *ret_used. After PARSE_BAD *ret_status tells
 * what to answer. */
ParseResult http_parse_request (const void *data,
                                gsize size,
                                HttpRequest *ret_request,
                                gsize *ret_used,
                                HttpStatus *ret_status);

/* `text` need not end with NUL. */
gboolean http_parse_authority (const char *text, gsize size, HttpAuthority *ret_authority);
