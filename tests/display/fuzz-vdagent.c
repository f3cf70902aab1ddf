/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A SPICE viewer's words to the agent; the first byte says whether selections were agreed on.
 */
#include "spice/vdagent-parse.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  VdagentMessage message;
  gsize used, bytes;

  if (size == 0)
    return 0;
  if (vdagent_parse_chunk (data + 1, size - 1, &used, &bytes) == PARSE_OK)
    g_assert_cmpuint (used, <=, size - 1);
  if (vdagent_parse_message (data + 1, size - 1, (data[0] & 1) != 0, &used, &message) == PARSE_OK)
    {
      g_assert_cmpuint (used, <=, size - 1);
      if (message.type == VDAGENT_CLIPBOARD)
        g_assert_cmpuint (message.clipboard.size, <=, used);
      if (message.type == VDAGENT_CLIPBOARD_GRAB)
        g_assert_cmpuint (message.clipboard.n_types, <=, VDAGENT_TYPES_MAX);
    }
  return 0;
}
