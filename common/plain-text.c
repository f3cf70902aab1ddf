/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * See plain-text.h. Used by every program.
 */
#include "plain-text.h"

gboolean
plain_text_has_controls (const char *text, gsize size)
{
  for (const char *c = text; c < text + size; c = g_utf8_next_char (c))
    if (g_unichar_iscntrl (g_utf8_get_char (c)))
      return TRUE;
  return FALSE;
}
