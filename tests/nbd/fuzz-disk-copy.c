/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Any bytes as those of the vitrine-nbd that shows a disk (B12): the whole of a copy. It ends, with an
 * image or a sentence.
 */
#include "backup/disk-copy.h"

#include "fds.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  autofd file = memfd_create ("copy", MFD_CLOEXEC);
  autofd nowhere = open ("/dev/null", O_WRONLY | O_CLOEXEC);
  autofd peer = -1, source = -1;
  int pair[2];

  if (size > 60000 || socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
    return 0;
  source = pair[0];
  peer = pair[1];
  g_assert_cmpint (send (peer, data, size, MSG_NOSIGNAL), ==, size);
  shutdown (peer, SHUT_WR);
  g_assert_cmpint (disk_copy_run (source, file, nowhere, nowhere), <=, 1);
  return 0;
}
