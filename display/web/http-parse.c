/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Parser of a browser's requests (B5: any machine on the network may have written them). Runs in
 * vitrine-display. Pure; must never assert on input. Stricter than the standard asks for, since the
 * only clients are browsers that have our page: what could be read in two ways is refused.
 */
#include "http-parse.h"

#define ORIGIN_PLAIN "http://"
#define ORIGIN_TLS "https://"

/* What the fields have said so far. */
typedef struct
{
  HttpRequest *request;
  HttpStatus status; /* of the refusal */
  guint seen;        /* a bit for each known field */
  gboolean connection_upgrades;
  gboolean upgrades_websocket;
  gboolean has_key;
  gboolean has_version;
} Fields;

/* A part of the request; without NUL. */
typedef struct
{
  const char *text;
  gsize size;
} Span;

/* --- Characters --- */

/* RFC 9110 section 5.6.2. */
static gboolean
is_token_char (char c)
{
  return g_ascii_isalnum (c) || (c != '\0' && strchr ("!#$%&'*+-.^_`|~", c) != NULL);
}

static gboolean
is_token (Span span)
{
  for (gsize i = 0; i < span.size; i++)
    if (!is_token_char (span.text[i]))
      return FALSE;
  return span.size > 0;
}

/* Other programs' cookies may hold any byte but controls. */
static gboolean
is_value (Span span)
{
  for (gsize i = 0; i < span.size; i++)
    if (g_ascii_iscntrl (span.text[i]) && span.text[i] != '\t')
      return FALSE;
  return TRUE;
}

static gboolean
equals (Span span, const char *word)
{
  return span.size == strlen (word) && g_ascii_strncasecmp (span.text, word, span.size) == 0;
}

static Span
trim (Span span)
{
  while (span.size > 0 && (span.text[0] == ' ' || span.text[0] == '\t'))
    span = (Span) { span.text + 1, span.size - 1 };
  while (span.size > 0 && (span.text[span.size - 1] == ' ' || span.text[span.size - 1] == '\t'))
    span.size--;
  return span;
}

/* The part before `mark`, which is taken off `rest` with it; all if there is no mark. */
static Span
split (Span *rest, char mark)
{
  const char *at = memchr (rest->text, mark, rest->size);
  Span part = { rest->text, at != NULL ? (gsize) (at - rest->text) : rest->size };
  gsize taken = part.size + (at != NULL ? 1 : 0);

  *rest = (Span) { rest->text + taken, rest->size - taken };
  return part;
}

/* --- Authorities --- */

static gboolean
parse_port (Span span, guint16 *ret_port)
{
  guint32 port = 0;

  if (span.size < 1 || span.size > 5 || span.text[0] == '0')
    return FALSE;
  for (gsize i = 0; i < span.size; i++)
    {
      if (!g_ascii_isdigit (span.text[i]))
        return FALSE;
      port = port * 10 + (span.text[i] - '0');
    }
  *ret_port = port;
  return port <= G_MAXUINT16;
}

static gboolean
is_name_char (char c, gboolean bracketed)
{
  if (bracketed)
    return g_ascii_isxdigit (c) || c == ':' || c == '.';
  return g_ascii_isalnum (c) || c == '-' || c == '.';
}

gboolean
http_parse_authority (const char *text, gsize size, HttpAuthority *ret_authority)
{
  Span rest = { text, size };
  gboolean bracketed = size > 0 && text[0] == '[';
  Span name;

  *ret_authority = (HttpAuthority) { .port = 0 };
  if (bracketed)
    {
      rest = (Span) { text + 1, size - 1 };
      if (memchr (rest.text, ']', rest.size) == NULL)
        return FALSE;
      name = split (&rest, ']');
      if (rest.size > 0 && split (&rest, ':').size > 0)
        return FALSE;
    }
  else
    name = split (&rest, ':');
  if (name.size < 1 || name.size > HTTP_NAME_MAX)
    return FALSE;
  for (gsize i = 0; i < name.size; i++)
    {
      if (!is_name_char (name.text[i], bracketed))
        return FALSE;
      ret_authority->name[i] = g_ascii_tolower (name.text[i]);
    }
  if (name.text + name.size + (bracketed ? 1 : 0) == text + size)
    return TRUE;
  return parse_port (rest, &ret_authority->port);
}

/* --- Fields --- */

static gboolean
take_host (Fields *fields, Span value)
{
  return http_parse_authority (value.text, value.size, &fields->request->host);
}

/* An origin that is not of the web is nobody's we know; it is no broken request. */
static gboolean
take_origin (Fields *fields, Span value)
{
  HttpRequest *request = fields->request;
  gsize prefix = 0;

  request->has_origin = TRUE;
  if (value.size > strlen (ORIGIN_TLS) && memcmp (value.text, ORIGIN_TLS, strlen (ORIGIN_TLS)) == 0)
    prefix = strlen (ORIGIN_TLS);
  else if (value.size > strlen (ORIGIN_PLAIN) &&
           memcmp (value.text, ORIGIN_PLAIN, strlen (ORIGIN_PLAIN)) == 0)
    prefix = strlen (ORIGIN_PLAIN);
  request->origin_tls = prefix == strlen (ORIGIN_TLS);
  if (prefix == 0 ||
      !http_parse_authority (value.text + prefix, value.size - prefix, &request->origin))
    request->origin = (HttpAuthority) { .port = 0 };
  return TRUE;
}

static gboolean
take_connection (Fields *fields, Span value)
{
  while (value.size > 0)
    {
      Span word = trim (split (&value, ','));

      if (!is_token (word))
        return FALSE;
      fields->connection_upgrades |= equals (word, "upgrade");
      fields->request->closes |= equals (word, "close");
    }
  return TRUE;
}

static gboolean
take_upgrade (Fields *fields, Span value)
{
  fields->upgrades_websocket = equals (value, "websocket");
  return fields->upgrades_websocket;
}

static gboolean
take_version (Fields *fields, Span value)
{
  fields->has_version = equals (value, "13");
  return fields->has_version;
}

/* Base64 of 16 bytes; the last character before the padding stands for 2 bits. */
static gboolean
take_key (Fields *fields, Span value)
{
  if (value.size != HTTP_KEY_BYTES || memcmp (value.text + 22, "==", 2) != 0 ||
      strchr ("AQgw", value.text[21]) == NULL)
    return FALSE;
  for (gsize i = 0; i < 22; i++)
    if (!g_ascii_isalnum (value.text[i]) && value.text[i] != '+' && value.text[i] != '/')
      return FALSE;
  memcpy (fields->request->key, value.text, value.size);
  fields->request->key[value.size] = '\0';
  fields->has_key = TRUE;
  return TRUE;
}

static gboolean
take_length (Fields *fields, Span value)
{
  fields->status = HTTP_TOO_LARGE;
  return equals (value, "0");
}

static gboolean
refuse_body (Fields *fields, Span value)
{
  fields->status = HTTP_TOO_LARGE;
  return FALSE;
}

/* Each may come once. */
static const struct
{
  const char *name;
  gboolean (*take) (Fields *fields, Span value);
} known[] = {
  { "host", take_host },
  { "origin", take_origin },
  { "connection", take_connection },
  { "upgrade", take_upgrade },
  { "sec-websocket-version", take_version },
  { "sec-websocket-key", take_key },
  { "content-length", take_length },
  { "transfer-encoding", refuse_body },
  { "expect", refuse_body },
};

static gboolean
take_field (Fields *fields, Span line)
{
  Span name = split (&line, ':');
  Span value = trim (line);

  if (!is_token (name) || name.text + name.size == line.text || !is_value (value))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    {
      if (!equals (name, known[i].name))
        continue;
      if (fields->seen & (1u << i))
        return FALSE;
      fields->seen |= 1u << i;
      return known[i].take (fields, value);
    }
  return TRUE;
}

/* A WebSocket is asked for with all its fields, or not at all. */
static gboolean
take_meaning (Fields *fields)
{
  HttpRequest *request = fields->request;

  if (request->host.name[0] == '\0')
    return FALSE;
  request->upgrades = fields->connection_upgrades && fields->upgrades_websocket;
  if (!request->upgrades)
    return !fields->upgrades_websocket && !fields->connection_upgrades && !fields->has_key;
  return request->method == HTTP_GET && fields->has_key && fields->has_version && !request->closes;
}

/* --- The request line --- */

static gboolean
take_path (HttpRequest *request, Span path)
{
  if (path.size < 1 || path.size > HTTP_PATH_MAX || path.text[0] != '/')
    return FALSE;
  for (gsize i = 0; i < path.size; i++)
    {
      char c = path.text[i];

      if (!g_ascii_isalnum (c) && c != '/' && c != '.' && c != '_' && c != '-')
        return FALSE;
      if (i > 0 && (c == '.' || c == '/') && path.text[i - 1] == c)
        return FALSE;
    }
  memcpy (request->path, path.text, path.size);
  request->path[path.size] = '\0';
  return TRUE;
}

static gboolean
take_request_line (Fields *fields, Span line)
{
  Span method = split (&line, ' ');
  Span path = split (&line, ' ');

  if (!is_token (method) || path.size == 0)
    return FALSE;
  if (line.size != 8 || memcmp (line.text, "HTTP/", 5) != 0 || line.text[6] != '.' ||
      !g_ascii_isdigit (line.text[5]) || !g_ascii_isdigit (line.text[7]))
    return FALSE;
  fields->status = HTTP_NO_VERSION;
  if (memcmp (line.text + 5, "1.1", 3) != 0)
    return FALSE;
  fields->status = HTTP_NO_METHOD;
  if (method.size == 3 && memcmp (method.text, "GET", 3) == 0)
    fields->request->method = HTTP_GET;
  else if (method.size == 4 && memcmp (method.text, "HEAD", 4) == 0)
    fields->request->method = HTTP_HEAD;
  else
    return FALSE;
  fields->status = HTTP_BAD_REQUEST;
  return take_path (fields->request, path);
}

/* --- The whole --- */

/* The line at the cursor, without its end. A carriage return or line feed that stands alone is
 * PARSE_BAD. */
static ParseResult
take_line (Cursor *cursor, Span *ret_line)
{
  const char *start = (const char *) cursor->data + cursor->offset;
  gsize left = cursor_left (cursor);
  const char *end = memchr (start, '\n', left);
  gsize size = end != NULL ? (gsize) (end - start) : left;
  const char *carriage = memchr (start, '\r', size);

  if (carriage != NULL && carriage != start + size - 1)
    return PARSE_BAD;
  if (end == NULL)
    return PARSE_NEED_MORE;
  if (carriage == NULL)
    return PARSE_BAD;
  *ret_line = (Span) { start, size - 1 };
  cursor->offset += size + 1;
  return PARSE_OK;
}

static ParseResult
parse_fields (Cursor *cursor, Fields *fields)
{
  Span line;

  for (guint i = 0; i <= HTTP_FIELDS_MAX; i++)
    {
      ParseResult result = take_line (cursor, &line);

      if (result != PARSE_OK)
        return result;
      if (line.size == 0)
        return take_meaning (fields) ? PARSE_OK : PARSE_BAD;
      if (!take_field (fields, line))
        return PARSE_BAD;
    }
  fields->status = HTTP_FIELDS_TOO_LARGE;
  return PARSE_BAD;
}

ParseResult
http_parse_request (const void *data,
                    gsize size,
                    HttpRequest *ret_request,
                    gsize *ret_used,
                    HttpStatus *ret_status)
{
  Cursor cursor = cursor_init (data, MIN (size, HTTP_HEAD_MAX));
  HttpRequest request = { 0 };
  Fields fields = { .request = &request, .status = HTTP_BAD_REQUEST };
  Span line;
  ParseResult result;

  /* Whoever speaks TLS to a plain port is not kept waiting. */
  if (size > 0 && !g_ascii_isupper (((const char *) data)[0]))
    result = PARSE_BAD;
  else
    result = take_line (&cursor, &line);
  if (result == PARSE_OK)
    result = take_request_line (&fields, line) ? parse_fields (&cursor, &fields) : PARSE_BAD;
  if (result == PARSE_NEED_MORE && size >= HTTP_HEAD_MAX)
    {
      fields.status = HTTP_FIELDS_TOO_LARGE;
      result = PARSE_BAD;
    }
  if (result == PARSE_BAD)
    *ret_status = fields.status;
  if (result != PARSE_OK)
    return result;
  *ret_request = request;
  *ret_used = cursor.offset;
  return PARSE_OK;
}
