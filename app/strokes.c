/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Texts to keys. Runs in `vitrine` and `vitrinectl`.
 */
#include "strokes.h"

#include "keymap.h"

GArray *
strokes_from_text (const char *text, gunichar *ret_character)
{
  g_autoptr (GArray) strokes = g_array_new (FALSE, FALSE, sizeof (Stroke));

  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar character = g_utf8_get_char (at);
      Stroke stroke;

      if (character == '\r' && at[1] == '\n')
        continue;
      if (!keymap_from_char (character, &stroke.key, &stroke.shift))
        {
          *ret_character = character;
          return NULL;
        }
      g_array_append_val (strokes, stroke);
    }
  return g_steal_pointer (&strokes);
}

char *
strokes_show_character (gunichar character)
{
  char shown[8] = "";

  if (!g_unichar_isprint (character))
    return g_strdup_printf ("U+%04X", character);
  g_unichar_to_utf8 (character, shown);
  return g_strdup (shown);
}
