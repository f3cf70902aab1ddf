/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * vitrine-net: a guest's way into the network. Jailed, one a guest, assumed taken over by the guest
 * sooner or later: it has the host's network, since that is what it is for, and nothing else: no
 * file, no program to execute, no socket that listens but those it was handed.
 *
 *   vitrine-net --link-fd N [--bridge]
 *
 * With --bridge it passes frames on to a tap that it is handed, and makes no socket at all.
 */
#include "config.h"
#include "fds.h"
#include "net-engine.h"
#include "ipc/net-wire.h"
#include "sandbox.h"
#include "socket-guard.h"

#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>

static int
parse_options (int argc, char **argv, gboolean *ret_bridge)
{
  socklen_t size = sizeof (int);
  int type = 0;
  guint64 fd;

  *ret_bridge = argc == 4 && strcmp (argv[3], "--bridge") == 0;
  if ((argc == 3 || *ret_bridge) && strcmp (argv[1], "--link-fd") == 0 &&
      g_ascii_string_to_unsigned (argv[2], 10, 3, 1 << 20, &fd, NULL) &&
      getsockopt ((int) fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET)
    {
      fcntl ((int) fd, F_SETFD, FD_CLOEXEC);
      return (int) fd;
    }
  g_printerr ("vitrine-net is started by vitrine-vmm only: --link-fd must name a SOCK_SEQPACKET "
              "socket\n");
  return -1;
}

static int
fail (int link, NetFailure failure, const char *text)
{
  const NetMessage failed = { NET_FAILED, failure };

  g_printerr ("vitrine-net: %s\n", text);
  fds_send (link, &failed, sizeof failed, NULL, 0);
  return 1;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  gboolean bridge = FALSE;
  int link = parse_options (argc, argv, &bridge);
  NetEngine *engine;
  int status;

  if (link < 0)
    return 2;
  mallopt (M_ARENA_MAX, 1);
  /* libslirp sends without MSG_NOSIGNAL: whoever resets a connection would end us all. */
  signal (SIGPIPE, SIG_IGN);
  if (!socket_guard_is_in_force ())
    return fail (link, NET_FAILURE_LIBRARY, "libslirp would reach the network past the policy");
  /* Before the first byte of a peer. */
  if (!(bridge ? sandbox_lock_bridge (&error) : sandbox_lock_net (&error)))
    return fail (link, NET_FAILURE_SANDBOX, error->message);
  engine = net_engine_new (link);
  status = net_engine_run (engine);
  net_engine_free (engine);
  return status;
}
