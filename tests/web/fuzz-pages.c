/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The page's files as vmm hands them over: what is taken lies inside the memory and is found again.
 */
#include "web/pages-parse.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree guint8 *copy = g_memdup2 (data, size); /* aligned */
  WebPagesIndex index;
  guint sum = 0;

  if (pages_parse (copy, size, &index) != PARSE_OK)
    return 0;
  for (guint i = 0; i < index.count; i++)
    {
      const WebPagesEntry *entry = &index.entries[i];

      g_assert_true (pages_find (&index, entry->path) == entry);
      for (guint j = 0; j < entry->size; j++)
        sum += copy[entry->offset + j];
    }
  return sum > G_MAXUINT - 1;
}
