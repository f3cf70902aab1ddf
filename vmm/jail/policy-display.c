/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What vitrine-display may do until it calls sandbox_lock_display (), which takes the opening of
 * files, execution and new code away as well. Data only; read by vitrine-vmm and the shim.
 */
#include "policy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/prctl.h>
#include <sys/socket.h>

static const PolicyCall calls[] = {
  /* Sockets: the link to vmm, QEMU's D-Bus, the viewers; the listening one is handed in */
  ALLOW (accept4, "viewers, on the listening socket handed in"),
  ALLOW (recvmsg, "D-Bus and the glass protocol, with descriptors"),
  ALLOW_IF (sendmsg, "D-Bus and the glass protocol, with descriptors", NO_FAST_OPEN (2)),
  ALLOW (recvfrom, "D-Bus authentication"),
  ALLOW_IF (sendto, "D-Bus authentication", NO_FAST_OPEN (3), IS (4, 0)),
  ALLOW (sendfile, "frames to viewers, from the memory they are in"),
  ALLOW (getsockopt, "type and peer of a socket"),
  ALLOW (getsockname, "family of a socket"),
  ALLOW (getpeername, "family of a socket"),
  ALLOW (shutdown, "closing a connection"),
  ALLOW_IF (setsockopt, "room for frames", IS (1, SOL_SOCKET), IS (2, SO_SNDBUF)),
  ALLOW_IF (setsockopt, "viewers' pictures do not wait", IS (1, IPPROTO_TCP), IS (2, TCP_NODELAY)),
  ALLOW_IF (setsockopt, "stuck viewers", IS (1, IPPROTO_TCP), IS (2, TCP_USER_TIMEOUT)),
  ALLOW_IF (setsockopt, "viewers that are gone", IS (1, SOL_SOCKET), IS (2, SO_KEEPALIVE)),
  ALLOW_IF (setsockopt, "viewers that are gone", IS (1, IPPROTO_TCP), IS (2, TCP_KEEPIDLE)),
  ALLOW_IF (setsockopt, "viewers that are gone", IS (1, IPPROTO_TCP), IS (2, TCP_KEEPINTVL)),
  ALLOW_IF (socketpair,
            "listeners that QEMU is given, channels of the SPICE library",
            IS (0, AF_UNIX),
            STREAM_TYPE (1)),
  REFUSE_IF (setsockopt,
             EOPNOTSUPP,
             "the SPICE library tries it on our socket pairs, which do not know it",
             IS (1, IPPROTO_TCP),
             IS (2, TCP_CORK)),
  REFUSE_IF (setsockopt,
             EOPNOTSUPP,
             "the SPICE library wants its sound to go first, on socket pairs",
             IS (1, SOL_SOCKET),
             IS (2, SO_PRIORITY)),
  REFUSE_IF (setsockopt, EOPNOTSUPP, "as SO_PRIORITY", IS (1, IPPROTO_IP), IS (2, IP_TOS)),
  REFUSE (socket,
          EPERM,
          "libsasl, which the SPICE library starts, would write to the system's log"),

  /* Frames */
  ALLOW (memfd_create, "the framebuffer that viewers map"),
  ALLOW (ftruncate, "its size"),
  REFUSE (statfs, ENOENT, "libselinux looks for itself"),

  /* Its own second filter, which can only take more away */
  SECOND_FILTER ("the second filter"),
  { .action = CALL_END },
};

static const PolicyPath paths[] = {
  { PATH_END },
};

const Policy policy_display = {
  .name = "display",
  .calls = calls,
  .paths = paths,
  .file_size_max = 1ull << 30, /* shared memory counts: frames of 16384 x 16384 pixels */
  .open_files_max = 4096,
  .threads_max = 64,
};
