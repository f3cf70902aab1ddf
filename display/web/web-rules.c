/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Host and Origin. Runs in vitrine-display. Must never ask a name server.
 */
#include "web-rules.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static guint16
door_port (const WebDoor *door)
{
  if (door->address.ss_family == AF_INET6)
    return ntohs (((const struct sockaddr_in6 *) &door->address)->sin6_port);
  return ntohs (((const struct sockaddr_in *) &door->address)->sin_port);
}

static gboolean
is_door_address (const WebDoor *door, const char *text)
{
  struct in6_addr v6;
  struct in_addr v4;

  if (door->address.ss_family == AF_INET6)
    return inet_pton (AF_INET6, text, &v6) == 1 &&
           memcmp (&v6, &((const struct sockaddr_in6 *) &door->address)->sin6_addr, sizeof v6) == 0;
  return inet_pton (AF_INET, text, &v4) == 1 &&
         v4.s_addr == ((const struct sockaddr_in *) &door->address)->sin_addr.s_addr;
}

static gboolean
is_loopback (const WebDoor *door)
{
  if (door->address.ss_family == AF_INET6)
    return IN6_IS_ADDR_LOOPBACK (&((const struct sockaddr_in6 *) &door->address)->sin6_addr);
  return (ntohl (((const struct sockaddr_in *) &door->address)->sin_addr.s_addr) >> 24) == 127;
}

static gboolean
is_name (const WebDoor *door, const char *text)
{
  gsize length = strlen (door->name);

  if (is_loopback (door) && strcmp (text, "localhost") == 0)
    return TRUE;
  return length > 0 && strncmp (text, door->name, length) == 0 &&
         (text[length] == '\0' || strcmp (text + length, ".local") == 0);
}

gboolean
web_rules_host (const WebDoor *door, const HttpAuthority *host)
{
  return host->port == door_port (door) &&
         (is_door_address (door, host->name) || is_name (door, host->name));
}

gboolean
web_rules_origin (const WebDoor *door, const HttpRequest *request)
{
  return request->has_origin && request->origin_tls == door->tls &&
         request->origin.port == request->host.port &&
         strcmp (request->origin.name, request->host.name) == 0;
}
