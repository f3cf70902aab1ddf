/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What an agent or a viewer says, cut in pieces. The first byte: who it is, whether selections were
 * agreed on, whether contents are wanted; the second: the length of the pieces.
 */
#include "agent/vdagent-stream.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
check (VdagentStream *stream, const VdagentMessage *message)
{
  if (message->type == VDAGENT_CLIPBOARD_GRAB)
    g_assert_cmpuint (message->clipboard.n_types, <=, VDAGENT_TYPES_MAX);
  if (message->type == VDAGENT_CLIPBOARD && message->clipboard.data != NULL)
    {
      g_autoptr (GBytes) contents = vdagent_stream_steal_contents (stream, message);

      g_assert_cmpuint (message->clipboard.size, <=, VDAGENT_CLIPBOARD_BYTES_MAX);
      g_assert_cmpuint (g_bytes_get_size (contents), ==, message->clipboard.size);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (VdagentStream) stream = NULL;

  if (size < 2)
    return 0;
  stream = vdagent_stream_new ((data[0] & 1) ? VDAGENT_SENDER_GUEST : VDAGENT_SENDER_VIEWER);
  vdagent_stream_set_selections (stream, (data[0] & 2) != 0);
  vdagent_stream_set_wanted (stream, (data[0] & 4) != 0);
  for (gsize at = 2; at < size;)
    {
      gsize piece = MIN (size - at, data[1] + 1u);
      VdagentMessage message;
      gsize used;
      ParseResult result = vdagent_stream_take (stream, data + at, piece, &used, &message);

      g_assert_cmpuint (used, <=, piece);
      if (result == PARSE_BAD)
        break;
      g_assert_cmpuint (used, >, 0);
      if (result == PARSE_OK)
        check (stream, &message);
      else
        g_assert_cmpuint (used, ==, piece);
      at += used;
    }
  return 0;
}
