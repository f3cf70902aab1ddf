/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What qemu-img may do: read or make one image, by descriptor. It speaks to nobody: no sockets, no
 * native asynchronous I/O. Data only; read by vitrine-vmm and the shim.
 */
#include "policy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/prctl.h>

static const PolicyCall calls[] = {
  ALLOW (pwrite64, "image I/O"),
  ALLOW (pwritev, "image I/O"),
  ALLOW (fdatasync, "flush"),
  ALLOW (ftruncate, "size of a new image"),
  ALLOW_IF (fcntl, "can this file be locked", IS (1, F_OFD_GETLK)),
  ALLOW_IF (fcntl, "lock of an image", IS (1, F_OFD_SETLK)),
  ALLOW (signalfd4, "signals in the main loop"),
  ALLOW (membarrier, FOR ("QEMU built with membarrier") "orders memory between threads"),
  ALLOW_IF (prctl, "precise timers", IS (0, PR_SET_TIMERSLACK)),
  REFUSE (io_uring_setup, ENOSYS, "its main loop tries io_uring, which passes by the filter"),
  REFUSE_IF (ioctl, ENOTTY, "extent size of a new image", IS (1, FS_IOC_FSGETXATTR)),
  REFUSE (getcwd, EPERM, "the working folder is /"),
  REFUSE (get_mempolicy, ENOSYS, "placement of memory on NUMA nodes"),
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
