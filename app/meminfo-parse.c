/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How much memory the kernel says is available. Runs in the front ends.
 */
#include "meminfo-parse.h"

#include <string.h>

#define KEY "MemAvailable:"

gboolean
meminfo_parse_available (const char *text, guint *ret_mib)
{
  const char *line = text;
  guint64 kib;
  char *end;

  while (line != NULL && !g_str_has_prefix (line, KEY))
    {
      line = strchr (line, '\n');
      line = line != NULL ? line + 1 : NULL;
    }
  if (line == NULL)
    return FALSE;
  line += strlen (KEY);
  line += strspn (line, " \t");
  if (!g_ascii_isdigit (*line))
    return FALSE;
  kib = g_ascii_strtoull (line, &end, 10);
  if (!g_str_has_prefix (end, " kB"))
    return FALSE;
  *ret_mib = MIN (kib / 1024, G_MAXUINT);
  return TRUE;
}
