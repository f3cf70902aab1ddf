/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Ways to other programs and to networks. Runs jailed in vitrine-drill; what it reaches is bait.
 */
#include "drill-attempts.h"

#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static long
socket_inet (void)
{
  return socket (AF_INET, SOCK_STREAM, 0);
}

static long
socket_inet6 (void)
{
  return socket (AF_INET6, SOCK_DGRAM, 0);
}

static long
socket_unix (void)
{
  return socket (AF_UNIX, SOCK_STREAM, 0);
}

static long
socket_netlink (void)
{
  return socket (AF_NETLINK, SOCK_RAW, 0);
}

static long
socketpair_inet (void)
{
  int pair[2];

  /* Not supported anywhere. */
  return got_through (socketpair (AF_TIPC, SOCK_STREAM, 0, pair));
}

static socklen_t
unix_address (struct sockaddr_un *address, const char *path, int is_abstract)
{
  *address = (struct sockaddr_un) { .sun_family = AF_UNIX };
  memcpy (address->sun_path + is_abstract, path, strnlen (path, sizeof address->sun_path - 2));
  return offsetof (struct sockaddr_un, sun_path) + is_abstract + strlen (path);
}

static long
connect_path (void)
{
  struct sockaddr_un address;
  socklen_t size = unix_address (&address, drill_path ("socket"), 0);

  return connect (DRILL_UNIX_SOCKET, (struct sockaddr *) &address, size);
}

static long
connect_abstract (void)
{
  struct sockaddr_un address;
  socklen_t size = unix_address (&address, drill_path ("abstract"), 1);

  return connect (DRILL_UNIX_SOCKET, (struct sockaddr *) &address, size);
}

static long
bind_socket (void)
{
  struct sockaddr_un address;
  socklen_t size = unix_address (&address, drill_path ("bound"), 1);

  return bind (DRILL_UNIX_SOCKET, (struct sockaddr *) &address, size);
}

static long
socket_packet (void)
{
  return got_through (socket (AF_PACKET, SOCK_RAW, 0));
}

static long
socket_vsock (void)
{
  return socket (AF_VSOCK, SOCK_STREAM, 0) >= 0 || errno == EAFNOSUPPORT ? 0 : -1;
}

static long
socket_crypto (void)
{
  return socket (AF_ALG, SOCK_SEQPACKET, 0) >= 0 || errno == EAFNOSUPPORT ? 0 : -1;
}

static long
connect_control (void)
{
  struct sockaddr_un address;
  socklen_t size = unix_address (&address, drill_control (), 0);

  return connect (DRILL_UNIX_SOCKET, (struct sockaddr *) &address, size);
}

static long
connect_x11 (void)
{
  struct sockaddr_un address;
  socklen_t size = unix_address (&address, "/tmp/.X11-unix/X0", 1);

  /* Refused by nobody's listening is reached all the same. */
  return connect (DRILL_UNIX_SOCKET, (struct sockaddr *) &address, size) == 0 ||
                 errno == ECONNREFUSED
             ? 0
             : -1;
}

static void
canary_address (struct sockaddr_in *address)
{
  *address = (struct sockaddr_in) { .sin_family = AF_INET, .sin_port = htons (drill_port ()) };
  address->sin_addr.s_addr = htonl (INADDR_LOOPBACK);
}

/* A listening socket, as the display process has for shared consoles, turned around. */
static long
connect_listener (void)
{
  struct sockaddr_in address;

  canary_address (&address);
  shutdown (DRILL_TCP_LISTENER, SHUT_RDWR);
  return connect (DRILL_TCP_LISTENER, (struct sockaddr *) &address, sizeof address);
}

/* The same without connect (): TCP fast open connects as it sends. */
static long
send_from_listener (void)
{
  struct sockaddr_in address;

  canary_address (&address);
  shutdown (DRILL_TCP_LISTENER, SHUT_RDWR);
  return sendto (DRILL_TCP_LISTENER, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL,
                 (struct sockaddr *) &address, sizeof address);
}

static long
send_message_from_listener (void)
{
  struct sockaddr_in address;
  struct iovec data = { "x", 1 };
  struct msghdr message = {
    .msg_name = &address, .msg_namelen = sizeof address, .msg_iov = &data, .msg_iovlen = 1
  };

  canary_address (&address);
  shutdown (DRILL_TCP_LISTENER, SHUT_RDWR);
  return sendmsg (DRILL_TCP_LISTENER, &message, MSG_FASTOPEN | MSG_NOSIGNAL);
}

static long
rebind_listener (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  int listens = 1;
  socklen_t size = sizeof listens;
  int is_shut = shutdown (DRILL_TCP_LISTENER, SHUT_RDWR) == 0;

  if (bind (DRILL_TCP_LISTENER, (struct sockaddr *) &address, sizeof address) == 0)
    return 0;
  if (listen (DRILL_TCP_LISTENER, 1) != 0)
    return -1;
  /* A filter may say so and not do it. AppArmor lets a process that may not listen on a socket not
   * ask either: EACCES, which no filter of ours says. */
  if (getsockopt (DRILL_TCP_LISTENER, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 &&
      errno == EACCES)
    return -1;
  errno = EPERM;
  /* One that SELinux did not let us shut listens where it did before: not at another address. */
  return is_shut && listens ? 0 : -1;
}

/* A pair of datagram sockets may send to any other by name: loggers, service managers. */
static long
send_datagram (void)
{
  struct sockaddr_un address;
  socklen_t size = unix_address (&address, drill_path ("datagrams"), 0);
  struct iovec data = { "x", 1 };
  struct msghdr message = {
    .msg_name = &address, .msg_namelen = size, .msg_iov = &data, .msg_iovlen = 1
  };
  int pair[2];

  if (socketpair (AF_UNIX, SOCK_DGRAM, 0, pair) != 0)
    return -1;
  return sendmsg (pair[0], &message, MSG_NOSIGNAL);
}

static long
send_abstract_datagram (void)
{
  struct sockaddr_un address;
  socklen_t size = unix_address (&address, drill_path ("datagrams"), 1);
  int pair[2];

  if (socketpair (AF_UNIX, SOCK_DGRAM, 0, pair) != 0)
    return -1;
  return sendto (pair[0], "x", 1, MSG_NOSIGNAL, (struct sockaddr *) &address, size);
}

const DrillAttempt drill_sockets[] = { DRILL_SOCKETS (DRILL_ROW) { NULL } };
