/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Parser of vmm's messages to vitrine-display. Pure; must never assert on input.
 */
#include "link-parse.h"

ParseResult
link_parse_request (const void *data, gsize size, guint n_fds, LinkMessage *ret_message)
{
  Cursor cursor = cursor_init (data, size);
  LinkMessage message = { .type = cursor_u32 (&cursor), .value = cursor_u32 (&cursor) };

  if (!cursor_is_done (&cursor))
    return PARSE_BAD;
  if (message.type == LINK_QEMU && (n_fds != 1 || message.value != 0))
    return PARSE_BAD;
  if (message.type == LINK_PING && n_fds != 0)
    return PARSE_BAD;
  if (message.type != LINK_QEMU && message.type != LINK_PING)
    return PARSE_BAD;
  *ret_message = message;
  return PARSE_OK;
}
