/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * vitrine-nbd's start. Runs in vitrine-vmm.
 */
#include "nbd-process.h"

#include "fds.h"

#include <sys/socket.h>

#define CHILD_LINK_FD 3

Jail *
nbd_process_spawn (const char *binary, LogPipe **ret_log, int *ret_link, GError **error)
{
  const char *argv[] = { binary, "--link-fd", "3", NULL };
  autofd ours = -1, theirs = -1, messages = -1;
  g_autoptr (LogPipe) log = NULL;
  JailFd fds[] = { { -1, CHILD_LINK_FD } };
  JailRequest request = { .kind = JAIL_NBD,
                          .binary = binary,
                          .argv = argv,
                          .fds = fds,
                          .n_fds = G_N_ELEMENTS (fds),
                          .stdin_fd = -1,
                          .stdout_fd = -1 };
  int pair[2];
  Jail *jail;

  if (!fds_socketpair (SOCK_SEQPACKET, pair, error))
    return NULL;
  ours = pair[0];
  fds[0].source = theirs = pair[1];
  log = log_pipe_new ("nbd", &messages, error);
  if (log == NULL)
    return NULL;
  request.stderr_fd = messages;
  jail = jail_spawn (&request, error);
  if (jail == NULL)
    return NULL;
  *ret_log = g_steal_pointer (&log);
  *ret_link = fds_steal (&ours);
  return jail;
}
