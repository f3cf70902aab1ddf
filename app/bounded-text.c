/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Bounds on strings from below (B1). Runs in the front ends.
 */
#include "bounded-text.h"

#include <string.h>

char *
bounded_text_line (const char *text)
{
  g_autoptr (GString) out = g_string_new (NULL);
  const char *at = text != NULL ? text : "";

  while (*at != '\0')
    {
      gunichar c = g_utf8_get_char_validated (at, -1);
      gboolean valid = c != (gunichar) -1 && c != (gunichar) -2;
      char one[6];
      gint size = g_unichar_to_utf8 (!valid ? 0xfffd : g_unichar_iscntrl (c) ? ' ' : c, one);

      if (out->len + size > BOUNDED_LINE_MAX)
        break;
      g_string_append_len (out, one, size);
      at += valid ? g_utf8_skip[(guchar) *at] : 1;
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}
