/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * vitrine-nbd: stands between a guest's QEMU and an NBD server, and between whoever reads a backup
 * and QEMU. Jailed, one a connection, assumed taken over by a hostile server sooner or later: it has
 * the two sockets that it was handed, and nothing else.
 *
 *   vitrine-nbd --link-fd N
 */
#include "config.h"
#include "nbd/nbd-relay.h"
#include "sandbox.h"

#include <fcntl.h>
#include <malloc.h>
#include <sys/socket.h>

static int
parse_options (int argc, char **argv)
{
  socklen_t size = sizeof (int);
  int type = 0;
  guint64 fd;

  if (argc == 3 && g_str_equal (argv[1], "--link-fd") &&
      g_ascii_string_to_unsigned (argv[2], 10, 3, 1 << 20, &fd, NULL) &&
      getsockopt ((int) fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET)
    {
      fcntl ((int) fd, F_SETFD, FD_CLOEXEC);
      return (int) fd;
    }
  g_printerr ("vitrine-nbd is started by vitrine-vmm only: --link-fd must name a SOCK_SEQPACKET "
              "socket\n");
  return -1;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  int link = parse_options (argc, argv);
  NbdRelay *relay;
  int status;

  if (link < 0)
    return 2;
  mallopt (M_ARENA_MAX, 1);
  /* Before the first byte of a peer. */
  if (!sandbox_lock_nbd (&error))
    {
      g_printerr ("vitrine-nbd: %s\n", error->message);
      return 1;
    }
  relay = nbd_relay_new (link);
  status = nbd_relay_run (relay);
  nbd_relay_free (relay);
  return status;
}
