/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Any bytes as a start's report (B1): every line that is accepted can be shown.
 */
#include "bounded-text.h"
#include "start-parse.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree StartLine *line = g_new (StartLine, 1);
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autofree char *shown = bounded_text_line (text);
  gsize used;

  g_assert_cmpuint (strlen (shown), <=, BOUNDED_LINE_MAX);
  g_assert_true (g_utf8_validate (shown, -1, NULL));
  while (start_parse_line (data, size, &used, line) == PARSE_OK)
    {
      g_assert_cmpuint (used, >, 0);
      g_assert_cmpuint (used, <=, size);
      g_assert_cmpuint (strlen (line->text), <, START_LINE_MAX);
      g_assert_true (g_utf8_validate (line->text, -1, NULL));
      data += used;
      size -= used;
    }
  return 0;
}
