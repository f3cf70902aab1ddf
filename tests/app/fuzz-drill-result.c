/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Any bytes as a drill's report (B1): what is accepted is bounded and can be shown.
 */
#include "bounded-text.h"
#include "drill-result.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (GPtrArray) jails = drill_result_parse (text);

  for (guint i = 0; jails != NULL && i < jails->len; i++)
    {
      const DrillJailResult *jail = jails->pdata[i];
      g_autofree char *sentence = drill_result_sentence (jail);

      g_assert_cmpuint (jail->ways->len, >, 0);
      g_assert_cmpuint (jail->ways->len, <=, DRILL_RESULT_WAYS_MAX);
      g_assert_true (g_utf8_validate (sentence, -1, NULL));
      for (guint w = 0; w < jail->ways->len; w++)
        {
          const DrillWay *way = jail->ways->pdata[w];

          g_assert_true (g_utf8_validate (way->what, -1, NULL));
          g_assert_cmpuint (strlen (way->what), <=, BOUNDED_LINE_MAX);
        }
    }
  return 0;
}
