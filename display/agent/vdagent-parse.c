/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Parser of agent messages. Pure; must never assert on input.
 */
#include "agent/vdagent-parse.h"

#define MONITOR_BYTES 20u /* height, width, depth, x, y */

typedef struct
{
  guint32 type;
  guint32 min; /* bytes behind the header */
  guint32 max;
} Rule;

static const Rule rules[] = {
  { VDAGENT_MONITORS_CONFIG, 8, 8 + VDAGENT_MONITORS_MAX *(MONITOR_BYTES + 4) },
  { VDAGENT_CLIPBOARD, 4, VDAGENT_CLIPBOARD_BYTES_NONSENSE },
  { VDAGENT_ANNOUNCE_CAPABILITIES, 4, 4 + 4 * VDAGENT_CAPS_WORDS_MAX },
  { VDAGENT_CLIPBOARD_GRAB, 0, 8 + 4 * VDAGENT_TYPES_MAX },
  { VDAGENT_CLIPBOARD_REQUEST, 4, 8 },
  { VDAGENT_CLIPBOARD_RELEASE, 0, 4 },
};

static guint32
read_u32 (Cursor *cursor)
{
  return GUINT32_FROM_LE (cursor_u32 (cursor));
}

ParseResult
vdagent_parse_chunk (const guint8 data[VDAGENT_CHUNK_HEADER_BYTES],
                     VdagentSender sender,
                     guint32 *ret_bytes,
                     gboolean *ret_is_ours)
{
  Cursor cursor = cursor_init (data, VDAGENT_CHUNK_HEADER_BYTES);
  guint32 port = read_u32 (&cursor);
  guint32 bytes = read_u32 (&cursor);
  gboolean is_guest = sender == VDAGENT_SENDER_GUEST;

  if (port != VDAGENT_CLIENT_PORT && !(is_guest && port == VDAGENT_SERVER_PORT))
    return PARSE_BAD;
  if (bytes == 0 || (!is_guest && bytes > VDAGENT_CHUNK_BYTES_MAX))
    return PARSE_BAD;
  *ret_bytes = bytes;
  *ret_is_ours = port == VDAGENT_CLIENT_PORT;
  return PARSE_OK;
}

static gboolean
take_monitors (Cursor *cursor, VdagentMessage *message)
{
  guint32 n = read_u32 (cursor);

  read_u32 (cursor); /* flags: positions, which one console has no use for */
  if (cursor->failed || n > VDAGENT_MONITORS_MAX)
    return FALSE;
  for (guint32 i = 0; i < n; i++)
    {
      guint32 height = read_u32 (cursor);
      guint32 width = read_u32 (cursor);

      for (guint j = 0; j < 3; j++)
        read_u32 (cursor);
      if (message->monitors.width == 0 && width > 0 && height > 0)
        {
          message->monitors.width = width;
          message->monitors.height = height;
        }
    }
  return !cursor->failed;
}

static gboolean
take_announce (Cursor *cursor, VdagentMessage *message)
{
  message->announce.wants_reply = read_u32 (cursor) != 0;
  if (cursor_left (cursor) > 0)
    message->announce.caps = read_u32 (cursor);
  return !cursor->failed;
}

/* The selection and three bytes to fill up; spice-vdagentd leaves these out of a release. */
static void
take_selection (Cursor *cursor, gboolean selections, VdagentMessage *message)
{
  guint8 bytes[4] = { 0 };

  if (selections)
    cursor_read (cursor, bytes, message->type == VDAGENT_CLIPBOARD_RELEASE ? 1 : sizeof bytes);
  message->clipboard.selection = bytes[0];
}

static gboolean
take_clipboard (Cursor *cursor, gboolean selections, VdagentMessage *message)
{
  take_selection (cursor, selections, message);
  if (message->type == VDAGENT_CLIPBOARD_RELEASE)
    return !cursor->failed;
  if (message->type == VDAGENT_CLIPBOARD_GRAB)
    {
      while (cursor_left (cursor) >= sizeof (guint32) &&
             message->clipboard.n_types < VDAGENT_TYPES_MAX)
        message->clipboard.types[message->clipboard.n_types++] = read_u32 (cursor);
      return cursor_is_done (cursor);
    }
  message->clipboard.type = read_u32 (cursor);
  if (cursor->failed)
    return FALSE;
  if (message->type == VDAGENT_CLIPBOARD_REQUEST)
    return cursor_is_done (cursor);
  message->clipboard.data = cursor->data + cursor->offset;
  message->clipboard.size = cursor_left (cursor);
  return message->clipboard.size <= VDAGENT_CLIPBOARD_BYTES_MAX;
}

static gboolean
size_fits (guint32 type, guint32 size)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rules); i++)
    if (rules[i].type == type)
      return size >= rules[i].min && size <= rules[i].max;
  return size <= VDAGENT_OTHER_BYTES_MAX;
}

ParseResult
vdagent_parse_head (const guint8 data[VDAGENT_HEADER_BYTES], VdagentHead *ret_head)
{
  Cursor cursor = cursor_init (data, VDAGENT_HEADER_BYTES);
  guint32 protocol = read_u32 (&cursor);
  VdagentHead head = { .type = read_u32 (&cursor) };

  cursor_u64 (&cursor); /* opaque */
  head.bytes = read_u32 (&cursor);
  if (protocol != VDAGENT_PROTOCOL || !size_fits (head.type, head.bytes))
    return PARSE_BAD;
  *ret_head = head;
  return PARSE_OK;
}

static gboolean
take_body (Cursor *cursor, gboolean selections, VdagentMessage *message)
{
  switch (message->type)
    {
    case VDAGENT_MONITORS_CONFIG:
      return take_monitors (cursor, message);
    case VDAGENT_ANNOUNCE_CAPABILITIES:
      return take_announce (cursor, message);
    case VDAGENT_CLIPBOARD:
    case VDAGENT_CLIPBOARD_GRAB:
    case VDAGENT_CLIPBOARD_REQUEST:
    case VDAGENT_CLIPBOARD_RELEASE:
      return take_clipboard (cursor, selections, message);
    default:
      return TRUE;
    }
}

ParseResult
vdagent_parse_body (guint32 type,
                    const guint8 *data,
                    gsize size,
                    gboolean selections,
                    VdagentMessage *ret_message)
{
  Cursor cursor = cursor_init (data, size);
  VdagentMessage message = { .type = type };

  if (!take_body (&cursor, selections, &message))
    return PARSE_BAD;
  *ret_message = message;
  return PARSE_OK;
}
