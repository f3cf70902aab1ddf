/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A pipe whose end kills a process group. Runs in vitrine-vmm and, between fork and exec, in its
 * children; there it makes async-signal-safe calls only.
 */
#include "jail-life.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <unistd.h>

gboolean
jail_life_make (JailLife *life, GError **error)
{
  int pair[2];

  if (!g_unix_open_pipe (pair, FD_CLOEXEC, error))
    return FALSE;
  life->theirs = pair[0];
  life->ours = pair[1];
  return TRUE;
}

#define GROUP_FD_MIN 512

static int group = -1;

/* Above every number that a child is handed: those are in place already when it enters. */
void
jail_life_set_group (int procs)
{
  if (group >= 0)
    close (group);
  group = procs >= 0 ? fcntl (procs, F_DUPFD_CLOEXEC, GROUP_FD_MIN) : -1;
}

void
jail_life_enter (gpointer data)
{
  const JailEntrance *entrance = data;
  int fd = entrance->life;

  /* Before anything is allocated or forked, so that all of it counts. Should it fail, the report
   * shows where the process really is. */
  if (group >= 0 && write (group, "0", 1) != 1)
    errno = 0;
  setpgid (0, 0);
  fcntl (fd, F_SETOWN, -getpid ());
  fcntl (fd, F_SETSIG, SIGKILL);
  fcntl (fd, F_SETFL, O_ASYNC | O_NONBLOCK);
  jail_lsm_enter (&entrance->lsm);
}
