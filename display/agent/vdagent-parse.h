/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a guest's agent says to a viewer (B4), and a SPICE viewer to the agent (B5): the heads of
 * chunks and messages, and the messages' bodies. Pure; vdagent-stream.c puts them together.
 */
#pragma once

#include "agent/vdagent-wire.h"
#include "cursor.h"

typedef enum
{
  VDAGENT_SENDER_VIEWER,
  VDAGENT_SENDER_GUEST,
} VdagentSender;

/* The head of a chunk. PARSE_OK, or PARSE_BAD. *ret_is_ours is FALSE if its contents are to be
 * passed over. */
ParseResult vdagent_parse_chunk (const guint8 data[VDAGENT_CHUNK_HEADER_BYTES],
                                 VdagentSender sender,
                                 guint32 *ret_bytes,
                                 gboolean *ret_is_ours);

typedef struct
{
  guint32 type;
  guint32 bytes; /* of the body */
} VdagentHead;

/* PARSE_OK, or PARSE_BAD also if no message of that type has so long a body. */
ParseResult vdagent_parse_head (const guint8 data[VDAGENT_HEADER_BYTES], VdagentHead *ret_head);

typedef struct
{
  guint32 type; /* VdagentType, or another, which is to be ignored */
  union
  {
    struct
    {
      guint32 width; /* of the first monitor that is on; 0: none is */
      guint32 height;
    } monitors;
    struct
    {
      gboolean wants_reply;
      guint32 caps;
    } announce;
    struct
    {
      guint8 selection; /* 0: the clipboard */
      guint32 type;     /* of CLIPBOARD and CLIPBOARD_REQUEST */
      guint32 n_types;  /* of CLIPBOARD_GRAB */
      guint32 types[VDAGENT_TYPES_MAX];
      const guint8 *data; /* of CLIPBOARD; borrowed from the input. NULL: they were not kept */
      gsize size;
    } clipboard;
  };
} VdagentMessage;

/* A whole body. `selections`: both sides have announced VDAGENT_CAP_CLIPBOARD_SELECTION. PARSE_OK,
 * or PARSE_BAD. */
ParseResult vdagent_parse_body (guint32 type,
                                const guint8 *data,
                                gsize size,
                                gboolean selections,
                                VdagentMessage *ret_message);
