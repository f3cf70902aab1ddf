/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How a jailed program ended, in words. Runs in vitrine-vmm. Pure.
 */
#include "jail-end.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

int
jail_end_status (int wait_status, gboolean through_bwrap)
{
  int code = WIFEXITED (wait_status) ? WEXITSTATUS (wait_status) : 0;

  return through_bwrap && code > 128 && code < 128 + NSIG ? code - 128 : wait_status;
}

char *
jail_end_text (int wait_status)
{
  if (WIFEXITED (wait_status) && WEXITSTATUS (wait_status) == 0)
    return g_strdup ("ended");
  if (WIFEXITED (wait_status))
    return g_strdup_printf ("ended with status %d", WEXITSTATUS (wait_status));
  return g_strdup_printf ("was killed by signal %d (%s)", WTERMSIG (wait_status),
                          WTERMSIG (wait_status) == SIGSYS ? "a forbidden system call"
                                                           : g_strsignal (WTERMSIG (wait_status)));
}
