/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Fuzzes what vmm reads from the display process (B3).
 */
#include "link-parse.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  LinkMessage message;
  LinkViewer viewer;
  LinkWebTokenUsed used;

  if (link_parse (data, size, &message) == PARSE_OK)
    g_assert_true (message.type >= LINK_READY && message.type <= LINK_AGENT_OVER);
  if (link_parse_viewer (data, size, &viewer) == PARSE_OK)
    {
      g_assert_cmpuint (viewer.event, <=, LINK_VIEWER_EVENT_LAST);
      g_assert_cmpuint (viewer.why, <=, LINK_WHY_LAST);
      g_assert_cmpuint (strnlen (viewer.address, LINK_ADDRESS_MAX), <, LINK_ADDRESS_MAX);
    }
  if (link_parse_token_used (data, size, &used) == PARSE_OK)
    g_assert_cmpuint (used.share, >, 0);
  return 0;
}
