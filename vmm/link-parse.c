/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Packets from the display process to messages. Runs in vitrine-vmm; the sender is taken for
 * hostile, so any number outside its table is BAD.
 */
#include "link-parse.h"

#include <string.h>

static gboolean
is_value_allowed (const LinkMessage *message)
{
  switch (message->type)
    {
    case LINK_READY:
      return message->value == 0;
    case LINK_PONG:       /* compared with the serial sent */
    case LINK_AGENT_OVER: /* compared with times */
      return TRUE;
    case LINK_VIEWERS:
      return message->value <= LINK_VIEWERS_MAX;
    case LINK_FAILED:
      return message->value >= 1 && message->value <= LINK_FAILURE_LAST;
    default:
      return FALSE;
    }
}

ParseResult
link_parse (const void *data, gsize size, LinkMessage *ret_message)
{
  Cursor cursor = cursor_init (data, size);
  LinkMessage message;

  message.type = cursor_u32 (&cursor);
  message.value = cursor_u32 (&cursor);
  if (!cursor_is_done (&cursor) || !is_value_allowed (&message))
    return PARSE_BAD;
  *ret_message = message;
  return PARSE_OK;
}

/* It goes into the log and onto screens, so it is an address and nothing else. */
static gboolean
is_address (const char *address)
{
  gsize size = strnlen (address, LINK_ADDRESS_MAX);

  if (size == 0 || size == LINK_ADDRESS_MAX)
    return FALSE;
  for (gsize i = 0; i < size; i++)
    if (!g_ascii_isalnum (address[i]) && strchr (".:%[]-_", address[i]) == NULL)
      return FALSE;
  for (gsize i = size; i < LINK_ADDRESS_MAX; i++)
    if (address[i] != '\0')
      return FALSE;
  return TRUE;
}

static gboolean
is_viewer_allowed (const LinkViewer *viewer)
{
  gboolean is_end = viewer->event == LINK_VIEWER_REFUSED || viewer->event == LINK_VIEWER_ENDED;

  return viewer->type == LINK_VIEWER && viewer->viewer != 0 && viewer->share != 0 &&
         viewer->event >= LINK_VIEWER_CAME && viewer->event <= LINK_VIEWER_EVENT_LAST &&
         viewer->why <= (is_end ? LINK_WHY_LAST : LINK_WHY_NONE) && viewer->padding == 0 &&
         is_address (viewer->address);
}

ParseResult
link_parse_viewer (const void *data, gsize size, LinkViewer *ret_viewer)
{
  Cursor cursor = cursor_init (data, size);
  LinkViewer viewer = { 0 };

  viewer.type = cursor_u32 (&cursor);
  viewer.viewer = cursor_u32 (&cursor);
  viewer.share = cursor_u32 (&cursor);
  viewer.event = cursor_u32 (&cursor);
  viewer.why = cursor_u32 (&cursor);
  viewer.padding = cursor_u32 (&cursor);
  viewer.bytes = cursor_u64 (&cursor);
  cursor_read (&cursor, viewer.address, sizeof viewer.address);
  if (!cursor_is_done (&cursor) || !is_viewer_allowed (&viewer))
    return PARSE_BAD;
  *ret_viewer = viewer;
  return PARSE_OK;
}

ParseResult
link_parse_token_used (const void *data, gsize size, LinkWebTokenUsed *ret_used)
{
  Cursor cursor = cursor_init (data, size);
  LinkWebTokenUsed used = { 0 };

  used.type = cursor_u32 (&cursor);
  used.share = cursor_u32 (&cursor);
  cursor_read (&cursor, used.digest, sizeof used.digest);
  if (!cursor_is_done (&cursor) || used.type != LINK_WEB_TOKEN_USED || used.share == 0)
    return PARSE_BAD;
  *ret_used = used;
  return PARSE_OK;
}
