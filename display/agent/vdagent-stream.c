/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Chunks and messages as states. Runs in vitrine-display; must never assert on input.
 */
#include "agent/vdagent-stream.h"

struct _VdagentStream
{
  VdagentSender sender;
  gboolean selections;
  gboolean wanted;

  guint8 chunk_head[VDAGENT_CHUNK_HEADER_BYTES];
  gsize n_chunk_head;
  guint32 chunk_left; /* of the present chunk */
  gboolean chunk_is_ours;

  guint8 raw_head[VDAGENT_HEADER_BYTES];
  gsize n_raw_head;
  VdagentHead head; /* once raw_head is whole */
  gsize skip;       /* of the present body, unread */
  guint8 *body;     /* owned; NULL while it is skipped */
  gsize n_body;
  gboolean is_done; /* body is that of the message last told */
};

/* The body of the message that has been told. */
static void
forget_message (VdagentStream *stream)
{
  g_clear_pointer (&stream->body, g_free);
  stream->n_body = stream->n_raw_head = 0;
  stream->is_done = FALSE;
}

/* Fills `part` up to `whole` bytes. TRUE if it is full. */
static gboolean
gather (guint8 *part, gsize *n_part, gsize whole, const guint8 *data, gsize size, gsize *ret_used)
{
  gsize n = MIN (whole - *n_part, size);

  if (n > 0)
    memcpy (part + *n_part, data, n);
  *n_part += n;
  *ret_used = n;
  return *n_part == whole;
}

static ParseResult
take_chunk_head (VdagentStream *stream, const guint8 *data, gsize size, gsize *ret_used)
{
  if (!gather (stream->chunk_head, &stream->n_chunk_head, sizeof stream->chunk_head, data, size,
               ret_used))
    return PARSE_NEED_MORE;
  stream->n_chunk_head = 0;
  return vdagent_parse_chunk (stream->chunk_head, stream->sender, &stream->chunk_left,
                              &stream->chunk_is_ours);
}

/* In front of a clipboard's contents: the selection and the type. */
static gsize
prefix_bytes (VdagentStream *stream)
{
  return stream->selections ? 8 : 4;
}

static gboolean
is_kept (VdagentStream *stream)
{
  return stream->head.type != VDAGENT_CLIPBOARD ||
         (stream->wanted &&
          stream->head.bytes <= VDAGENT_CLIPBOARD_BYTES_MAX + prefix_bytes (stream));
}

/* The head is whole. PARSE_OK if there is something to tell already. */
static ParseResult
begin_message (VdagentStream *stream, VdagentMessage *ret_message)
{
  if (vdagent_parse_head (stream->raw_head, &stream->head) != PARSE_OK)
    return PARSE_BAD;
  if (is_kept (stream))
    {
      stream->body = g_malloc (MAX (stream->head.bytes, 1));
      return PARSE_NEED_MORE;
    }
  stream->skip = stream->head.bytes;
  *ret_message = (VdagentMessage) { .type = VDAGENT_CLIPBOARD };
  ret_message->clipboard.size =
      stream->head.bytes - MIN (stream->head.bytes, prefix_bytes (stream));
  forget_message (stream);
  return PARSE_OK;
}

static ParseResult
end_message (VdagentStream *stream, VdagentMessage *ret_message)
{
  stream->is_done = TRUE;
  return vdagent_parse_body (stream->head.type, stream->body, stream->n_body, stream->selections,
                             ret_message);
}

/* Of what is inside a chunk. */
static ParseResult
take_part (VdagentStream *stream,
           const guint8 *data,
           gsize size,
           gsize *ret_used,
           VdagentMessage *ret_message)
{
  if (stream->skip > 0)
    {
      *ret_used = MIN (stream->skip, size);
      stream->skip -= *ret_used;
      return PARSE_NEED_MORE;
    }
  if (stream->body == NULL)
    {
      ParseResult result;

      if (!gather (stream->raw_head, &stream->n_raw_head, sizeof stream->raw_head, data, size,
                   ret_used))
        return PARSE_NEED_MORE;
      result = begin_message (stream, ret_message);
      if (result != PARSE_NEED_MORE || stream->head.bytes > 0)
        return result;
      return end_message (stream, ret_message);
    }
  if (!gather (stream->body, &stream->n_body, stream->head.bytes, data, size, ret_used))
    return PARSE_NEED_MORE;
  return end_message (stream, ret_message);
}

ParseResult
vdagent_stream_take (VdagentStream *stream,
                     const guint8 *data,
                     gsize size,
                     gsize *ret_used,
                     VdagentMessage *ret_message)
{
  ParseResult result = PARSE_NEED_MORE;
  gsize at = 0;

  if (stream->is_done)
    forget_message (stream);
  while (result == PARSE_NEED_MORE && at < size)
    {
      gsize used = MIN (size - at, stream->chunk_left);

      if (stream->chunk_left == 0)
        {
          result = take_chunk_head (stream, data + at, size - at, &used);
          at += used;
          if (result == PARSE_OK)
            result = PARSE_NEED_MORE;
          continue;
        }
      if (stream->chunk_is_ours)
        result = take_part (stream, data + at, used, &used, ret_message);
      at += used;
      stream->chunk_left -= used;
    }
  *ret_used = at;
  return result;
}

GBytes *
vdagent_stream_steal_contents (VdagentStream *stream, const VdagentMessage *message)
{
  g_autoptr (GBytes) whole = NULL;
  gsize offset;

  if (!stream->is_done || message->clipboard.data == NULL)
    return NULL;
  offset = message->clipboard.data - stream->body;
  whole = g_bytes_new_take (g_steal_pointer (&stream->body), stream->n_body);
  return g_bytes_new_from_bytes (whole, offset, message->clipboard.size);
}

gboolean
vdagent_stream_is_within (VdagentStream *stream)
{
  return stream->chunk_left > 0 || stream->n_chunk_head > 0 || stream->skip > 0 ||
         (!stream->is_done && stream->n_raw_head > 0);
}

gboolean
vdagent_stream_is_within_contents (VdagentStream *stream)
{
  return stream->body != NULL && !stream->is_done && stream->head.type == VDAGENT_CLIPBOARD;
}

void
vdagent_stream_set_selections (VdagentStream *stream, gboolean selections)
{
  stream->selections = selections;
}

void
vdagent_stream_set_wanted (VdagentStream *stream, gboolean wanted)
{
  stream->wanted = wanted;
}

VdagentStream *
vdagent_stream_new (VdagentSender sender)
{
  VdagentStream *stream = g_new0 (VdagentStream, 1);

  stream->sender = sender;
  return stream;
}

void
vdagent_stream_free (VdagentStream *stream)
{
  if (stream == NULL)
    return;
  g_free (stream->body);
  g_free (stream);
}
