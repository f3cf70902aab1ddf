/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Ways to files. Runs jailed in vitrine-drill; what it may damage is bait.
 */
#include "drill-attempts.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

static long
open_name (const char *path, int flags)
{
  return open (path, flags | O_CLOEXEC, 0600);
}

static long
read_etc (void)
{
  return open_name ("/etc/passwd", O_RDONLY);
}

static long
read_home (void)
{
  return open_name (drill_path ("secret"), O_RDONLY);
}

static long
write_home (void)
{
  return open_name (drill_path ("secret"), O_WRONLY);
}

static long
create_home (void)
{
  return open_name (drill_path ("new"), O_WRONLY | O_CREAT);
}

static long
create_tmp (void)
{
  char path[64];

  snprintf (path, sizeof path, "/tmp/vitrine-drill-%d", getpid ());
  if (open_name (path, O_WRONLY | O_CREAT) < 0)
    return -1;
  return unlink (path);
}

static long
make_folder (void)
{
  return mkdir (drill_path ("new-folder"), 0700);
}

static long
remove_file (void)
{
  return unlink (drill_path ("victim"));
}

static long
rename_file (void)
{
  char to[4096];

  snprintf (to, sizeof to, "%s", drill_path ("victim-2"));
  return rename (drill_path ("victim"), to);
}

static long
make_link (void)
{
  return symlink ("/etc/passwd", drill_path ("link"));
}

static long
change_mode (void)
{
  return chmod (drill_path ("secret"), 0644);
}

static long
truncate_file (void)
{
  return truncate (drill_path ("victim"), 0);
}

static long
list_root (void)
{
  return open_name ("/usr/bin", O_RDONLY | O_DIRECTORY);
}

static long
write_library (void)
{
  return open_name ("/usr/lib/x86_64-linux-gnu/libc.so.6", O_WRONLY);
}

static long
read_environment_of_parent (void)
{
  char path[64];

  snprintf (path, sizeof path, "/proc/%d/environ", getppid ());
  return open_name (path, O_RDONLY);
}

static long
read_maps (void)
{
  return open_name ("/proc/self/maps", O_RDONLY);
}

static long
open_terminal (void)
{
  return open_name ("/dev/ptmx", O_RDWR);
}

static long
read_shadow (void)
{
  return open_name ("/etc/shadow", O_RDONLY);
}

/* The real home of whoever runs Vitrine, never written to. */
static long
list_home (void)
{
  return open_name (drill_home (), O_RDONLY | O_DIRECTORY);
}

static long
read_neighbour (void)
{
  return open_name (drill_path ("neighbour.conf"), O_RDONLY);
}

static long
list_runtime (void)
{
  return open_name (drill_path ("."), O_RDONLY | O_DIRECTORY);
}

static long
read_init_root (void)
{
  return open_name ("/proc/1/root/etc/passwd", O_RDONLY);
}

static long
write_parent_memory (void)
{
  char path[64];

  snprintf (path, sizeof path, "/proc/%d/mem", getppid ());
  return open_name (path, O_RDWR);
}

static long
write_own_memory (void)
{
  return open_name ("/proc/self/mem", O_RDWR);
}

/* A disk that was handed over read-only, opened again for writing by its name in /proc. */
static long
reopen_writable (void)
{
  char path[64];

  snprintf (path, sizeof path, "/proc/self/fd/%d", DRILL_READ_ONLY_FILE);
  return open_name (path, O_RDWR);
}

static long
reopen_truncated (void)
{
  char path[64];

  snprintf (path, sizeof path, "/proc/self/fd/%d", DRILL_READ_ONLY_FILE);
  return open_name (path, O_RDONLY | O_TRUNC);
}

static long
change_mode_by_descriptor (void)
{
  return fchmod (DRILL_READ_ONLY_FILE, 0600);
}

static long
change_owner_by_descriptor (void)
{
  return fchown (DRILL_READ_ONLY_FILE, getuid (), getgid ());
}

static long
label_by_descriptor (void)
{
  return fsetxattr (DRILL_READ_ONLY_FILE, "user.drill", "1", 1, 0) == 0 || errno == ENOTSUP ? 0
                                                                                            : -1;
}

static long
link_by_descriptor (void)
{
  return linkat (DRILL_READ_ONLY_FILE, "", AT_FDCWD, drill_path ("link-2"), AT_EMPTY_PATH);
}

static long
make_device (void)
{
  return mknod (drill_path ("pipe"), S_IFIFO | 0600, 0);
}

static long
read_disks_of_host (void)
{
  return open_name ("/dev", O_RDONLY | O_DIRECTORY) >= 0 && access ("/dev/mem", F_OK) == 0 ? 0 : -1;
}

const DrillAttempt drill_files[] = { DRILL_FILES (DRILL_ROW) { NULL } };
