/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Parser of QEMU's list of consoles. Runs in vitrine-display. Pure; must never assert on input.
 */
#include "consoles-parse.h"

ParseResult
consoles_parse_ids (const guint32 *ids, gsize count, ConsoleList *ret_list)
{
  gboolean seen[CONSOLES_ID_MAX + 1] = { FALSE };
  ConsoleList list = { 0 };

  if (count < 1 || count > CONSOLES_MAX)
    return PARSE_BAD;
  for (gsize i = 0; i < count; i++)
    {
      if (ids[i] > CONSOLES_ID_MAX || seen[ids[i]])
        return PARSE_BAD;
      seen[ids[i]] = TRUE;
    }
  if (!seen[0])
    return PARSE_BAD;
  for (guint id = 0; id <= CONSOLES_ID_MAX; id++)
    if (seen[id])
      list.ids[list.count++] = id;
  *ret_list = list;
  return PARSE_OK;
}

ParseResult
consoles_parse_type (const char *word, ConsoleType *ret_type)
{
  if (g_str_equal (word, "Graphic"))
    *ret_type = CONSOLE_GRAPHIC;
  else if (g_str_equal (word, "Text"))
    *ret_type = CONSOLE_TEXT;
  else
    return PARSE_BAD;
  return PARSE_OK;
}
