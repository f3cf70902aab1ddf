/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Parser of the start's report (B1). Runs in the front ends; must never assert on what it is given.
 */
#include "start-parse.h"

#include "plain-text.h"

#include <string.h>

static const struct
{
  const char *word;
  StartLineKind kind;
  gboolean has_text;
} words[] = {
  { START_STEP, START_LINE_STEP, TRUE },
  { START_READY, START_LINE_READY, FALSE },
  { START_FAILED, START_LINE_FAILED, TRUE },
};

static gboolean
is_printable (const char *text, gsize size)
{
  return g_utf8_validate_len (text, size, NULL) && !plain_text_has_controls (text, size);
}

ParseResult
start_parse_line (const void *data, gsize size, gsize *ret_used, StartLine *ret_line)
{
  const char *text = data;
  const char *newline = size > 0 ? memchr (text, '\n', MIN (size, START_LINE_MAX)) : NULL;
  gsize length;

  if (newline == NULL)
    return size >= START_LINE_MAX ? PARSE_BAD : PARSE_NEED_MORE;
  length = newline - text;
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    {
      gsize word = strlen (words[i].word);

      if (length < word || memcmp (text, words[i].word, word) != 0 ||
          (!words[i].has_text && length != word) || !is_printable (text + word, length - word))
        continue;
      ret_line->kind = words[i].kind;
      memcpy (ret_line->text, text + word, length - word);
      ret_line->text[length - word] = '\0';
      *ret_used = length + 1;
      return PARSE_OK;
    }
  return PARSE_BAD;
}
