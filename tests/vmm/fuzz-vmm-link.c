/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Fuzzes what vmm reads from the display process (B3).
 */
#include "link-parse.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  LinkMessage message;

  if (link_parse (data, size, &message) == PARSE_OK)
    g_assert_true (message.type >= LINK_READY && message.type <= LINK_FAILED);
  return 0;
}
