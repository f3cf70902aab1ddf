/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A pipe whose end kills a process group. Runs in vitrine-vmm and, between fork and exec, in its
 * children; there it makes async-signal-safe calls only.
 */
#include "jail-life.h"

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

void
jail_life_tie (gpointer data)
{
  int fd = GPOINTER_TO_INT (data);

  setpgid (0, 0);
  fcntl (fd, F_SETOWN, -getpid ());
  fcntl (fd, F_SETSIG, SIGKILL);
  fcntl (fd, F_SETFL, O_ASYNC | O_NONBLOCK);
}
