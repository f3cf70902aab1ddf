/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the emulator may do (seen with QEMU 10.0 under strace, TCG and KVM). Data only; read by
 * vitrine-vmm and the shim. QEMU's own `-sandbox` comes on top of it.
 */
#include "policy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/cdrom.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>

static const PolicyCall calls[] = {
  /* Its sockets: QMP, the D-Bus display, the network peer; all handed in, none made */
  ALLOW (recvmsg, "QMP with descriptors; D-Bus"),
  ALLOW_IF (sendmsg, "QMP; D-Bus with descriptors", NO_FAST_OPEN (2)),
  ALLOW (recvfrom, "D-Bus authentication; network frames"),
  ALLOW_IF (sendto, "D-Bus authentication; network frames", NO_FAST_OPEN (3), IS (4, 0)),
  ALLOW (getsockopt, "type and peer of a socket handed in"),
  ALLOW (getsockname, "family of a socket handed in"),
  ALLOW (getpeername, "family of a socket handed in"),
  ALLOW (shutdown, "closing a D-Bus connection"),
  ALLOW (accept4, "readers of a backup, who speaks with the agent; on local sockets handed in"),
  REFUSE_IF (listen,
             0,
             "the socket of a backup listens already: not called, and told that it went well",
             IS (1, SOMAXCONN)),
  REFUSE_IF (listen, 0, "as the backup's, the agent's socket", IS (1, 1)),
  REFUSE (unlink,
          ENOENT,
          "QEMU would remove the socket of a backup, by the path that vmm bound it to"),
  REFUSE (setsockopt, EPERM, "QEMU tries zero-copy sending and goes on without"),
  ALLOW_IF (socketpair,
            FOR ("sound") "D-Bus and audio inside the process",
            IS (0, AF_UNIX),
            STREAM_TYPE (1)),

  /* Disks, all descriptors */
  ALLOW (pwrite64, "disk I/O"),
  ALLOW (preadv, "disk I/O"),
  ALLOW (pwritev, "disk I/O"),
  ALLOW (pwritev2, FOR ("QEMU after 10.0") "writes past caches"),
  ALLOW (fdatasync, "the guest's flush"),
  ALLOW (fallocate, "discard and zeroes"),
  ALLOW (ftruncate, "an image grows; shared memory"),
  ALLOW (fstatfs, "page size of memory files; alignment of disks"),
  ALLOW_IF (fcntl, "can this file be locked", IS (1, F_OFD_GETLK)),
  REFUSE (io_uring_setup, ENOSYS, "its main loop tries io_uring, which passes by the filter"),

  /* The machine */
  ALLOW (memfd_create, "guest memory, surfaces of the display"),
  ALLOW (membarrier, FOR ("QEMU built with membarrier") "orders memory between vCPU threads"),
  ALLOW (signalfd4, "signals in the main loop"),
  ALLOW_WHEN (rt_sigtimedwait, WHEN_KVM, FOR ("KVM") "vCPU kicks"),
  ALLOW_WHEN (rt_sigpending, WHEN_KVM, FOR ("KVM") "vCPU kicks"),
  ALLOW_IF (prctl, "precise timers", IS (0, PR_SET_TIMERSLACK)),
  ALLOW_IF (prctl, "broken memory pages become a guest's machine check", IS (0, PR_MCE_KILL)),
  ALLOW_IF_WHEN (ioctl,
                 WHEN_KVM,
                 FOR ("KVM") "on the descriptors handed in",
                 BITS (1, 0xff00, 0xae00)),
  REFUSE_IF (ioctl, ENOTTY, FOR ("a disk that is a block device") "its sectors", IS (1, BLKSSZGET)),
  REFUSE_IF (ioctl,
             ENOTTY,
             FOR ("a disk that is a block device") "as BLKSSZGET",
             IS (1, BLKPBSZGET)),
  REFUSE_IF (ioctl, ENOTTY, FOR ("a disk that is a block device") "its size", IS (1, BLKGETSIZE64)),
  REFUSE_IF (ioctl,
             ENOTTY,
             FOR ("a disk that is a block device") "is this a CD drive",
             IS (1, CDROM_DRIVE_STATUS)),
  REFUSE_IF (ioctl, ENOTTY, "extent size of a new image", IS (1, FS_IOC_FSGETXATTR)),
  REFUSE (get_mempolicy, ENOSYS, "placement of memory on NUMA nodes"),
  REFUSE (statfs, ENOENT, "libselinux looks for itself"),

  /* Its own -sandbox, which can only take more away */
  SECOND_FILTER ("QEMU's -sandbox"),
  { .action = CALL_END },
};

static const PolicyPath paths[] = {
  { PATH_READ, "/usr/share/qemu", "firmware and option ROMs" },
  { PATH_READ, "/usr/share/seabios", "the BIOS and video BIOSes" },
  { PATH_READ, "/usr/share/seavgabios", "video BIOSes, Fedora's place" },
  { PATH_READ, "/usr/share/ipxe", "network boot ROMs, Fedora's place" },
  { PATH_READ, "/etc/localtime", "a guest clock that runs on local time" },
  { PATH_END },
};

const Policy policy_qemu = {
  .name = "qemu",
  .calls = calls,
  .paths = paths,
  .open_files_max = 4096,
  .threads_max = 1024,
};
