/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Frames of a WebSocket: in one go and byte by byte, the reader takes the same out of them.
 */
#include "web/ws-parse.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree guint8 *whole = g_memdup2 (data, size);
  g_autoptr (GByteArray) pieces = g_byte_array_new ();
  WsReader at_once = { 0 };
  WsReader slowly = { 0 };
  gsize carried = 0;
  gboolean went_on = ws_reader_take (&at_once, whole, size, &carried);

  for (gsize i = 0; i < size && slowly.code == 0; i++)
    {
      guint8 byte = data[i];
      gsize n = 0;

      ws_reader_take (&slowly, &byte, 1, &n);
      g_assert_cmpuint (n, <=, 1);
      g_byte_array_append (pieces, &byte, n);
    }
  g_assert_cmpint (at_once.code, ==, slowly.code);
  g_assert_cmpint (at_once.closed, ==, slowly.closed);
  g_assert_cmpuint (pieces->len, ==, carried);
  if (carried > 0)
    g_assert_cmpmem (pieces->data, pieces->len, whole, carried);
  g_assert_cmpint (went_on, ==, at_once.code == 0);
  return 0;
}
