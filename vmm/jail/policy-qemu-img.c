/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What qemu-img may do: read or make one image, by descriptor. It speaks to nobody: no sockets, no
 * native asynchronous I/O. Data only; read by vitrine-vmm and the shim.
 */
#include "policy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/cdrom.h>
#include <linux/fs.h>
#include <sys/prctl.h>

#define XFS_IOC_DIOINFO _IOR ('X', 30, char[12])

static const PolicyCall calls[] = {
  ALLOW (pwrite64, "image I/O"),
  ALLOW (preadv, "image I/O"),
  ALLOW (pwritev, "image I/O"),
  ALLOW (pwritev2, "writes past caches, of QEMU after 10.0"),
  ALLOW (fsync, "flush"),
  ALLOW (fdatasync, "flush"),
  ALLOW (fallocate, "preallocation and zeroes"),
  ALLOW (ftruncate, "size of a new image"),
  ALLOW (fstatfs, "alignment"),
  ALLOW_IF (fcntl, "can this file be locked", IS (1, F_OFD_GETLK)),
  ALLOW_IF (fcntl, "lock of an image", IS (1, F_OFD_SETLK)),
  ALLOW_IF (fcntl, "can this file be locked", IS (1, F_GETLK)),
  ALLOW (signalfd4, "signals in the main loop"),
  ALLOW (membarrier, "orders memory between threads"),
  ALLOW (rt_sigtimedwait, "signals in the main loop"),
  ALLOW_IF (prctl, "precise timers", IS (0, PR_SET_TIMERSLACK)),
  REFUSE (io_uring_setup, ENOSYS, "its main loop tries io_uring, which passes by the filter"),
  REFUSE_IF (ioctl, ENOTTY, "is this a block device", IS (1, BLKSSZGET)),
  REFUSE_IF (ioctl, ENOTTY, "is this a block device", IS (1, BLKPBSZGET)),
  REFUSE_IF (ioctl, ENOTTY, "is this a block device", IS (1, BLKGETSIZE64)),
  REFUSE_IF (ioctl, ENOTTY, "is this on XFS", IS (1, XFS_IOC_DIOINFO)),
  REFUSE_IF (ioctl, ENOTTY, "is this a CD drive", IS (1, CDROM_DRIVE_STATUS)),
  REFUSE_IF (ioctl, ENOTTY, "extent size of a new image", IS (1, FS_IOC_FSGETXATTR)),
  REFUSE_IF (ioctl, ENOTTY, "extent size of a new image", IS (1, FS_IOC_FSSETXATTR)),
  REFUSE_IF (ioctl, ENOTTY, "file attributes of a new image", IS (1, FS_IOC_GETFLAGS)),
  REFUSE_IF (ioctl, ENOTTY, "file attributes of a new image", IS (1, FS_IOC_SETFLAGS)),
  REFUSE (statfs, ENOENT, "libselinux looks for itself"),
  REFUSE (getcwd, EPERM, "the working folder is /"),
  REFUSE (fchdir, EPERM, "as getcwd"),
  REFUSE (getdents64, EPERM, "lists no folder"),
  REFUSE (get_mempolicy, ENOSYS, "placement of memory on NUMA nodes"),
  REFUSE (set_mempolicy, ENOSYS, "as get_mempolicy"),
  REFUSE (mbind, ENOSYS, "as get_mempolicy"),
  { .action = CALL_END },
};

static const PolicyPath paths[] = {
  { PATH_END },
};

const Policy policy_qemu_img = {
  .name = "qemu-img",
  .calls = calls,
  .paths = paths,
  .open_files_max = 256,
  .threads_max = 128,
};
