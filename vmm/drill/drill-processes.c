/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Ways into other processes, to new ones and to other identities. Runs jailed in vitrine-drill.
 */
#include "drill-attempts.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <unistd.h>

static long
kill_parent (void)
{
  return kill (getppid (), 0);
}

static long
tgkill_parent (void)
{
  return syscall (SYS_tgkill, getppid (), getppid (), 0);
}

static long
queue_signal (void)
{
  siginfo_t info = { .si_code = SI_QUEUE };

  return syscall (SYS_rt_sigqueueinfo, getppid (), 0, &info);
}

static long
pidfd_parent (void)
{
  return syscall (SYS_pidfd_open, getppid (), 0);
}

static long
trace_parent (void)
{
  if (ptrace (PTRACE_SEIZE, getppid (), NULL, NULL) != 0)
    return -1;
  return ptrace (PTRACE_DETACH, getppid (), NULL, NULL) == 0 || errno == ESRCH ? 0 : -1;
}

static long
read_parent (void)
{
  char byte;
  struct iovec here = { &byte, 1 };
  struct iovec there = { (void *) environ[0], 1 };

  return process_vm_readv (getppid (), &here, 1, &there, 1, 0) == 1 || errno == EFAULT ? 0 : -1;
}

static long
fork_process (void)
{
  return drill_clone (0);
}

static long
vfork_process (void)
{
  pid_t pid = vfork ();

  if (pid == 0)
    _exit (0);
  return drill_wait (pid);
}

static long
clone3_process (void)
{
  unsigned long long arguments[8] = { [4] = SIGCHLD };
  pid_t pid = syscall (SYS_clone3, arguments, sizeof arguments);

  if (pid == 0)
    _exit (0);
  return drill_wait (pid);
}

static long
become_root (void)
{
  return setuid (getuid ());
}

static long
execute_path (void)
{
  execl ("/bin/true", "true", NULL);
  return -1;
}

static long
execute_library (void)
{
  execl ("/lib64/ld-linux-x86-64.so.2", "ld.so", "--help", NULL);
  return -1;
}

static int
copy_of_true (int number)
{
  char buffer[1 << 16];
  int from = open ("/bin/true", O_RDONLY);
  int fd = syscall (SYS_memfd_create, "true", 0);
  long n;

  while (from >= 0 && (n = read (from, buffer, sizeof buffer)) > 0)
    if (write (fd, buffer, n) != n)
      return -1;
  return number < 0 ? fd : fcntl (fd, F_DUPFD, number);
}

/* Its content does not matter inside: the refusal must come before the kernel reads it. */
static long
execute_memory (void)
{
  int fd = copy_of_true (-1);

  if (fd < 0)
    return -1;
  syscall (SYS_execveat, fd, "", (char *[]) { "x", NULL }, environ, AT_EMPTY_PATH);
  return errno == ENOEXEC ? 0 : -1;
}

/* The one form of execveat that the filter knows, with a descriptor at every number there can be.
 */
static long
execute_like_the_shim (void)
{
  struct rlimit files;
  int fd;

  if (getrlimit (RLIMIT_NOFILE, &files) != 0)
    return 0;
  fd = copy_of_true (files.rlim_cur - 1);
  for (long number = files.rlim_cur + 4; number >= 3; number--)
    {
      if (fd >= 0 && number < fd)
        break;
      syscall (SYS_execveat, number, "", (char *[]) { "x", NULL }, environ,
               AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW);
      if (errno == ENOEXEC)
        return 0;
    }
  errno = EPERM;
  return -1;
}

static long
outlive_parent (void)
{
  return prctl (PR_SET_PDEATHSIG, 0);
}

static long
be_root (void)
{
  return getuid () == 0 || geteuid () == 0 || getegid () == 0 ? 0 : -1;
}

/* Everything but 0, 1, 2 and the socket that the test hands in. */
static long
inherited_descriptors (void)
{
  struct rlimit files;
  long limit;

  getrlimit (RLIMIT_NOFILE, &files);
  limit = files.rlim_cur < 70000 ? (long) files.rlim_cur + 8 : 70000;
  for (int fd = DRILL_DESCRIPTORS_END; fd < limit; fd++)
    if (fcntl (fd, F_GETFD) >= 0)
      return fd;
  return -1;
}

static long
inherited_environment (void)
{
  return getenv ("ESCAPE_SECRET") != NULL ? 0 : -1;
}

static long
write_parent (void)
{
  char byte = 0;
  struct iovec here = { &byte, 1 };
  struct iovec there = { (void *) environ[0], 1 };

  return process_vm_writev (getppid (), &here, 1, &there, 1, 0) == 1 || errno == EFAULT ? 0 : -1;
}

static long
steal_descriptor (void)
{
  return got_through (syscall (SYS_pidfd_getfd, DRILL_UNIX_SOCKET, 0, 0));
}

static long
signal_everybody (void)
{
  return kill (-1, 0);
}

static long
signal_init (void)
{
  return kill (1, 0);
}

static long
raise_priority (void)
{
  return setpriority (PRIO_PROCESS, 0, 5) == 0 ? 0 : -1;
}

static long
real_time (void)
{
  struct sched_param parameters = { .sched_priority = 1 };

  return got_through (sched_setscheduler (0, SCHED_FIFO, &parameters));
}

static long
share_with_parent (void)
{
  return got_through (syscall (SYS_kcmp, getpid (), getppid (), 0, 0, 0));
}

const DrillAttempt drill_processes[] = { DRILL_PROCESSES (DRILL_ROW) { NULL } };
