/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * NBD addresses (B6). Runs in the front ends and vitrine-vmm; must never look a name up, nor assert
 * on what it reads.
 */
#include "config.h"

#include "nbd-address-parse.h"

#include "plain-text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

typedef struct
{
  const char *prefix;
  gboolean tls;
  gboolean local;
} Scheme;

static const Scheme schemes[] = {
  { "nbd://", FALSE, FALSE },
  { "nbds://", TRUE, FALSE },
  { "nbd+unix://", FALSE, TRUE },
  { "nbds+unix://", TRUE, TRUE },
};

gboolean
nbd_address_is_meant (const char *text)
{
  return strncmp (text, "nbd:", 4) == 0 || strncmp (text, "nbds:", 5) == 0 ||
         strncmp (text, "nbd+", 4) == 0 || strncmp (text, "nbds+", 5) == 0;
}

void
nbd_address_free (NbdAddress *address)
{
  g_free (address->host);
  g_free (address->socket);
  g_free (address->name);
  g_free (address);
}

/* Undoes %XX; NULL if that is not text of at most `max` bytes without control characters. */
static char *
decode (const char *text, gsize size, gsize max)
{
  g_autofree char *plain = g_uri_unescape_segment (text, text + size, NULL);

  if (plain == NULL || strlen (plain) > max || !g_utf8_validate (plain, -1, NULL) ||
      plain_text_has_controls (plain, strlen (plain)))
    return NULL;
  return g_steal_pointer (&plain);
}

static gboolean
is_host (const char *text, gboolean is_literal)
{
  const char *allowed = is_literal ? "0123456789abcdefABCDEF:." : NULL;

  if (*text == '\0' || *text == '-' || strlen (text) > NBD_HOST_BYTES_MAX)
    return FALSE;
  for (const char *c = text; *c != '\0'; c++)
    if (allowed != NULL ? strchr (allowed, *c) == NULL
                        : !g_ascii_isalnum (*c) && *c != '-' && *c != '.' && *c != '_')
      return FALSE;
  return TRUE;
}

/* HOST[:PORT], the host perhaps a literal IPv6 address in brackets. */
static gboolean
parse_server (NbdAddress *address, const char *start, const char *end, const char **ret_why)
{
  g_autofree char *text = g_strndup (start, end - start);
  gboolean is_literal = *text == '[';
  char *close = is_literal ? strchr (text, ']') : NULL;
  char *colon = is_literal ? (close != NULL ? close + 1 : NULL) : strchr (text, ':');
  guint64 port;

  *ret_why = *text == '\0' ? N_ ("it names no server") : N_ ("its server is not a name or address");
  if (is_literal && (close == NULL || (*colon != ':' && *colon != '\0')))
    return FALSE;
  address->port = NBD_PORT;
  if (colon != NULL && *colon == ':')
    {
      if (!g_ascii_string_to_unsigned (colon + 1, 10, 1, G_MAXUINT16, &port, NULL))
        {
          *ret_why = N_ ("its port is not a number between 1 and 65535");
          return FALSE;
        }
      address->port = port;
      *colon = '\0';
    }
  if (is_literal)
    *close = '\0';
  address->host = g_strdup (text + is_literal);
  if (*address->host == '\0')
    *ret_why = N_ ("it names no server");
  return is_host (address->host, is_literal) &&
         (!is_literal || g_hostname_is_ip_address (address->host));
}

/* What follows "?" in the address of a Unix socket. */
static gboolean
parse_socket (NbdAddress *address, const char *query, const char **ret_why)
{
  *ret_why = N_ ("it names no socket: end it with ?socket=/PATH");
  if (query == NULL || strncmp (query, "socket=", strlen ("socket=")) != 0)
    return FALSE;
  query += strlen ("socket=");
  address->socket = decode (query, strlen (query), NBD_SOCKET_BYTES_MAX);
  *ret_why = N_ ("its socket is not an absolute path of at most 107 bytes");
  return address->socket != NULL && address->socket[0] == '/' && address->socket[1] != '\0' &&
         strpbrk (query, "&#") == NULL;
}

static const Scheme *
find_scheme (const char *text)
{
  for (guint i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (strncmp (text, schemes[i].prefix, strlen (schemes[i].prefix)) == 0)
      return &schemes[i];
  return NULL;
}

NbdAddress *
nbd_address_parse (const char *text, const char **ret_why)
{
  g_autoptr (NbdAddress) address = g_new0 (NbdAddress, 1);
  const Scheme *scheme = strlen (text) <= NBD_ADDRESS_BYTES_MAX ? find_scheme (text) : NULL;
  const char *server, *path, *query;

  *ret_why = N_ ("it begins neither with nbd:// nor with nbds:// nor nbd+unix://");
  if (scheme == NULL)
    return NULL;
  address->tls = scheme->tls;
  server = text + strlen (scheme->prefix);
  path = server + strcspn (server, "/?#");
  query = path + strcspn (path, "?#");
  *ret_why = scheme->local ? N_ ("between :// and the next / there is nothing with a Unix socket")
                           : N_ ("nothing may follow the name of the export");
  if (scheme->local ? path != server : *query != '\0')
    return NULL;
  if (scheme->local ? !parse_socket (address, *query == '?' ? query + 1 : NULL, ret_why)
                    : !parse_server (address, server, path, ret_why))
    return NULL;
  if (*path == '/')
    path++;
  address->name = decode (path, query - path, NBD_EXPORT_BYTES_MAX);
  *ret_why = N_ ("the name of its export is not text of at most 1024 bytes");
  return address->name != NULL ? g_steal_pointer (&address) : NULL;
}

char *
nbd_address_describe_server (const NbdAddress *address)
{
  if (address->host == NULL)
    return g_strdup (address->socket);
  return g_strdup_printf (strchr (address->host, ':') != NULL ? "[%s]:%u" : "%s:%u", address->host,
                          (guint) address->port);
}
