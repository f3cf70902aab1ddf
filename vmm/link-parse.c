/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Packets from the display process to messages. Runs in vitrine-vmm; the sender is taken for
 * hostile, so any number outside its table is BAD.
 */
#include "link-parse.h"

static gboolean
is_value_allowed (const LinkMessage *message)
{
  switch (message->type)
    {
    case LINK_READY:
      return message->value == 0;
    case LINK_PONG:
      return TRUE; /* compared with the serial sent */
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
