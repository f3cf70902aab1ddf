/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * B4: QEMU's list of consoles and the word for each.
 */
#include "qemu/consoles-parse.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree guint32 *ids = g_malloc0 (size + 4);
  g_autofree char *word = g_strndup ((const char *) data, size);
  ConsoleList list;
  ConsoleType type;

  memcpy (ids, data, size);
  if (consoles_parse_ids (ids, size / 4, &list) == PARSE_OK)
    {
      g_assert_cmpuint (list.count, ==, size / 4);
      g_assert_cmpuint (list.ids[0], ==, 0);
      for (guint i = 1; i < list.count; i++)
        g_assert_cmpuint (list.ids[i], >, list.ids[i - 1]);
    }
  if (consoles_parse_type (word, &type) == PARSE_OK)
    g_assert_true (type == CONSOLE_GRAPHIC || type == CONSOLE_TEXT);
  return 0;
}
