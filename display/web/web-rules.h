/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Whether a browser that asks for our page means us, and whether the page that opens the WebSocket
 * is ours. Pure.
 */
#pragma once

#include "web/http-parse.h"

#include <sys/socket.h>

/* The door at which a request arrived. */
typedef struct
{
  struct sockaddr_storage address; /* our end of the connection */
  const char *name; /* by which this computer is called besides, in lower case; or empty */
  gboolean tls;
} WebDoor;

/* The Host field names our end's address and port, or its port and a name that this computer has:
 * `name`, `name`.local, and on loopback "localhost". Whatever else a name server could be told to
 * say leads here under its own name, and is refused. */
gboolean web_rules_host (const WebDoor *door, const HttpAuthority *host);

/* The Origin field, of a request whose host was found right, names the same place. */
gboolean web_rules_origin (const WebDoor *door, const HttpRequest *request);
