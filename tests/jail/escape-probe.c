/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A program that has been taken over: tries one way out of the jail that it is started in, for
 * test-escape. Links libc only. Exits 0 if the way was closed, 1 if it was open, 2 if it was asked
 * wrongly; a jail may also kill it (SIGSYS). Outside a jail most attempts must find the way open,
 * or the test would prove nothing.
 *
 *   escape-probe ATTEMPT FOLDER      files and sockets to reach are in FOLDER
 *   escape-probe --list              NAME FLAGS a line; see `flags` below
 *   escape-probe wait                says READY, then waits for ever
 */
#include <asm/prctl.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Handed in by the test: a Unix socket, neither bound nor connected. */
#define SPARE_SOCKET 3

static const char *folder;

static const char *
in_folder (const char *name)
{
  static char path[4096];

  snprintf (path, sizeof path, "%s/%s", folder, name);
  return path;
}

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
  return open_name (in_folder ("secret"), O_RDONLY);
}

static long
write_home (void)
{
  return open_name (in_folder ("secret"), O_WRONLY);
}

static long
create_home (void)
{
  return open_name (in_folder ("new"), O_WRONLY | O_CREAT);
}

static long
create_tmp (void)
{
  char path[64];

  snprintf (path, sizeof path, "/tmp/escape-probe-%d", getpid ());
  if (open_name (path, O_WRONLY | O_CREAT) < 0)
    return -1;
  return unlink (path);
}

static long
make_folder (void)
{
  return mkdir (in_folder ("new-folder"), 0700);
}

static long
remove_file (void)
{
  return unlink (in_folder ("victim"));
}

static long
rename_file (void)
{
  char to[4096];

  snprintf (to, sizeof to, "%s", in_folder ("victim-2"));
  return rename (in_folder ("victim"), to);
}

static long
make_link (void)
{
  return symlink ("/etc/passwd", in_folder ("link"));
}

static long
change_mode (void)
{
  return chmod (in_folder ("secret"), 0644);
}

static long
truncate_file (void)
{
  return truncate (in_folder ("victim"), 0);
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
socket_inet (void)
{
  return socket (AF_INET, SOCK_STREAM, 0);
}

static long
socket_inet6 (void)
{
  return socket (AF_INET6, SOCK_DGRAM, 0);
}

static long
socket_unix (void)
{
  return socket (AF_UNIX, SOCK_STREAM, 0);
}

static long
socket_netlink (void)
{
  return socket (AF_NETLINK, SOCK_RAW, 0);
}

static long
socketpair_inet (void)
{
  int pair[2];

  /* Not supported anywhere; "open" is any other answer than a refusal by the filter. */
  return socketpair (AF_TIPC, SOCK_STREAM, 0, pair) == 0 || errno != EPERM ? 0 : -1;
}

static socklen_t
unix_address (struct sockaddr_un *address, const char *path, int is_abstract)
{
  *address = (struct sockaddr_un) { .sun_family = AF_UNIX };
  memcpy (address->sun_path + is_abstract, path, strnlen (path, sizeof address->sun_path - 2));
  return offsetof (struct sockaddr_un, sun_path) + is_abstract + strlen (path);
}

static long
connect_path (void)
{
  struct sockaddr_un address;
  socklen_t size = unix_address (&address, in_folder ("socket"), 0);

  return connect (SPARE_SOCKET, (struct sockaddr *) &address, size);
}

static long
connect_abstract (void)
{
  struct sockaddr_un address;
  socklen_t size = unix_address (&address, in_folder ("abstract"), 1);

  return connect (SPARE_SOCKET, (struct sockaddr *) &address, size);
}

static long
bind_socket (void)
{
  struct sockaddr_un address;
  socklen_t size = unix_address (&address, in_folder ("bound"), 1);

  return bind (SPARE_SOCKET, (struct sockaddr *) &address, size);
}

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
new_user_namespace (void)
{
  return unshare (CLONE_NEWUSER);
}

static long
wait_for (pid_t pid)
{
  return pid < 0 ? -1 : waitpid (pid, NULL, 0) == pid ? 0 : -1;
}

static long
clone_process (unsigned long flags)
{
  pid_t pid = syscall (SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, 0);

  if (pid == 0)
    _exit (0);
  return wait_for (pid);
}

static long
clone_user_namespace (void)
{
  return clone_process (CLONE_NEWUSER);
}

static long
clone_thread_namespace (void)
{
  /* The kernel refuses this pair as invalid; the filter must have refused it before. */
  return syscall (SYS_clone,
                  CLONE_NEWUSER | CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD,
                  NULL, NULL, NULL, 0) < 0 &&
                 errno == EPERM
             ? -1
             : 0;
}

static long
fork_process (void)
{
  return clone_process (0);
}

static long
vfork_process (void)
{
  pid_t pid = vfork ();

  if (pid == 0)
    _exit (0);
  return wait_for (pid);
}

static long
clone3_process (void)
{
  unsigned long long arguments[8] = { [4] = SIGCHLD };
  pid_t pid = syscall (SYS_clone3, arguments, sizeof arguments);

  if (pid == 0)
    _exit (0);
  return wait_for (pid);
}

static long
enter_namespace (void)
{
  return setns (SPARE_SOCKET, 0) == 0 || errno == EINVAL ? 0 : -1;
}

/* What only root could do: "open" is any answer that shows the kernel looked at it. */
static long
got_through (long result)
{
  return result >= 0 || errno != EPERM ? 0 : -1;
}

static long
mount_file_system (void)
{
  return got_through (mount ("none", "/", "tmpfs", 0, NULL));
}

static long
change_root (void)
{
  return got_through (chroot ("/"));
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

static long
outlive_parent (void)
{
  return prctl (PR_SET_PDEATHSIG, 0);
}

static long
raise_limit (void)
{
  struct rlimit now;

  getrlimit (RLIMIT_CORE, &now);
  return setrlimit (RLIMIT_CORE, &now);
}

static long
type_into_terminal (void)
{
  return got_through (ioctl (0, TIOCSTI, "x"));
}

static long
use_bpf (void)
{
  return got_through (syscall (SYS_bpf, 0, NULL, 0));
}

static long
use_perf (void)
{
  struct perf_event_attr attributes = { .size = sizeof attributes };

  return got_through (syscall (SYS_perf_event_open, &attributes, 0, -1, -1, 0));
}

static long
use_io_uring (void)
{
  struct io_uring_params parameters = { 0 };

  return syscall (SYS_io_uring_setup, 4, &parameters);
}

static long
enter_io_uring (void)
{
  return got_through (syscall (SYS_io_uring_enter, SPARE_SOCKET, 0, 0, 0, NULL, 0));
}

static long
use_userfaultfd (void)
{
  return got_through (syscall (SYS_userfaultfd, 1 /* UFFD_USER_MODE_ONLY */));
}

static long
use_keyring (void)
{
  return got_through (syscall (SYS_keyctl, 0, -3, 0));
}

static long
open_by_handle (void)
{
  return got_through (syscall (SYS_open_by_handle_at, SPARE_SOCKET, NULL, 0));
}

static long
change_personality (void)
{
  return syscall (SYS_personality, 0xffffffff);
}

/* getpid of the 32-bit table, which the filter's numbers do not fit. */
static long
call_as_32_bit (void)
{
  long result;

  __asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory");
  return result > 0 ? 0 : -1;
}

static long
call_as_x32 (void)
{
  return got_through (syscall (0x40000000 | SYS_getpid));
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
  for (int fd = SPARE_SOCKET + 1; fd < limit; fd++)
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
core_file (void)
{
  struct rlimit core;

  return getrlimit (RLIMIT_CORE, &core) == 0 && core.rlim_max == 0 ? -1 : 0;
}

/* Flags: o = open outside a jail (and proves that the attempt is sound); r = allowed where
 * writable_code was asked for. */
static const struct
{
  const char *name;
  long (*attempt) (void);
  const char *flags;
} attempts[] = {
  { "read-etc", read_etc, "o" },
  { "read-home", read_home, "o" },
  { "write-home", write_home, "o" },
  { "create-home", create_home, "o" },
  { "create-tmp", create_tmp, "o" },
  { "make-folder", make_folder, "o" },
  { "rename", rename_file, "o" },
  { "truncate", truncate_file, "-" },
  { "remove", remove_file, "-" },
  { "make-link", make_link, "o" },
  { "change-mode", change_mode, "o" },
  { "list-root", list_root, "o" },
  { "write-library", write_library, "-" },
  { "read-environment-of-parent", read_environment_of_parent, "-" },
  { "read-maps", read_maps, "o" },
  { "open-terminal", open_terminal, "o" },
  { "socket-inet", socket_inet, "o" },
  { "socket-inet6", socket_inet6, "o" },
  { "socket-unix", socket_unix, "o" },
  { "socket-netlink", socket_netlink, "o" },
  { "socketpair-inet", socketpair_inet, "o" },
  { "connect-path", connect_path, "o" },
  { "connect-abstract", connect_abstract, "o" },
  { "bind", bind_socket, "o" },
  { "kill-parent", kill_parent, "o" },
  { "tgkill-parent", tgkill_parent, "o" },
  { "queue-signal", queue_signal, "o" },
  { "pidfd", pidfd_parent, "o" },
  { "trace-parent", trace_parent, "-" },
  { "read-parent", read_parent, "-" },
  { "unshare", new_user_namespace, "o" },
  { "clone-namespace", clone_user_namespace, "o" },
  { "clone-thread-namespace", clone_thread_namespace, "o" },
  { "fork", fork_process, "o" },
  { "vfork", vfork_process, "o" },
  { "clone3", clone3_process, "o" },
  { "setns", enter_namespace, "o" },
  { "mount", mount_file_system, "-" },
  { "chroot", change_root, "-" },
  { "setuid", become_root, "o" },
  { "execute", execute_path, "-" },
  { "execute-loader", execute_library, "-" },
  { "execute-memory", execute_memory, "-" },
  { "execute-like-the-shim", execute_like_the_shim, "-" },
  { "writable-code", writable_code, "or" },
  { "anonymous-code", anonymous_code, "or" },
  { "protect-code", protect_code, "or" },
  { "outlive-parent", outlive_parent, "o" },
  { "raise-limit", raise_limit, "o" },
  { "type-into-terminal", type_into_terminal, "-" },
  { "bpf", use_bpf, "-" },
  { "perf", use_perf, "-" },
  { "io-uring", use_io_uring, "-" },
  { "io-uring-enter", enter_io_uring, "o" },
  { "userfaultfd", use_userfaultfd, "o" },
  { "keyring", use_keyring, "o" },
  { "open-by-handle", open_by_handle, "-" },
  { "personality", change_personality, "o" },
  { "32-bit", call_as_32_bit, "-" },
  { "x32", call_as_x32, "-" },
  { "root", be_root, "-" },
  { "descriptors", inherited_descriptors, "-" },
  { "environment", inherited_environment, "o" },
  { "core-file", core_file, "-" },
};

int
main (int argc, char **argv)
{
  if (argc == 2 && strcmp (argv[1], "--list") == 0)
    {
      for (unsigned i = 0; i < sizeof attempts / sizeof *attempts; i++)
        printf ("%s %s\n", attempts[i].name, attempts[i].flags);
      return 0;
    }
  if (argc == 2 && strcmp (argv[1], "wait") == 0)
    {
      if (write (1, "READY\n", 6) != 6)
        return 2;
      for (;;)
        pause ();
    }
  if (argc != 3)
    return 2;
  folder = argv[2];
  for (unsigned i = 0; i < sizeof attempts / sizeof *attempts; i++)
    if (strcmp (attempts[i].name, argv[1]) == 0)
      return attempts[i].attempt () < 0 ? 0 : 1;
  return 2;
}
