/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The parsers of a console in a browser: requests, frames, the page's files; and who may connect.
 */
#include "web/http-answer.h"
#include "web/pages-parse.h"
#include "web/web-rules.h"
#include "web/web-tokens.h"
#include "web/ws-farewell.h"
#include "web/ws-parse.h"

#include <arpa/inet.h>
#include <gnutls/crypto.h>
#include <netinet/in.h>

#define HOST "Host: 127.0.0.1:8443\r\n"
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define SOCKET                                                                                     \
  "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"         \
  "Sec-WebSocket-Key: " KEY "\r\n"

/* --- Requests --- */

static ParseResult
parse (const char *text, HttpRequest *request, HttpStatus *status)
{
  gsize used = 0;
  ParseResult result;

  *status = 0;
  result = http_parse_request (text, strlen (text), request, &used, status);
  if (result == PARSE_OK)
    g_assert_cmpuint (used, ==, strlen (text));
  return result;
}

static void
refused (const char *text, HttpStatus expected)
{
  HttpRequest request;
  HttpStatus status;

  if (parse (text, &request, &status) != PARSE_BAD || status != expected)
    g_error ("%s\nis not refused with %u but %u", text, expected, status);
}

static void
test_requests (void)
{
  static const char text[] = "GET /novnc/core/rfb.js HTTP/1.1\r\n"
                             "hOsT:\t[FE80::1]:443 \r\nOrigin: null\r\nX-Empty:\r\n"
                             "Cookie: \xe9=1\r\nConnection: close\r\n\r\n";
  HttpRequest request;
  HttpStatus status;

  g_assert_cmpint (parse (text, &request, &status), ==, PARSE_OK);
  g_assert_cmpint (request.method, ==, HTTP_GET);
  g_assert_cmpstr (request.path, ==, "/novnc/core/rfb.js");
  g_assert_cmpstr (request.host.name, ==, "fe80::1");
  g_assert_cmpuint (request.host.port, ==, 443);
  g_assert_true (request.has_origin && request.closes && !request.upgrades);
  g_assert_cmpstr (request.origin.name, ==, "");
  for (gsize i = 0; i < sizeof text - 1; i++)
    {
      gsize used;

      g_assert_cmpint (http_parse_request (text, i, &request, &used, &status), ==, PARSE_NEED_MORE);
    }
  g_assert_cmpint (parse ("HEAD / HTTP/1.1\r\n" HOST "\r\n", &request, &status), ==, PARSE_OK);
  g_assert_cmpint (request.method, ==, HTTP_HEAD);
  g_assert_cmpint (parse ("GET / HTTP/1.1\r\n" HOST SOCKET "Origin: https://127.0.0.1:8443\r\n\r\n",
                          &request, &status),
                   ==, PARSE_OK);
  g_assert_true (request.upgrades && request.origin_tls);
  g_assert_cmpstr (request.key, ==, KEY);
  g_assert_cmpuint (request.origin.port, ==, 8443);
}

static void
test_requests_refused (void)
{
  static const char *const bad[] = {
    "\x16\x03\x01",
    "get / HTTP/1.1\r\n" HOST "\r\n",
    " / HTTP/1.1\r\n",
    "GET / HTTP/1.1\n",
    "GET / HTTP/1.1\rHost",
    "GET  / HTTP/1.1\r\n",
    "GET /\r\n",
    "GET / HTTP/1.1 \r\n",
    "GET / http/1.1\r\n",
    "GET * HTTP/1.1\r\n",
    "GET http://a/ HTTP/1.1\r\n",
    "GET /../etc HTTP/1.1\r\n",
    "GET //x HTTP/1.1\r\n",
    "GET /?a HTTP/1.1\r\n",
    "GET /%2e HTTP/1.1\r\n",
    "GET / HTTP/1.1\r\n\r\n",
    "GET / HTTP/1.1\r\n" HOST HOST "\r\n",
    "GET / HTTP/1.1\r\nHost: a b\r\n",
    "GET / HTTP/1.1\r\nHost: a:\r\n",
    "GET / HTTP/1.1\r\nHost: a:0\r\n",
    "GET / HTTP/1.1\r\nHost: a:65536\r\n",
    "GET / HTTP/1.1\r\nHost: a:080\r\n",
    "GET / HTTP/1.1\r\nHost: [::1\r\n",
    "GET / HTTP/1.1\r\nHost: [::1]80\r\n",
    "GET / HTTP/1.1\r\nHost: [g]:80\r\n",
    "GET / HTTP/1.1\r\nHost: user@a:80\r\n",
    "GET / HTTP/1.1\r\nHost:\r\n",
    "GET / HTTP/1.1\r\n" HOST "X : y\r\n",
    "GET / HTTP/1.1\r\n" HOST " folded\r\n",
    "GET / HTTP/1.1\r\n" HOST ": y\r\n",
    "GET / HTTP/1.1\r\n" HOST "X\r\n",
    "GET / HTTP/1.1\r\n" HOST "X: a\x01\r\n",
    "GET / HTTP/1.1\r\n" HOST "Upgrade: h2c\r\n",
    "GET / HTTP/1.1\r\n" HOST "Upgrade: websocket\r\n\r\n",
    "GET / HTTP/1.1\r\n" HOST "Connection: upgrade\r\n\r\n",
    "GET / HTTP/1.1\r\n" HOST "Connection: a b\r\n",
    "GET / HTTP/1.1\r\n" HOST "Sec-WebSocket-Version: 8\r\n",
    "GET / HTTP/1.1\r\n" HOST "Sec-WebSocket-Key: " KEY "\r\n\r\n",
    "GET / HTTP/1.1\r\n" HOST "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZR==\r\n",
    "GET / HTTP/1.1\r\n" HOST "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ===\r\n",
    "GET / HTTP/1.1\r\n" HOST "Sec-WebSocket-Key: dGhl\r\n",
    "HEAD / HTTP/1.1\r\n" HOST SOCKET "\r\n",
  };
  g_autoptr (GString) text = g_string_new ("GET / HTTP/1.1\r\n" HOST);
  g_autofree char *path = g_strnfill (HTTP_PATH_MAX, 'x');
  g_autofree char *long_path = g_strdup_printf ("GET /%s HTTP/1.1\r\n", path);

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    refused (bad[i], HTTP_BAD_REQUEST);
  refused (long_path, HTTP_BAD_REQUEST);
  refused ("POST / HTTP/1.1\r\n", HTTP_NO_METHOD);
  refused ("GET / HTTP/1.0\r\n", HTTP_NO_VERSION);
  refused ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", HTTP_NO_VERSION);
  refused ("GET / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n", HTTP_TOO_LARGE);
  refused ("GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n", HTTP_TOO_LARGE);
  for (guint i = 0; i < HTTP_FIELDS_MAX; i++)
    g_string_append (text, "A: b\r\n");
  refused (text->str, HTTP_FIELDS_TOO_LARGE);
  g_string_truncate (text, strlen ("GET / HTTP/1.1\r\n" HOST));
  g_string_append (text, "A: ");
  while (text->len < HTTP_HEAD_MAX)
    g_string_append_c (text, 'x');
  refused (text->str, HTTP_FIELDS_TOO_LARGE);
}

/* --- Who may connect --- */

static WebDoor
door_at (const char *address, guint16 port)
{
  WebDoor door = { .name = "desk", .tls = TRUE };
  struct sockaddr_in *v4 = (struct sockaddr_in *) &door.address;
  struct sockaddr_in6 *v6 = (struct sockaddr_in6 *) &door.address;

  if (inet_pton (AF_INET, address, &v4->sin_addr) == 1)
    {
      v4->sin_family = AF_INET;
      v4->sin_port = htons (port);
      return door;
    }
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons (port);
  g_assert_cmpint (inet_pton (AF_INET6, address, &v6->sin6_addr), ==, 1);
  return door;
}

static gboolean
host_is_right (const char *address, const char *host)
{
  WebDoor door = door_at (address, 8443);
  HttpAuthority authority;

  g_assert_true (http_parse_authority (host, strlen (host), &authority));
  return web_rules_host (&door, &authority);
}

static void
test_hosts (void)
{
  g_assert_true (host_is_right ("127.0.0.1", "127.0.0.1:8443"));
  g_assert_true (host_is_right ("127.0.0.1", "LOCALHOST:8443"));
  g_assert_true (host_is_right ("::1", "[::1]:8443"));
  g_assert_true (host_is_right ("::1", "[0:0::1]:8443"));
  g_assert_true (host_is_right ("::1", "localhost:8443"));
  g_assert_true (host_is_right ("192.0.2.1", "192.0.2.1:8443"));
  g_assert_true (host_is_right ("192.0.2.1", "desk:8443"));
  g_assert_true (host_is_right ("192.0.2.1", "Desk.local:8443"));
  g_assert_false (host_is_right ("192.0.2.1", "localhost:8443"));
  g_assert_false (host_is_right ("192.0.2.1", "192.0.2.2:8443"));
  g_assert_false (host_is_right ("192.0.2.1", "192.0.2.1:8444"));
  g_assert_false (host_is_right ("192.0.2.1", "192.0.2.1"));
  g_assert_false (host_is_right ("192.0.2.1", "desk.evil.example:8443"));
  g_assert_false (host_is_right ("192.0.2.1", "desktop:8443"));
  g_assert_false (host_is_right ("127.0.0.1", "evil.example:8443"));
  g_assert_false (host_is_right ("127.0.0.1", "[::1]:8443"));
  g_assert_false (host_is_right ("127.0.0.1", "127.1:8443"));
}

static gboolean
origin_is_right (const char *origin, gboolean tls)
{
  WebDoor door = door_at ("127.0.0.1", 8443);
  g_autofree char *text = g_strdup_printf ("GET / HTTP/1.1\r\n" HOST "Origin: %s\r\n\r\n", origin);
  HttpRequest request;
  HttpStatus status;

  door.tls = tls;
  g_assert_cmpint (parse (text, &request, &status), ==, PARSE_OK);
  g_assert_true (web_rules_host (&door, &request.host));
  return web_rules_origin (&door, &request);
}

static void
test_origins (void)
{
  static const char *const foreign[] = {
    "null",
    "https://127.0.0.1",
    "https://127.0.0.1:8444",
    "https://evil.example:8443",
    "https://127.0.0.1:8443/",
    "https://localhost:8443",
    "file://",
    "https://",
    "chrome-extension://abcdef",
    "https://127.0.0.1:8443 https://evil.example",
    "HTTPS://127.0.0.1:8443",
  };
  WebDoor door = door_at ("127.0.0.1", 8443);
  HttpRequest request;
  HttpStatus status;

  g_assert_true (origin_is_right ("https://127.0.0.1:8443", TRUE));
  g_assert_true (origin_is_right ("http://127.0.0.1:8443", FALSE));
  g_assert_false (origin_is_right ("http://127.0.0.1:8443", TRUE));
  g_assert_false (origin_is_right ("https://127.0.0.1:8443", FALSE));
  for (gsize i = 0; i < G_N_ELEMENTS (foreign); i++)
    g_assert_false (origin_is_right (foreign[i], TRUE));
  g_assert_cmpint (parse ("GET / HTTP/1.1\r\n" HOST "\r\n", &request, &status), ==, PARSE_OK);
  g_assert_false (web_rules_origin (&door, &request));
}

/* RFC 6455 section 1.3 has this key and its answer. */
static void
test_upgrade (void)
{
  g_autoptr (GByteArray) answer = g_byte_array_new ();

  http_answer_upgrade (answer, KEY);
  g_assert_nonnull (g_strstr_len ((const char *) answer->data, answer->len,
                                  "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"));
}

/* --- Frames --- */

static void
append_frame (GByteArray *stream, guint first, const char *payload, gsize size)
{
  static const guint8 mask[4] = { 0x11, 0x22, 0x33, 0xff };
  guint8 head[WS_HEAD_BYTES_MAX] = { first };
  gsize n = 2;

  head[1] = 0x80 | (size < 126 ? size : size <= G_MAXUINT16 ? 126 : 127);
  for (int shift = size < 126 ? -8 : size <= G_MAXUINT16 ? 8 : 56; shift >= 0; shift -= 8)
    head[n++] = (guint64) size >> shift;
  g_byte_array_append (stream, head, n);
  g_byte_array_append (stream, mask, sizeof mask);
  for (gsize i = 0; i < size; i++)
    {
      guint8 byte = payload[i] ^ mask[i % 4];
      g_byte_array_append (stream, &byte, 1);
    }
}

static void
test_frames (void)
{
  g_autoptr (GByteArray) stream = g_byte_array_new ();
  g_autofree char *large = g_strnfill (70000, 'L');
  WsReader reader = { 0 };
  gsize size = 0;

  append_frame (stream, 0x82, "one", 3);
  append_frame (stream, 0x02, "t", 1);
  append_frame (stream, 0x89, "ping", 4);
  append_frame (stream, 0x00, "", 0);
  append_frame (stream, 0x8a, "", 0);
  append_frame (stream, 0x80, "wo", 2);
  append_frame (stream, 0x82, large, 126);
  append_frame (stream, 0x82, large, 70000);
  g_assert_true (ws_reader_take (&reader, stream->data, stream->len, &size));
  g_assert_cmpuint (size, ==, 6 + 126 + 70000);
  g_assert_cmpmem (stream->data, 8, "onetwoLL", 8);
  g_assert_true (reader.pinged);
  g_assert_cmpmem (reader.ping, reader.n_ping, "ping", 4);
  g_byte_array_set_size (stream, 0);
  append_frame (stream, 0x82, "x", 1);
  append_frame (stream, 0x88, "\x03\xe9gone", 6);
  append_frame (stream, 0x82, "y", 1);
  g_assert_false (ws_reader_take (&reader, stream->data, stream->len, &size));
  g_assert_cmpuint (size, ==, 1);
  g_assert_true (reader.closed);
  g_assert_cmpint (reader.code, ==, 1001);
  /* Over is over. */
  g_assert_false (ws_reader_take (&reader, stream->data, stream->len, &size));
  g_assert_cmpuint (size, ==, 0);
}

#define FRAME(bytes)                                                                               \
  {                                                                                                \
    bytes, sizeof bytes - 1, WS_CODE_PROTOCOL                                                      \
  }

static void
test_frames_refused (void)
{
  static const struct
  {
    const char *bytes;
    gsize size;
    WsCode code;
  } bad[] = {
    FRAME ("\x82\x01x"),    /* not masked */
    FRAME ("\xc2\x80mask"), /* reserved bits */
    FRAME ("\xa2\x80mask"),
    FRAME ("\x92\x80mask"),
    FRAME ("\x83\x80mask"), /* reserved opcodes */
    FRAME ("\x87\x80mask"),
    FRAME ("\x8b\x80mask"),
    FRAME ("\x8f\x80mask"),
    FRAME ("\x09\x80mask"), /* a control frame in pieces */
    FRAME ("\x08\x80mask"),
    FRAME ("\x89\xfe\x00\x7emask"), /* a long one */
    FRAME ("\x82\xfe\x00\x7dmask"), /* lengths that are not minimal */
    FRAME ("\x82\xfe\x00\x00mask"),
    FRAME ("\x82\xff\x00\x00\x00\x00\x00\x00\xff\xffmask"),
    FRAME ("\x82\xff\x80\x00\x00\x00\x00\x00\x00\x00mask"),
    FRAME ("\x80\x80mask"),             /* continues nothing */
    FRAME ("\x02\x80mask\x82\x80mask"), /* does not continue */
    FRAME ("\x88\x81\0\0\0\0x"),        /* half a code */
    FRAME ("\x88\x82\0\0\0\0\x03\xed"), /* 1005 is never sent */
    FRAME ("\x88\x82\0\0\0\0\0\0"),
    FRAME ("\x88\x83\0\0\0\0\x03\xe8\xff"), /* no UTF-8 */
    { "\x81\x80mask", 6, WS_CODE_UNSUPPORTED },
    { "\x82\xff\0\0\0\0\0\x20\0\1mask", 14, WS_CODE_TOO_BIG },
    { "\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xffmask", 14, WS_CODE_TOO_BIG },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree guint8 *data = g_memdup2 (bad[i].bytes, bad[i].size);
      WsReader reader = { 0 };
      gsize size = 0;

      g_assert_false (ws_reader_take (&reader, data, bad[i].size, &size));
      g_assert_false (reader.closed);
      g_assert_cmpint (reader.code, ==, bad[i].code);
      g_assert_cmpuint (size, ==, 0);
    }
}

/* --- Files and tokens --- */

static GByteArray *
make_pages (void)
{
  const WebPagesHead head = { WEB_PAGES_MAGIC, 2 };
  WebPagesEntry entries[2] = { { "/a.js", sizeof head + sizeof entries, 1 },
                               { "/b.js", sizeof head + sizeof entries + 1, 2 } };
  GByteArray *bytes = g_byte_array_new ();

  g_byte_array_append (bytes, (const guint8 *) &head, sizeof head);
  g_byte_array_append (bytes, (const guint8 *) entries, sizeof entries);
  g_byte_array_append (bytes, (const guint8 *) "abb", 3);
  return bytes;
}

static void
spoil (gsize offset, guint8 byte)
{
  g_autoptr (GByteArray) bytes = make_pages ();
  WebPagesIndex index;

  bytes->data[offset] = byte;
  g_assert_cmpint (pages_parse (bytes->data, bytes->len, &index), ==, PARSE_BAD);
}

/* Every reason fits into a control frame, whole, and has a code that may stand in one. */
static void
test_farewells (void)
{
  const WsCode faults[] = { WS_CODE_PROTOCOL, WS_CODE_UNSUPPORTED, WS_CODE_TOO_BIG };
  guint8 data[WS_CONTROL_BYTES_MAX];
  gsize size;

  for (guint why = 0; why <= LINK_WHY_LAST; why++)
    {
      size = ws_farewell (0, why, data);
      g_assert_cmpuint (data[0] << 8 | data[1], ==, why == LINK_WHY_OFF ? 1001 : 4000 + why);
      g_assert_cmpuint (size, >, 10);
      g_assert_cmpuint (data[size - 1], ==, '.');
      g_assert_true (g_utf8_validate ((const char *) data + 2, size - 2, NULL));
    }
  for (gsize i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      size = ws_farewell (faults[i], LINK_WHY_PROTOCOL, data);
      g_assert_cmpuint (data[0] << 8 | data[1], ==, faults[i]);
      g_assert_cmpuint (data[size - 1], ==, '.');
    }
  g_assert_cmpuint (ws_farewell_back (3456, data), ==, 2);
  g_assert_cmpuint (data[0] << 8 | data[1], ==, 3456);
}

static void
test_pages (void)
{
  g_autoptr (GByteArray) bytes = make_pages ();
  const gsize first = sizeof (WebPagesHead);
  const gsize second = first + sizeof (WebPagesEntry);
  WebPagesIndex index;

  g_assert_cmpint (pages_parse (bytes->data, bytes->len, &index), ==, PARSE_OK);
  g_assert_cmpuint (pages_find (&index, "/b.js")->size, ==, 2);
  g_assert_cmpuint (pages_find (&index, "/a.js")->size, ==, 1);
  g_assert_null (pages_find (&index, "/"));
  g_assert_null (pages_find (&index, "/ab.js"));
  g_assert_null (pages_find (&index, "/c"));
  for (gsize size = 0; size < bytes->len; size++)
    g_assert_cmpint (pages_parse (bytes->data, size, &index), ==, PARSE_BAD);
  spoil (0, 0);
  spoil (4, 0);
  spoil (4, 3);
  spoil (7, 1);
  spoil (first, 'a');
  spoil (first + 1, ' ');
  spoil (first + WEB_PATH_BYTES - 1, 'x');
  spoil (first + 1, 'b'); /* twice */
  spoil (first + 1, 'c'); /* not sorted */
  spoil (first + WEB_PATH_BYTES, 0);
  spoil (second + WEB_PATH_BYTES + 3, 0xff);
  spoil (second + WEB_PATH_BYTES + 4, 3);
  spoil (second + WEB_PATH_BYTES + 7, 0xff);
}

static void
add_token (WebTokens *tokens, const char *text, gint64 until)
{
  guint8 digest[WEB_TOKEN_DIGEST_BYTES];

  gnutls_hash_fast (GNUTLS_DIG_SHA256, text, strlen (text), digest);
  web_tokens_add (tokens, digest, until);
}

static gboolean
take_token (WebTokens *tokens, const char *text, gint64 now)
{
  guint8 expected[WEB_TOKEN_DIGEST_BYTES];
  guint8 digest[WEB_TOKEN_DIGEST_BYTES];
  gboolean good = web_tokens_take (tokens, (const guint8 *) text, strlen (text), now, digest);

  gnutls_hash_fast (GNUTLS_DIG_SHA256, text, strlen (text), expected);
  g_assert_cmpmem (digest, sizeof digest, expected, sizeof expected);
  return good;
}

static void
test_tokens (void)
{
  WebTokens tokens = { 0 };
  char name[] = "0";

  g_assert_false (take_token (&tokens, "", 1));
  add_token (&tokens, "one", 10);
  add_token (&tokens, "two", 10);
  g_assert_false (take_token (&tokens, "thr", 5));
  g_assert_false (take_token (&tokens, "on", 5));
  g_assert_true (take_token (&tokens, "one", 5));
  g_assert_false (take_token (&tokens, "one", 5));
  g_assert_false (take_token (&tokens, "two", 10));
  g_assert_false (take_token (&tokens, "two", 5));
  for (guint i = 0; i <= WEB_TOKENS_MAX; i++)
    {
      name[0] = '0' + i;
      add_token (&tokens, name, 100 + i);
    }
  g_assert_false (take_token (&tokens, "0", 50));
  for (guint i = 1; i <= WEB_TOKENS_MAX; i++)
    {
      name[0] = '0' + i;
      g_assert_true (take_token (&tokens, name, 50));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/web/requests", test_requests);
  g_test_add_func ("/web/requests/refused", test_requests_refused);
  g_test_add_func ("/web/hosts", test_hosts);
  g_test_add_func ("/web/origins", test_origins);
  g_test_add_func ("/web/upgrade", test_upgrade);
  g_test_add_func ("/web/frames", test_frames);
  g_test_add_func ("/web/frames/refused", test_frames_refused);
  g_test_add_func ("/web/frames/farewells", test_farewells);
  g_test_add_func ("/web/pages", test_pages);
  g_test_add_func ("/web/tokens", test_tokens);
  return g_test_run ();
}
