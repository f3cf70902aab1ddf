/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Makes the sockets of forwards. Runs in vitrine-vmm, without privileges and in the host's network.
 */
#include "forward-socket.h"

#include "fds.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#define BACKLOG 64

static const char *
explain (int number)
{
  switch (number)
    {
    case EADDRINUSE:
      return "another program has this port; choose another one in network.forward";
    case EACCES:
      return "this port needs privileges that Vitrine has given up; choose one from 1024 on";
    case EADDRNOTAVAIL:
      return "this computer has no such address";
    default:
      return g_strerror (number);
    }
}

int
forward_socket_new (const ForwardSpec *spec, GError **error)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (spec->address);
  g_autoptr (GSocketAddress) where = g_inet_socket_address_new (address, spec->port);
  g_autofree char *text = forward_spec_format (spec);
  struct sockaddr_storage native;
  const int on = 1;
  autofd fd = -1;

  if (!g_socket_address_to_native (where, &native, sizeof native, error))
    return -1;
  fd = socket (native.ss_family,
               (spec->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  /* A UDP port is not shared with anybody. */
  if (fd < 0 || (!spec->udp && setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) ||
      (native.ss_family == AF_INET6 &&
       setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) ||
      bind (fd, (struct sockaddr *) &native, g_socket_address_get_native_size (where)) != 0 ||
      (!spec->udp && listen (fd, BACKLOG) != 0))
    {
      int number = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number),
                   "The port of %s cannot be forwarded to the guest: %s", text, explain (number));
      return -1;
    }
  return fds_steal (&fd);
}

void
forward_socket_close (int *fd)
{
  /* Closing would leave vitrine-net's copy listening. */
  if (*fd >= 0)
    shutdown (*fd, SHUT_RDWR);
  fds_clear (fd);
}
