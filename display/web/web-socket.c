/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Frames around a stream. Runs in vitrine-display on the main loop. Must never keep more for the
 * browser than its last ping.
 */
#include "web-socket.h"

#include "web/ws-farewell.h"
#include "web/ws-parse.h"

#define FINAL 0x80u

typedef struct
{
  Stream *stream; /* borrowed: it owns us */
  WsReader reader;
} WebSocket;

G_STATIC_ASSERT (STREAM_HEAD_BYTES_MAX >= WS_HEAD_BYTES_MAX);

static void
send_control (WebSocket *socket, WsOpcode opcode, const guint8 *data, gsize size)
{
  guint8 frame[2 + WS_CONTROL_BYTES_MAX] = { FINAL | opcode, size };

  memcpy (frame + 2, data, size);
  stream_send_bare (socket->stream, frame, 2 + size);
}

/* Many pings that came while the browser did not read have one answer (section 5.5.3). */
static void
answer_ping (gpointer codec)
{
  WebSocket *socket = codec;

  if (!socket->reader.pinged || !stream_is_drained (socket->stream))
    return;
  socket->reader.pinged = FALSE;
  send_control (socket, WS_PONG, socket->reader.ping, socket->reader.n_ping);
}

static gssize
received (guint8 *data, gsize size, gpointer codec)
{
  WebSocket *socket = codec;
  gsize carried = 0;

  if (!ws_reader_take (&socket->reader, data, size, &carried))
    return -1;
  answer_ping (socket);
  return carried;
}

/* Ours are not masked (section 5.1). */
static gsize
put_head (gsize size, guint8 *out, gpointer codec)
{
  guint n_length = size < 126 ? 0 : size <= G_MAXUINT16 ? 2 : 8;

  out[0] = FINAL | WS_BINARY;
  out[1] = n_length == 0 ? size : n_length == 2 ? 126 : 127;
  for (guint i = 0; i < n_length; i++)
    out[2 + i] = (guint64) size >> (8 * (n_length - 1 - i));
  return 2 + n_length;
}

/* After whatever waits: in the middle of a frame nothing can be said. */
static void
say_goodbye (guint why, gpointer codec)
{
  WebSocket *socket = codec;
  const WsReader *reader = &socket->reader;
  guint8 data[WS_CONTROL_BYTES_MAX];

  send_control (socket, WS_CLOSE, data,
                reader->closed ? ws_farewell_back (reader->code, data)
                               : ws_farewell (reader->code, why, data));
}

static gboolean
is_at_fault (gpointer codec)
{
  WebSocket *socket = codec;

  return socket->reader.code != 0 && !socket->reader.closed;
}

void
web_socket_wrap (Stream *stream)
{
  static const StreamCodec codec = {
    received, put_head, answer_ping, say_goodbye, is_at_fault, g_free,
  };
  WebSocket *socket = g_new0 (WebSocket, 1);

  socket->stream = stream;
  stream_set_codec (stream, &codec, socket);
}
