/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The two processes of a guest's lock. Runs in the front ends; a number that is well formed says
 * nothing yet of the process that has it.
 */
#include "lock-holders-parse.h"

#define DIGITS 10

/* One number, padded with blanks on its left; 0 if it is none that a process can have. */
static pid_t
take_number (const char *text)
{
  guint64 number = 0;
  guint at = 0;

  while (at < DIGITS && text[at] == ' ')
    at++;
  for (; at < DIGITS; at++)
    {
      if (!g_ascii_isdigit (text[at]))
        return 0;
      number = number * 10 + (text[at] - '0');
    }
  return number > 1 && number <= G_MAXINT32 ? number : 0;
}

ParseResult
lock_holders_parse (const void *data, gsize size, LockHolders *ret_holders)
{
  Cursor cursor = cursor_init (data, size);
  char text[LOCK_HOLDERS_BYTES];
  LockHolders holders;

  cursor_read (&cursor, text, sizeof text);
  if (cursor.failed)
    return PARSE_NEED_MORE;
  holders.janitor = take_number (text);
  holders.vmm = take_number (text + DIGITS + 1);
  if (cursor_left (&cursor) > 0 || text[DIGITS] != ' ' || text[LOCK_HOLDERS_BYTES - 1] != '\n' ||
      holders.janitor == 0 || holders.vmm == 0)
    return PARSE_BAD;
  *ret_holders = holders;
  return PARSE_OK;
}
