/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Memory that could hold code, and limits. Runs jailed in vitrine-drill.
 */
#include "drill-attempts.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static long
map_memory (int protection)
{
  void *map = mmap (NULL, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  return map == MAP_FAILED ? -1 : 0;
}

static long
writable_code (void)
{
  return map_memory (PROT_READ | PROT_WRITE | PROT_EXEC);
}

static long
anonymous_code (void)
{
  return map_memory (PROT_READ | PROT_EXEC);
}

static long
protect_code (void)
{
  void *map = mmap (NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  return mprotect (map, 4096, PROT_READ | PROT_EXEC);
}

/* One file mapped twice, shared: writable here, code there. */
static long
shared_code (void)
{
  int fd = memfd_create ("code", MFD_CLOEXEC);
  void *map = fd >= 0 && ftruncate (fd, 4096) == 0
                  ? mmap (NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0)
                  : MAP_FAILED;

  if (fd >= 0)
    close (fd);
  return map == MAP_FAILED ? -1 : 0;
}

static long
raise_limit (void)
{
  struct rlimit now;

  getrlimit (RLIMIT_CORE, &now);
  return setrlimit (RLIMIT_CORE, &now);
}

static long
core_file (void)
{
  struct rlimit core;

  return getrlimit (RLIMIT_CORE, &core) == 0 && core.rlim_max == 0 ? -1 : 0;
}

/* More descriptors than any of its work needs. */
static long
many_descriptors (void)
{
  for (int i = 0; i < 8192; i++)
    if (fcntl (1, F_DUPFD_CLOEXEC, 0) < 0)
      return -1;
  return 0;
}

const DrillAttempt drill_memory[] = { DRILL_MEMORY (DRILL_ROW) { NULL } };
