/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Parsers of the kernel's own files. Runs in vitrine-vmm.
 */
#include "cgroup-parse.h"

#include <string.h>

guint64
cgroup_parse_count (const char *text, const char *key)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  gsize size = strlen (key);

  for (guint i = 0; lines[i] != NULL; i++)
    if (strncmp (lines[i], key, size) == 0 && lines[i][size] == ' ')
      return g_ascii_strtoull (lines[i] + size + 1, NULL, 10);
  return 0;
}
