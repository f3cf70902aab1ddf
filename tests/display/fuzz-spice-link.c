/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The link message of a SPICE viewer, and the library's answer to ours: whatever is accepted is
 * within the limits.
 */
#include "spice/spice-link-parse.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  SpiceLink link;
  SpiceLinkAnswer answer;
  guint32 result;
  gsize used;

  if (spice_link_parse (data, size, &used, &link, &result) == PARSE_OK)
    {
      g_assert_cmpuint (used, <=, size);
      g_assert_cmpuint (used, <=, SPICE_WIRE_HEADER_BYTES + SPICE_WIRE_LINK_BYTES_MAX);
      g_assert_cmpuint (link.channel, <=, SPICE_WIRE_CHANNEL_LAST);
    }
  if (spice_link_parse_reply (data, size, &used, &answer) == PARSE_OK)
    g_assert_cmpuint (used, <=, size);
  return 0;
}
