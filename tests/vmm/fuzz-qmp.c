/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Fuzzes what vmm reads from QEMU's monitor (B2): line after line, as the client does.
 */
#include "qmp/json-guard.h"
#include "qmp/qmp-parse.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  gsize at = 0;

  for (;;)
    {
      g_autoptr (QmpMessage) message = NULL;
      const char *why = NULL;
      gsize used = 0;

      if (qmp_parse ((const char *) data + at, size - at, &message, &used, &why) != PARSE_OK)
        return 0;
      g_assert_cmpuint (used, >, 0);
      g_assert_cmpuint (used, <=, size - at);
      if (message != NULL)
        {
          g_assert_true (g_utf8_validate (message->text, -1, NULL));
          json_guard_string (message->data, "status");
          json_guard_int (message->data, "size");
        }
      at += used;
    }
}
