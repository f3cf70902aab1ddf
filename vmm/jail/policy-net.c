/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What vitrine-net may do until it calls sandbox_lock_net (), which takes the opening of files,
 * execution and new code away as well. It is the one jail with the host's network: the filter
 * cannot see addresses, so that which of them is reached is vitrine-net's own policy
 * (docs/SECURITY.md says what follows). Data only; read by vitrine-vmm and the shim.
 */
#include "policy.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#define TYPE_MASK 0xf
#define IS_TYPE(n, type) BITS (n, TYPE_MASK, type)

static const PolicyCall calls[] = {
  /* Sockets of the guest's connections: TCP, UDP and ping, never raw, never local, never listening
   */
  ALLOW_IF (socket, "TCP", IS (0, AF_INET), IS_TYPE (1, SOCK_STREAM), IS (2, 0)),
  ALLOW_IF (socket, "TCP", IS (0, AF_INET6), IS_TYPE (1, SOCK_STREAM), IS (2, 0)),
  ALLOW_IF (socket, "UDP", IS (0, AF_INET), IS_TYPE (1, SOCK_DGRAM), IS (2, 0)),
  ALLOW_IF (socket, "UDP", IS (0, AF_INET6), IS_TYPE (1, SOCK_DGRAM), IS (2, 0)),
  ALLOW_IF (socket, "ping", IS (0, AF_INET), IS_TYPE (1, SOCK_DGRAM), IS (2, IPPROTO_ICMP)),
  ALLOW_IF (socket,
            FOR ("a libslirp that forwards ICMPv6") "ping",
            IS (0, AF_INET6),
            IS_TYPE (1, SOCK_DGRAM),
            IS (2, IPPROTO_ICMPV6)),
  ALLOW (connect, "the guest's TCP connections; each destination is judged before"),
  ALLOW (accept4, "clients of a forward, on the listening socket handed in"),
  ALLOW (sendto, "the guest's datagrams"),
  ALLOW (recvfrom, "what comes back"),
  ALLOW (recvmsg, "vmm's orders, with descriptors; errors of datagrams"),
  ALLOW (sendmsg, "reports to vmm"),
  ALLOW (recvmmsg, "frames of the guest, many at once"),
  ALLOW (sendmmsg, "frames for the guest, many at once"),
  ALLOW (shutdown, "one end of a connection is over"),
  ALLOW (getsockopt, "how a connection went"),
  ALLOW (getsockname, FOR ("another libslirp") "it looks up its own socket"),
  ALLOW (getpeername, "is a connection made"),
  ALLOW (dup3, "a listening socket in the place of one that libslirp made"),
  ALLOW_IF (ioctl, "how long is the next datagram", IS (1, FIONREAD)),
  ALLOW_IF (setsockopt, "a port may be used again", IS (1, SOL_SOCKET), IS (2, SO_REUSEADDR)),
  ALLOW_IF (setsockopt, "urgent data", IS (1, SOL_SOCKET), IS (2, SO_OOBINLINE)),
  ALLOW_IF (setsockopt, "data does not wait", IS (1, IPPROTO_TCP), IS (2, TCP_NODELAY)),
  REFUSE_IF (setsockopt, EPERM, "libslirp sets hop counts where it can", IS (1, IPPROTO_IP)),
  REFUSE_IF (setsockopt, EPERM, "as IPPROTO_IP", IS (1, IPPROTO_IPV6)),

  REFUSE (statfs, ENOENT, "libselinux looks for itself"),

  /* Its own second filter, which can only take more away */
  SECOND_FILTER ("the second filter"),
  { .action = CALL_END },
};

static const PolicyPath paths[] = {
  { PATH_END },
};

const Policy policy_net = {
  .name = "net",
  .calls = calls,
  .paths = paths,
  .host_network = 1,
  .file_size_max = 1ull << 40, /* captures, which vitrine-vmm bounds */
  .open_files_max = 1024,      /* a connection each */
  .threads_max = 16,
  .memory_max = 1ull << 30,
};
