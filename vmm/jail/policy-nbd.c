/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What vitrine-nbd may do until it calls sandbox_lock_nbd (), which takes the opening of files,
 * execution and new code away as well: use the sockets that it was handed. It has no network of its
 * own. Data only; read by vitrine-vmm and the shim.
 */
#include "policy.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>

static const PolicyCall calls[] = {
  ALLOW (recvmsg, "vmm's orders, with descriptors"),
  ALLOW_IF (sendmsg, "requests, replies, reports", NO_FAST_OPEN (2)),
  ALLOW (recvfrom, "requests and replies"),
  ALLOW (getsockopt, "type of the link"),

  REFUSE (statfs, ENOENT, "libselinux looks for itself"),

  /* Its own second filter, which can only take more away */
  SECOND_FILTER ("the second filter"),
  { .action = CALL_END },
};

static const PolicyPath paths[] = {
  { PATH_END },
};

const Policy policy_nbd = {
  .name = "nbd",
  .calls = calls,
  .paths = paths,
  .file_size_max = 4096, /* writes no file */
  .open_files_max = 64,
  .threads_max = 8,
  .memory_max = 1ull << 30,
};
