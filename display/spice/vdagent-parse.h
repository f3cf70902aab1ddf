/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a SPICE viewer says to the guest's agent (B5): chunks, and the messages cut into them. Pure.
 */
#pragma once

#include "cursor.h"
#include "spice/vdagent-wire.h"

/* One chunk at the front of the data; its contents lie at data + VDAGENT_CHUNK_HEADER_BYTES. */
ParseResult vdagent_parse_chunk (const guint8 *data, gsize size, gsize *ret_used, gsize *ret_bytes);

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
      const guint8 *data; /* of CLIPBOARD; borrowed from the input */
      gsize size;
    } clipboard;
  };
} VdagentMessage;

/* One message at the front of the data, of the length *ret_used. `selections`: the viewer has been
 * told that we know VDAGENT_CAP_CLIPBOARD_SELECTION, and said that it does. */
ParseResult vdagent_parse_message (const guint8 *data,
                                   gsize size,
                                   gboolean selections,
                                   gsize *ret_used,
                                   VdagentMessage *ret_message);
