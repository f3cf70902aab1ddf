/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Reads names of monitor commands, one a line, and fails for each that the allow-list decides by no
 * line of its own. test-monitor-commands.py feeds it what the installed QEMU has.
 */
#include "monitor/allow-list.h"

#include <stdio.h>
#include <string.h>

int
main (void)
{
  char line[256];
  int n_unknown = 0;
  int n_read = 0;

  while (fgets (line, sizeof line, stdin) != NULL)
    {
      const char *reason = NULL;
      gboolean allowed;

      line[strcspn (line, "\n")] = '\0';
      n_read++;
      allowed = allow_list_allows (line, &reason);
      printf ("%s: %s, it %s\n", line, allowed ? "passes" : "refused", reason);
      if (strcmp (reason, ALLOW_LIST_UNKNOWN) == 0)
        n_unknown++;
    }
  fprintf (stderr, "%d commands, %d of them undecided\n", n_read, n_unknown);
  return n_read < 200 || n_unknown > 0;
}
