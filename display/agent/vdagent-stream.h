/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Agent messages out of a stream of bytes that may be cut anywhere (B4, B5). Holds at most one
 * message, and the contents of a clipboard only when they are wanted. Pure but for that memory.
 */
#pragma once

#include "agent/vdagent-parse.h"

typedef struct _VdagentStream VdagentStream;

VdagentStream *vdagent_stream_new (VdagentSender sender);
void vdagent_stream_free (VdagentStream *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VdagentStream, vdagent_stream_free)

/* Both sides have announced VDAGENT_CAP_CLIPBOARD_SELECTION. */
void vdagent_stream_set_selections (VdagentStream *stream, gboolean selections);
/* Whether contents that begin from now on are kept, up to VDAGENT_CLIPBOARD_BYTES_MAX. */
void vdagent_stream_set_wanted (VdagentStream *stream, gboolean wanted);

/* Takes bytes up to the end of one message. PARSE_OK: that one, whose data are valid until the next
 * call. PARSE_NEED_MORE: all bytes were taken. Contents that are not kept are told at once, with
 * the size that was announced and without data; they are passed over as they come. */
ParseResult vdagent_stream_take (VdagentStream *stream,
                                 const guint8 *data,
                                 gsize size,
                                 gsize *ret_used,
                                 VdagentMessage *ret_message);

/* The contents in the message that has just been taken, without copying them. */
GBytes *vdagent_stream_steal_contents (VdagentStream *stream, const VdagentMessage *message);

/* A message has begun, and is not whole. */
gboolean vdagent_stream_is_within (VdagentStream *stream);
/* It is contents that are kept. */
gboolean vdagent_stream_is_within_contents (VdagentStream *stream);
