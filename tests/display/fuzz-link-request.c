/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What vmm sends to vitrine-display: the first byte is the number of descriptors.
 */
#include "link-parse.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  LinkMessage message;

  if (size < 1)
    return 0;
  if (link_parse_request (data + 1, size - 1, data[0], &message) == PARSE_OK)
    g_assert_true (message.type == LINK_PING || data[0] == 1);
  return 0;
}
