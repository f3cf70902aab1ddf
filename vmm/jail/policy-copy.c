/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What `vitrine-vmm --copy-disk` goes on doing once it has locked itself in
 * (vmm/backup/copy-lock.c): no jail's table, for it has no jail but this, which it puts on when all
 * that it needs is open. Data only; read by vitrine-vmm.
 */
#include "policy.h"

#include <sys/mman.h>
#include <sys/socket.h>

static const PolicyCall calls[] = {
  ALLOW (recvfrom, "what the disk holds"),
  ALLOW_IF (sendto, "requests; the socket is connected", NO_FAST_OPEN (3), IS (4, 0)),
  ALLOW (pwrite64, "the file"),
  ALLOW (fsync, "the file, on the medium"),
  ALLOW (write, "per cents, and a last sentence"),
  ALLOW (close, FOR ("a failure half-way") "what is done with"),
  ALLOW (futex, FOR ("another libc's last sentence") "locks of libc"),
  ALLOW (brk, "heap"),
  ALLOW (munmap, "heap"),
  ALLOW (mremap, FOR ("a block of memory that grows large") "heap"),
  ALLOW_IF (mmap, "heap", BITS (2, PROT_EXEC, 0)),
  ALLOW_IF (mprotect, FOR ("another libc's heap") "heap", BITS (2, PROT_EXEC, 0)),
  ALLOW (exit_group, "the end"),
  { .action = CALL_END },
};

const Policy policy_copy = {
  .name = "copy",
  .calls = calls,
  .alone = 1,
};
