/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Parser of WebSocket frames (B5: any machine on the network may have written them). Runs in
 * vitrine-display. Pure; must never assert on input.
 */
#include "ws-parse.h"

#define FINAL 0x80u
#define RESERVED 0x70u
#define OPCODE 0x0fu
#define MASKED 0x80u
#define LENGTH 0x7fu

static gboolean
is_control (WsOpcode opcode)
{
  return opcode >= WS_CLOSE;
}

/* The first byte. Text would be a client that is not ours. */
static gboolean
check_kind (guint8 byte, WsHead *head, WsCode *ret_code)
{
  head->final = (byte & FINAL) != 0;
  head->opcode = byte & OPCODE;
  *ret_code = head->opcode == WS_TEXT ? WS_CODE_UNSUPPORTED : WS_CODE_PROTOCOL;
  if ((byte & RESERVED) != 0)
    return FALSE;
  switch (head->opcode)
    {
    case WS_CONTINUATION:
    case WS_BINARY:
      return TRUE;
    case WS_CLOSE:
    case WS_PING:
    case WS_PONG:
      return head->final;
    default:
      return FALSE;
    }
}

/* The length, after its first 7 bits; FALSE if it could have been said in fewer. */
static gboolean
read_length (Cursor *cursor, guint8 first, guint64 *ret_length)
{
  guint8 bytes[8] = { 0 };
  gsize n = first < 126 ? 0 : first == 126 ? 2 : 8;
  guint64 length = first;

  if (n > 0)
    {
      cursor_read (cursor, bytes, n);
      length = 0;
      for (gsize i = 0; i < n; i++)
        length = length << 8 | bytes[i];
    }
  *ret_length = length;
  return cursor->failed || n == 0 || length > (n == 2 ? 125 : G_MAXUINT16);
}

ParseResult
ws_parse_head (const void *data, gsize size, WsHead *ret_head, gsize *ret_used, WsCode *ret_code)
{
  Cursor cursor = cursor_init (data, size);
  WsHead head = { 0 };
  guint8 bytes[2];
  guint64 length;

  if (size == 0)
    return PARSE_NEED_MORE;
  cursor_read (&cursor, &bytes[0], 1);
  if (!check_kind (bytes[0], &head, ret_code))
    return PARSE_BAD;
  *ret_code = WS_CODE_PROTOCOL;
  cursor_read (&cursor, &bytes[1], 1);
  if (cursor.failed)
    return PARSE_NEED_MORE;
  if ((bytes[1] & MASKED) == 0 ||
      (is_control (head.opcode) && (bytes[1] & LENGTH) > WS_CONTROL_BYTES_MAX) ||
      !read_length (&cursor, bytes[1] & LENGTH, &length))
    return PARSE_BAD;
  if (!cursor.failed && length > WS_PAYLOAD_MAX)
    {
      *ret_code = length >> 63 ? WS_CODE_PROTOCOL : WS_CODE_TOO_BIG;
      return PARSE_BAD;
    }
  cursor_read (&cursor, head.mask, sizeof head.mask);
  if (cursor.failed)
    return PARSE_NEED_MORE;
  head.size = length;
  *ret_head = head;
  *ret_used = cursor.offset;
  return PARSE_OK;
}

/* --- The stream --- */

static gboolean
fault (WsReader *reader, WsCode code)
{
  reader->code = code;
  return FALSE;
}

/* RFC 6455 section 7.4: which codes may stand in a frame. */
static gboolean
is_close_code (guint code)
{
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
         (code >= 3000 && code <= 4999);
}

static gboolean
take_close (WsReader *reader, gsize size)
{
  guint code;

  reader->code = WS_CODE_PROTOCOL;
  if (size == 1)
    return FALSE;
  if (size == 0)
    code = WS_CODE_NORMAL;
  else
    {
      code = reader->control[0] << 8 | reader->control[1];
      if (!is_close_code (code) ||
          !g_utf8_validate ((const char *) reader->control + 2, size - 2, NULL))
        return FALSE;
    }
  reader->closed = TRUE;
  reader->code = code;
  return FALSE;
}

/* A frame is whole. */
static gboolean
end_frame (WsReader *reader)
{
  reader->in_frame = FALSE;
  switch (reader->frame.opcode)
    {
    case WS_CLOSE:
      return take_close (reader, reader->frame.size);
    case WS_PING:
      reader->pinged = TRUE;
      reader->n_ping = reader->frame.size;
      memcpy (reader->ping, reader->control, reader->n_ping);
      return TRUE;
    case WS_PONG:
      return TRUE;
    default:
      reader->in_message = !reader->frame.final;
      return TRUE;
    }
}

static gboolean
begin_frame (WsReader *reader)
{
  reader->in_frame = TRUE;
  reader->at = 0;
  reader->n_head = 0;
  if (!is_control (reader->frame.opcode) &&
      reader->in_message != (reader->frame.opcode == WS_CONTINUATION))
    return fault (reader, WS_CODE_PROTOCOL);
  return reader->frame.size > 0 || end_frame (reader);
}

/* One byte more of a head. */
static gboolean
take_head_byte (WsReader *reader, guint8 byte)
{
  gsize used = 0;
  WsCode code = WS_CODE_PROTOCOL;

  if (reader->n_head == sizeof reader->head)
    return fault (reader, WS_CODE_PROTOCOL);
  reader->head[reader->n_head++] = byte;
  switch (ws_parse_head (reader->head, reader->n_head, &reader->frame, &used, &code))
    {
    case PARSE_OK:
      return begin_frame (reader);
    case PARSE_NEED_MORE:
      return TRUE;
    default:
      return fault (reader, code);
    }
}

/* `n` bytes of the payload; returns where the bytes that are carried end. */
static guint8 *
unmask (WsReader *reader, const guint8 *data, gsize n, guint8 *out)
{
  const WsHead *frame = &reader->frame;
  guint8 *to = is_control (frame->opcode) ? reader->control + reader->at : out;

  for (gsize i = 0; i < n; i++)
    to[i] = data[i] ^ frame->mask[(reader->at + i) % 4];
  reader->at += n;
  return is_control (frame->opcode) ? out : out + n;
}

gboolean
ws_reader_take (WsReader *reader, guint8 *data, gsize size, gsize *ret_size)
{
  guint8 *out = data; /* never ahead of what is read */
  gboolean goes_on = reader->code == 0;

  for (gsize i = 0; i < size && goes_on;)
    {
      gsize n;

      if (!reader->in_frame)
        {
          goes_on = take_head_byte (reader, data[i++]);
          continue;
        }
      n = MIN (size - i, reader->frame.size - reader->at);
      out = unmask (reader, data + i, n, out);
      i += n;
      if (reader->at == reader->frame.size)
        goes_on = end_frame (reader);
    }
  *ret_size = out - data;
  return goes_on;
}
