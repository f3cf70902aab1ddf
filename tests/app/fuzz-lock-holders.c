/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Any bytes as a lock's contents (B1): what is accepted could be the numbers of two processes.
 */
#include "lock-holders-parse.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  LockHolders holders = { -1, -1 };
  ParseResult result = lock_holders_parse (data, size, &holders);

  if (result == PARSE_OK)
    {
      g_assert_cmpuint (size, ==, LOCK_HOLDERS_BYTES);
      g_assert_cmpint (holders.janitor, >, 1);
      g_assert_cmpint (holders.vmm, >, 1);
    }
  else
    g_assert_cmpint (holders.vmm, ==, -1);
  return 0;
}
