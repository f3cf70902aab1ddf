/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Lines of the drill. Runs in vitrine-vmm over bytes of a program that is hostile by trade.
 */
#include "drill-parse.h"

#include <string.h>

#define CODE_MAX 4095u

static gboolean
take_name (const char *text, gsize size, DrillLine *line)
{
  if (size == 0 || size > DRILL_NAME_MAX)
    return FALSE;
  for (gsize i = 0; i < size; i++)
    if (!g_ascii_islower (text[i]) && !g_ascii_isdigit (text[i]) && text[i] != '-')
      return FALSE;
  memcpy (line->name, text, size);
  return TRUE;
}

static gboolean
take_code (const char *text, gsize size, DrillLine *line)
{
  if (size == 0 || size > 4)
    return FALSE;
  for (gsize i = 0; i < size; i++)
    {
      if (!g_ascii_isdigit (text[i]))
        return FALSE;
      line->code = line->code * 10 + (guint) (text[i] - '0');
    }
  return line->code <= CODE_MAX;
}

static gboolean
starts_with (const char *text, gsize size, const char *word)
{
  return size >= strlen (word) && memcmp (text, word, strlen (word)) == 0;
}

static gboolean
take_line (const char *text, gsize size, DrillLine *line)
{
  if (starts_with (text, size, "try "))
    {
      line->kind = DRILL_LINE_TRY;
      return take_name (text + 4, size - 4, line);
    }
  if (starts_with (text, size, "closed "))
    {
      line->kind = DRILL_LINE_CLOSED;
      return take_code (text + 7, size - 7, line);
    }
  line->kind = size == 4 && memcmp (text, "open", 4) == 0 ? DRILL_LINE_OPEN : DRILL_LINE_DONE;
  return size == 4 && (line->kind == DRILL_LINE_OPEN || memcmp (text, "done", 4) == 0);
}

ParseResult
drill_parse_line (const char *text, gsize size, DrillLine *ret_line, gsize *ret_used)
{
  const char *end = memchr (text, '\n', MIN (size, DRILL_LINE_MAX));
  DrillLine line = { 0 };

  if (end == NULL)
    return size >= DRILL_LINE_MAX ? PARSE_BAD : PARSE_NEED_MORE;
  if (!take_line (text, (gsize) (end - text), &line))
    return PARSE_BAD;
  *ret_line = line;
  *ret_used = (gsize) (end - text) + 1;
  return PARSE_OK;
}
