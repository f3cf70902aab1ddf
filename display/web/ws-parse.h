/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a browser sends through its WebSocket (B5): the head of a frame, and the stream of frames
 * turned into the bytes that they carry. Pure.
 */
#pragma once

#include "cursor.h"
#include "web/ws-wire.h"

typedef struct
{
  gboolean final;
  WsOpcode opcode;
  guint32 size; /* of the payload: at most WS_PAYLOAD_MAX */
  guint8 mask[4];
} WsHead;

/* After PARSE_BAD *ret_code is what to close with. */
ParseResult ws_parse_head (const void *data,
                           gsize size,
                           WsHead *ret_head,
                           gsize *ret_used,
                           WsCode *ret_code);

/* Where in the stream we are. Begins as zeros. */
typedef struct
{
  guint8 head[WS_HEAD_BYTES_MAX]; /* of a frame of which not all has come */
  gsize n_head;
  gboolean in_frame;
  WsHead frame;
  gsize at;            /* in its payload */
  gboolean in_message; /* a continuation is due */
  guint8 control[WS_CONTROL_BYTES_MAX];

  /* For the caller, who takes them back. */
  gboolean pinged; /* the last ping wants this answer */
  guint8 ping[WS_CONTROL_BYTES_MAX];
  gsize n_ping;

  gboolean closed; /* the peer said goodbye, with this code or WS_CODE_NORMAL */
  WsCode code;     /* or: what it did wrong */
} WsReader;

/* Takes all of the bytes and leaves in their place what they carried, *ret_size bytes. FALSE if the
 * stream is over: `closed`, or a fault; what came before it is still left. */
gboolean ws_reader_take (WsReader *reader, guint8 *data, gsize size, gsize *ret_size);
