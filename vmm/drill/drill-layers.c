/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What one layer alone refuses: the mount namespace shows these files and the user may open them,
 * so that Landlock is what keeps them shut; the calls need no right that another layer takes away,
 * so that the filter is what refuses them. Runs jailed in vitrine-drill; harms nothing where it
 * works.
 */
#include "drill-attempts.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/socket.h>

/* 0 if it could be opened. */
static long
try_open (const char *path, int flags)
{
  int fd = open (path, flags | O_CLOEXEC);

  if (fd < 0)
    return -1;
  close (fd);
  return 0;
}

static long
list_libraries (void)
{
  return try_open ("/usr/lib", O_RDONLY | O_DIRECTORY);
}

static long
write_random (void)
{
  return try_open ("/dev/urandom", O_WRONLY);
}

static long
writable_code_too (void)
{
  void *map =
      mmap (NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  return map == MAP_FAILED ? -1 : 0;
}

static long
local_socket (void)
{
  return socket (AF_UNIX, SOCK_STREAM, 0);
}

/* Only asks; but the filter ends whoever calls it. */
static long
ask_personality (void)
{
  return personality (0xffffffff);
}

const DrillAttempt drill_layers[] = { DRILL_LAYERS (DRILL_ROW) { NULL } };
