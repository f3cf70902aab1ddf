/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The layers that are properties of the process: its parent, descriptors, limits and privileges.
 * Runs in the shim.
 */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int
shim_follow_parent (const ShimOrder *order)
{
  struct pollfd starter = { .fd = order->status_fd, .events = POLLIN };

  if (prctl (PR_SET_PDEATHSIG, SIGKILL) != 0)
    return shim_fail ("Cannot tie the program's life to vitrine-vmm: %s", strerror (errno));
  /* A death before the line above sent no signal; it closed the other end of our socket. */
  if (poll (&starter, 1, 0) != 0)
    return shim_fail ("vitrine-vmm is gone");
  if (!order->namespaces)
    setsid (); /* bubblewrap has done it; no terminal to type into */
  return 0;
}

static int
compare (const void *a, const void *b)
{
  return *(const int *) a - *(const int *) b;
}

int
shim_close_others (const ShimOrder *order)
{
  int stay[SHIM_FDS_MAX + 2];
  unsigned n = order->n_keep;
  int next = 3;

  /* Whatever the program opens first must not become its standard output. */
  for (int fd = 0; fd < 3; fd++)
    if (fcntl (fd, F_GETFD) < 0 && open ("/dev/null", O_RDWR) != fd)
      return shim_fail ("Cannot open /dev/null: %s", strerror (errno));
  memcpy (stay, order->keep, n * sizeof *stay);
  stay[n++] = order->binary_fd;
  stay[n++] = order->status_fd;
  qsort (stay, n, sizeof *stay, compare);
  for (unsigned i = 0; i <= n; i++)
    {
      unsigned last = i < n ? (unsigned) stay[i] - 1 : ~0u;

      if (last >= (unsigned) next && syscall (SYS_close_range, next, last, 0) != 0)
        return shim_fail ("Cannot close inherited descriptors: %s", strerror (errno));
      if (i < n)
        next = stay[i] + 1;
    }
  return 0;
}

static int
limit (int resource, rlim_t value, const char *what)
{
  struct rlimit now;

  if (getrlimit (resource, &now) != 0)
    return shim_fail ("Cannot read the limit of %s: %s", what, strerror (errno));
  if (now.rlim_max < value)
    value = now.rlim_max;
  now.rlim_cur = now.rlim_max = value;
  if (setrlimit (resource, &now) != 0)
    return shim_fail ("Cannot limit %s: %s", what, strerror (errno));
  return 0;
}

/* Moves the program's descriptor just above the limit of open files, so that once it is executed
 * (and the descriptor closed by that) its number is out of reach for good: the filter lets only
 * this number be executed. */
static int
park_binary (ShimOrder *order)
{
  struct rlimit files;
  int parked;

  if (getrlimit (RLIMIT_NOFILE, &files) != 0)
    return shim_fail ("Cannot read the limit of open files: %s", strerror (errno));
  if (files.rlim_max > order->policy->open_files_max)
    files.rlim_max = order->policy->open_files_max + 1;
  files.rlim_cur = files.rlim_max;
  if (setrlimit (RLIMIT_NOFILE, &files) != 0)
    return shim_fail ("Cannot limit open files: %s", strerror (errno));
  parked = fcntl (order->binary_fd, F_DUPFD_CLOEXEC, (int) files.rlim_max - 1);
  if (parked < 0)
    return shim_fail ("Cannot move the program's descriptor: %s", strerror (errno));
  close (order->binary_fd);
  order->binary_fd = parked;
  return limit (RLIMIT_NOFILE, parked, "open files");
}

int
shim_limit_resources (ShimOrder *order)
{
  const Policy *policy = order->policy;

  /* A core file would hold the guest's memory. */
  if (limit (RLIMIT_CORE, 0, "core files") != 0 ||
      limit (RLIMIT_MSGQUEUE, 0, "message queues") != 0 ||
      limit (RLIMIT_RTPRIO, 0, "real-time priority") != 0 ||
      limit (RLIMIT_NICE, 0, "priority") != 0)
    return -1;
  if (park_binary (order) != 0)
    return -1;
  if (policy->file_size_max > 0 &&
      limit (RLIMIT_FSIZE, policy->file_size_max, "the size of files") != 0)
    return -1;
  if (policy->memory_max > 0 && order->bound_memory &&
      limit (RLIMIT_AS, policy->memory_max, "memory") != 0)
    return -1;
  /* Outside a user namespace this one counts all processes of the user. */
  if (order->namespaces && limit (RLIMIT_NPROC, policy->threads_max, "threads") != 0)
    return -1;
  return 0;
}

/* Whether no capability is left that could be used or come back. */
static bool
is_without_capabilities (void)
{
  struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
  struct __user_cap_data_struct data[2];

  if (syscall (SYS_capget, &header, data) != 0)
    return false;
  for (int i = 0; i < 2; i++)
    if ((data[i].effective | data[i].permitted | data[i].inheritable) != 0)
      return false;
  return true;
}

int
shim_drop_privileges (void)
{
  struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
  struct __user_cap_data_struct none[2] = { 0 };

  if (geteuid () == 0 || getuid () == 0 || getegid () == 0)
    return shim_fail ("A jailed program is never started as root");
  prctl (PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  /* Needs CAP_SETPCAP, so fails for an ordinary user, whose set no_new_privs makes worthless. */
  for (int cap = 0; prctl (PR_CAPBSET_READ, cap) >= 0; cap++)
    prctl (PR_CAPBSET_DROP, cap);
  if (syscall (SYS_capset, &header, none) != 0 || !is_without_capabilities ())
    return shim_fail ("Cannot drop all capabilities: %s", strerror (errno));
  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return shim_fail ("Cannot give up new privileges: %s", strerror (errno));
  return 0;
}
