/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A SPICE viewer's stream on an open channel; the first byte chooses the channel and the kind of
 * headers. However the stream is cut, the verdict is the same.
 */
#include "spice/spice-message-parse.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static ParseResult
run (const guint8 *data, gsize size, gsize step, guint8 choice)
{
  SpiceMessages messages;
  ParseResult result = PARSE_OK;

  spice_messages_init (&messages, choice % 8, (choice & 0x80) != 0);
  for (gsize at = 0; at < size && result == PARSE_OK; at += step)
    result = spice_messages_take (&messages, data + at, MIN (step, size - at));
  return result;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  ParseResult whole;
  guint32 session;

  if (size == 0)
    return 0;
  whole = run (data + 1, size - 1, size, data[0]);
  g_assert_cmpint (run (data + 1, size - 1, 1, data[0]), ==, whole);
  g_assert_cmpint (run (data + 1, size - 1, 7, data[0]), ==, whole);
  spice_messages_find_session (data + 1, size - 1, (data[0] & 0x80) != 0, &session);
  return 0;
}
