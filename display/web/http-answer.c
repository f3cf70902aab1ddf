/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What we say to browsers. Runs in vitrine-display.
 */
#include "http-answer.h"

#include "web/ws-wire.h"

#include <stdarg.h>

/* Nothing of the page is kept, framed, guessed at or told to others; none of its scripts comes from
 * anywhere else. */
#define ALWAYS                                                                                     \
  "Cache-Control: no-store\r\n"                                                                    \
  "X-Content-Type-Options: nosniff\r\n"                                                            \
  "X-Frame-Options: DENY\r\n"                                                                      \
  "Referrer-Policy: no-referrer\r\n"                                                               \
  "Cross-Origin-Opener-Policy: same-origin\r\n"                                                    \
  "Cross-Origin-Resource-Policy: same-origin\r\n"

static const struct
{
  HttpStatus status;
  const char *phrase;
  const char *sentence;
} refusals[] = {
  { HTTP_BAD_REQUEST, "Bad Request", "This request cannot be understood." },
  { HTTP_FORBIDDEN, "Forbidden", "Only the page of this console may connect to it." },
  { HTTP_NOT_FOUND, "Not Found", "There is nothing here. The console is at /." },
  { HTTP_NO_METHOD, "Method Not Allowed", "Only GET and HEAD are understood." },
  { HTTP_TOO_LARGE, "Content Too Large", "Requests have no body here." },
  { HTTP_MISDIRECTED, "Misdirected Request",
    "This console is not shared under this address. Use the address that was printed when it was "
    "shared." },
  { HTTP_UPGRADE_NEEDED, "Upgrade Required", "This is for the WebSocket of the page at /." },
  { HTTP_FIELDS_TOO_LARGE, "Request Header Fields Too Large", "This request is too long." },
  { HTTP_NO_VERSION, "HTTP Version Not Supported", "Only HTTP/1.1 is understood." },
};

static const struct
{
  const char *suffix;
  const char *type;
} types[] = {
  { ".html", "text/html; charset=utf-8" },
  { ".css", "text/css; charset=utf-8" },
  { ".js", "text/javascript; charset=utf-8" },
  { ".json", "application/json" },
  { ".svg", "image/svg+xml" },
};

static void G_GNUC_PRINTF (2, 3) put (GByteArray *out, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_byte_array_append (out, (const guint8 *) text, strlen (text));
}

const char *
http_answer_type (const char *path)
{
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_str_has_suffix (path, types[i].suffix))
      return types[i].type;
  return "application/octet-stream";
}

void
http_answer_page (GByteArray *out,
                  const char *type,
                  gsize length,
                  const HttpAuthority *host,
                  gboolean tls)
{
  gboolean bracketed = strchr (host->name, ':') != NULL;

  put (out, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n", type,
       length);
  put (out, ALWAYS);
  /* Pointers and pictures of the console are data: addresses; not every browser takes 'self' for
   * the WebSocket. */
  put (out,
       "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
       "img-src 'self' data:; connect-src 'self' %s://%s%s%s:%u; base-uri 'none'; "
       "form-action 'none'; frame-ancestors 'none'\r\n",
       tls ? "wss" : "ws", bracketed ? "[" : "", host->name, bracketed ? "]" : "", host->port);
  put (out, "Permissions-Policy: camera=(), geolocation=(), microphone=(), payment=(), usb=()\r\n");
  put (out, "\r\n");
}

void
http_answer_refusal (GByteArray *out, HttpStatus status, gboolean has_body)
{
  gsize i = 0;

  while (i < G_N_ELEMENTS (refusals) - 1 && refusals[i].status != status)
    i++;
  put (out, "HTTP/1.1 %u %s\r\nContent-Type: text/plain; charset=utf-8\r\n", refusals[i].status,
       refusals[i].phrase);
  put (out, "Content-Length: %" G_GSIZE_FORMAT "\r\nConnection: close\r\n",
       strlen (refusals[i].sentence) + 1);
  if (refusals[i].status == HTTP_NO_METHOD)
    put (out, "Allow: GET, HEAD\r\n");
  if (refusals[i].status == HTTP_UPGRADE_NEEDED)
    put (out, "Upgrade: websocket\r\n");
  put (out, ALWAYS "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n\r\n");
  if (has_body)
    put (out, "%s\n", refusals[i].sentence);
}

void
http_answer_upgrade (GByteArray *out, const char *key)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA1);
  g_autofree char *accept = NULL;
  guint8 digest[20];
  gsize size = sizeof digest;

  g_checksum_update (sum, (const guchar *) key, -1);
  g_checksum_update (sum, (const guchar *) WS_ACCEPT_SUFFIX, -1);
  g_checksum_get_digest (sum, digest, &size);
  accept = g_base64_encode (digest, size);
  put (out,
       "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
       "Sec-WebSocket-Accept: %s\r\n\r\n",
       accept);
}
