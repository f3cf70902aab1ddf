/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What no table may ever come to allow, written down here once more, apart from the tables: ways
 * out of a jail, in every jail and situation; and memory that is writable and executable. Then the
 * kernel is asked whether it reads the filters as we do: it runs each call that a filter refuses or
 * kills for, which therefore does nothing.
 */
#include "policy-model.h"

#include <asm/prctl.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define OTHER_PROCESS 1
#define THREAD (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)
#define ADDRESS 0x7fff0000
#define HIGH (1ull << 32)

/* The policies that may, as bits of model_policies[]. */
#define NOBODY 0
#define QEMU (1 << 0)
#define DISPLAY (1 << 1)
#define NET (1 << 2)

typedef struct
{
  const char *what;
  Probe probe;
  unsigned allowed_to;
} Forbidden;

#define CALL(text, name, ...)                                                                      \
  {                                                                                                \
    text, { SCMP_SYS (name), { __VA_ARGS__ } }, NOBODY                                             \
  }
#define CALL_BUT(text, who, name, ...)                                                             \
  {                                                                                                \
    text, { SCMP_SYS (name), { __VA_ARGS__ } }, who                                                \
  }

static const Forbidden forbidden[] = {
  /* New connections */
  CALL ("local socket", socket, AF_UNIX, SOCK_STREAM, 0),
  CALL ("routing socket", socket, AF_NETLINK, SOCK_RAW, 0),
  CALL ("packet socket", socket, AF_PACKET, SOCK_RAW, 0),
  CALL ("raw socket", socket, AF_INET, SOCK_RAW, IPPROTO_ICMP),
  CALL ("raw IPv6 socket", socket, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6),
  CALL ("socket of virtual machines", socket, AF_VSOCK, SOCK_STREAM, 0),
  CALL ("kernel crypto socket", socket, AF_ALG, SOCK_SEQPACKET, 0),
  CALL ("SCTP", socket, AF_INET, SOCK_STREAM, IPPROTO_SCTP),
  CALL ("MPTCP", socket, AF_INET, SOCK_STREAM, IPPROTO_MPTCP),
  CALL_BUT ("TCP socket", NET, socket, AF_INET, SOCK_STREAM, 0),
  CALL_BUT ("UDP socket", NET, socket, AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0),
  CALL_BUT ("connection", NET, connect, 3, ADDRESS, 16),
  CALL ("address", bind, 3, ADDRESS, 16),
  CALL ("listening", listen, 3, 1),
  CALL ("old accept", accept, 3, 0, 0),
  CALL_BUT ("accept", QEMU | DISPLAY | NET, accept4, 3, 0, 0, 0),
  CALL_BUT ("datagram to an address", NET, sendto, 3, ADDRESS, 1, 0, ADDRESS, 16),
  CALL_BUT ("fast open by sendto", NET, sendto, 3, ADDRESS, 1, MSG_FASTOPEN, 0, 0),
  CALL_BUT ("fast open by sendmsg", NET, sendmsg, 3, ADDRESS, MSG_FASTOPEN),
  CALL_BUT ("many datagrams", NET, sendmmsg, 3, ADDRESS, 1, 0),
  CALL ("pair of datagram sockets", socketpair, AF_UNIX, SOCK_DGRAM, 0),
  CALL ("pair of TCP sockets", socketpair, AF_INET, SOCK_STREAM, 0),
  CALL ("routing of a socket", setsockopt, 3, SOL_SOCKET, SO_BINDTODEVICE),
  CALL ("filter on a socket", setsockopt, 3, SOL_SOCKET, SO_ATTACH_FILTER),
  CALL ("protocol on a connection", setsockopt, 3, IPPROTO_TCP, TCP_ULP),
  /* Programs and processes */
  CALL ("program", execve, ADDRESS, 0, 0),
  CALL ("program by another descriptor",
        execveat,
        3,
        ADDRESS,
        0,
        0,
        AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW),
  CALL ("program by its path", execveat, 4096, ADDRESS, 0, 0, 0),
  CALL ("process", fork, 0),
  CALL ("process", vfork, 0),
  CALL ("process by clone", clone, 17),
  CALL ("process that shares memory", clone, CLONE_VM | CLONE_VFORK | 17),
  CALL ("thread in a new namespace", clone, THREAD | CLONE_NEWUSER),
  CALL ("thread in a new network", clone, THREAD | CLONE_NEWNET),
  CALL ("clone3", clone3, ADDRESS, 88),
  CALL ("signal", kill, OTHER_PROCESS, 9),
  CALL ("signal to all", kill, (uint64_t) -1, 9),
  CALL ("signal to a thread", tkill, OTHER_PROCESS, 9),
  CALL ("signal to another process", tgkill, OTHER_PROCESS, OTHER_PROCESS, 9),
  CALL ("signal with data", rt_sigqueueinfo, OTHER_PROCESS, 9, ADDRESS),
  CALL ("signal with data", rt_tgsigqueueinfo, OTHER_PROCESS, OTHER_PROCESS, 9, ADDRESS),
  CALL ("limits of another process", prlimit64, OTHER_PROCESS, 7, 0, ADDRESS),
  CALL ("new limits", prlimit64, 0, 7, ADDRESS, 0),
  CALL ("new limits", setrlimit, 7, ADDRESS),
  CALL ("priority", setpriority, 0, 0, (uint64_t) -20),
  CALL ("scheduling", sched_setscheduler, 0, 1, ADDRESS),
  CALL ("processors", sched_setaffinity, OTHER_PROCESS, 8, ADDRESS),
  CALL ("session", setsid, 0),
  CALL ("process group", setpgid, 0, 0),
  CALL ("dumpable", prctl, PR_SET_DUMPABLE, 1),
  CALL ("tracer", prctl, PR_SET_PTRACER, (uint64_t) -1),
  CALL ("memory layout", prctl, PR_SET_MM, PR_SET_MM_EXE_FILE, 3),
  CALL ("ambient capability", prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 21),
  CALL ("kept capabilities", prctl, PR_SET_KEEPCAPS, 1),
  CALL ("life after the starter", prctl, PR_SET_PDEATHSIG, 0),
  CALL ("speculation", prctl, PR_SET_SPECULATION_CTRL, 0, PR_SPEC_ENABLE),
  CALL ("segment", arch_prctl, ARCH_SET_GS, ADDRESS),
  CALL ("listener of a filter", seccomp, 1, 8 /* SECCOMP_FILTER_FLAG_NEW_LISTENER */, ADDRESS),
  /* Files */
  CALL ("unlink", unlink, ADDRESS),
  CALL ("unlink", unlinkat, (uint64_t) AT_FDCWD, ADDRESS, 0),
  CALL ("rename", rename, ADDRESS, ADDRESS),
  CALL ("rename", renameat2, (uint64_t) AT_FDCWD, ADDRESS, (uint64_t) AT_FDCWD, ADDRESS, 0),
  CALL ("folder", mkdir, ADDRESS, 0700),
  CALL ("folder", mkdirat, (uint64_t) AT_FDCWD, ADDRESS, 0700),
  CALL ("link", link, ADDRESS, ADDRESS),
  CALL ("link of a descriptor", linkat, 3, ADDRESS, (uint64_t) AT_FDCWD, ADDRESS, AT_EMPTY_PATH),
  CALL ("symbolic link", symlink, ADDRESS, ADDRESS),
  CALL ("device", mknod, ADDRESS, 020600, 0),
  CALL ("device", mknodat, (uint64_t) AT_FDCWD, ADDRESS, 020600, 0),
  CALL ("mode", chmod, ADDRESS, 06755),
  CALL ("mode of a descriptor", fchmod, 3, 06755),
  CALL ("mode", fchmodat, (uint64_t) AT_FDCWD, ADDRESS, 06755),
  CALL ("owner", chown, ADDRESS, 0, 0),
  CALL ("owner of a descriptor", fchown, 3, 0, 0),
  CALL ("attribute", setxattr, ADDRESS, ADDRESS, ADDRESS, 1, 0),
  CALL ("attribute of a descriptor", fsetxattr, 3, ADDRESS, ADDRESS, 1, 0),
  CALL ("length by path", truncate, ADDRESS, 0),
  CALL ("emptying by opening", openat, (uint64_t) AT_FDCWD, ADDRESS, O_RDONLY | O_TRUNC),
  CALL ("emptying by opening", open, ADDRESS, O_RDWR | O_TRUNC | O_CLOEXEC),
  CALL ("emptying by creating", creat, ADDRESS, 0600),
  CALL ("times", utimensat, 3, 0, 0, 0),
  CALL ("open with a resolver", openat2, (uint64_t) AT_FDCWD, ADDRESS, ADDRESS, 24),
  CALL ("watch", inotify_init1, 0),
  CALL ("owner of a descriptor's signals", fcntl, 3, F_SETOWN, OTHER_PROCESS),
  CALL ("signal of a descriptor", fcntl, 3, F_SETSIG, 9),
  CALL ("asynchronous descriptor", fcntl, 3, F_SETFL, O_ASYNC),
  CALL ("lease", fcntl, 3, F_SETLEASE, F_WRLCK),
  CALL ("watch of a folder", fcntl, 3, F_NOTIFY, 1),
  CALL ("old lock", flock, 3, 2),
  CALL ("typing into a terminal", ioctl, 3, TIOCSTI, ADDRESS),
  CALL ("typing, number with high bits", ioctl, 3, HIGH | TIOCSTI, ADDRESS),
  CALL ("pasting into a console", ioctl, 3, TIOCLINUX, ADDRESS),
  CALL ("terminal of one's own", ioctl, 3, TIOCSCTTY, 0),
  CALL ("SCSI command", ioctl, 3, 0x2285 /* SG_IO */, ADDRESS),
  CALL ("network device", ioctl, 3, 0x400454ca /* TUNSETIFF */, ADDRESS),
  /* The kernel's rare parts */
  CALL ("io_uring", io_uring_setup, 8, ADDRESS),
  CALL ("shared memory", shmget, 1, 4096, 01777),
  CALL ("message queue", msgget, 1, 01777),
  CALL ("semaphores", semget, 1, 1, 01777),
  CALL ("POSIX message queue", mq_open, ADDRESS, O_CREAT | O_RDWR, 0777, 0),
  CALL ("pages between pipes", vmsplice, 3, ADDRESS, 1, 0),
  CALL ("pages between pipes", splice, 3, 0, 4, 0, 4096, 0),
  CALL ("pages of processes", move_pages, OTHER_PROCESS, 1, ADDRESS, 0, ADDRESS, 0),
  CALL ("Landlock", landlock_create_ruleset, ADDRESS, 8, 0),
  CALL ("timer that signals", timer_create, 0, ADDRESS, ADDRESS),
  CALL ("secret memory", memfd_secret, 0),
};

static void
each_filter (const Policy *policy,
             void (*each) (const Policy *policy, const PolicyTerms *terms, GArray *filter))
{
  ModelTables tables = model_tables (policy);

  for (unsigned i = 0; i < MODEL_SITUATIONS; i++)
    {
      g_autoptr (GArray) filter = model_compile (tables.list, &model_situations[i].terms);

      each (policy, &model_situations[i].terms, filter);
    }
}

static void
check_forbidden (const Policy *policy, const PolicyTerms *terms, GArray *filter)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (forbidden); i++)
    {
      const Forbidden *one = &forbidden[i];
      bool allowed = model_run (filter, AUDIT_ARCH_X86_64, &one->probe) == SECCOMP_RET_ALLOW;
      bool expected = false;

      for (unsigned k = 0; k < MODEL_POLICIES; k++)
        expected |= model_policies[k] == policy && (one->allowed_to & 1u << k) != 0;
      if (allowed != expected)
        g_error ("%s: %s is %s", policy->name, one->what, allowed ? "allowed" : "refused");
    }
}

static void
test_forbidden (gconstpointer data)
{
  each_filter (data, check_forbidden);
}

static bool
allows (GArray *filter, int call, uint64_t protection, uint64_t flags)
{
  Probe probe = { call, { 0, 4096, protection, flags } };

  return model_run (filter, AUDIT_ARCH_X86_64, &probe) == SECCOMP_RET_ALLOW;
}

/* Every protection with every kind of mapping. Code comes from files only, as private mappings that
 * are never writable, and nothing becomes code later. */
static void
check_code (const Policy *policy, const PolicyTerms *terms, GArray *filter)
{
  static const uint64_t extras[] = { 0, PROT_GROWSDOWN, PROT_GROWSUP, 8 /* PROT_SEM */, HIGH };
  Probe attach = { SCMP_SYS (shmat), { 0, 0, SHM_EXEC } };
  Probe remap = { SCMP_SYS (remap_file_pages), { ADDRESS, 4096, PROT_EXEC } };
  Probe read_is_execute = { SCMP_SYS (personality), { 0x0400000 } };

  if (terms->writable_code)
    return;
  g_assert_cmphex (model_run (filter, AUDIT_ARCH_X86_64, &attach), ==, model_otherwise (terms));
  g_assert_cmphex (model_run (filter, AUDIT_ARCH_X86_64, &remap), ==, model_otherwise (terms));
  g_assert_cmphex (model_run (filter, AUDIT_ARCH_X86_64, &read_is_execute), ==,
                   SECCOMP_RET_KILL_PROCESS);
  for (uint64_t protection = 0; protection < 8; protection++)
    for (unsigned extra = 0; extra < G_N_ELEMENTS (extras); extra++)
      {
        uint64_t asked = protection | extras[extra];
        bool code = (protection & PROT_EXEC) != 0;

        g_assert_cmpint (allows (filter, SCMP_SYS (mprotect), asked, 0), ==, !code);
        g_assert_false (code && allows (filter, SCMP_SYS (pkey_mprotect), asked, 0));
        for (uint64_t flags = 0; flags < 1 << 21; flags += flags < 64 ? 1 : flags)
          {
            bool private = (flags & MAP_TYPE) == MAP_PRIVATE && (flags & MAP_ANONYMOUS) == 0;

            g_assert_cmpint (allows (filter, SCMP_SYS (mmap), asked, flags), ==,
                             !code ||
                                 (!policy->alone && private && (protection & PROT_WRITE) == 0));
          }
      }
}

static void
test_no_writable_code (gconstpointer data)
{
  each_filter (data, check_code);
}

/* Everything below runs in a child, without privileges, with the filter in force. */
static long
attempt (const Probe *probe)
{
  const uint64_t *a = probe->arguments;

  return syscall (probe->call, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* Ends a child. Not by `_exit`: a sanitizer makes calls of its own before one that never returns,
 * which the filter refuses. */
static void
leave (int code)
{
  syscall (SYS_exit_group, code);
}

static void
put_in_force (GArray *filter)
{
  struct sock_fprog program = { (unsigned short) filter->len,
                                (struct sock_filter *) (void *) filter->data };

  if (geteuid () == 0 &&
      (setresgid (65534, 65534, 65534) != 0 || setresuid (65534, 65534, 65534) != 0))
    leave (4);
  if (prctl (PR_SET_DUMPABLE, 0) != 0 || prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
    leave (5);
}

/* The call that the kernel took otherwise than `bpf_run` is the child's last word. */
static void
attempt_refused (GArray *filter, GArray *refused, int report_fd)
{
  put_in_force (filter);
  for (guint i = 0; i < refused->len; i++)
    {
      const Probe *probe = &g_array_index (refused, Probe, i);
      int code = (int) (model_run (filter, AUDIT_ARCH_X86_64, probe) & SECCOMP_RET_DATA);

      errno = 0;
      /* One that is told that it went well has not been made either: 0 is no socket. */
      if (attempt (probe) != (code != 0 ? -1 : 0) || errno != code)
        leave (write (report_fd, probe, sizeof *probe) < 0 ? 3 : 1);
    }
  leave (0);
}

static int
end_of (pid_t pid)
{
  int status;

  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  return status;
}

static void
check_refused_by_kernel (GArray *filter, GArray *refused)
{
  Probe probe = { 0 };
  int ends[2], status;
  pid_t pid;

  g_assert_cmpint (pipe2 (ends, O_CLOEXEC), ==, 0);
  pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    attempt_refused (filter, refused, ends[1]);
  close (ends[1]);
  status = end_of (pid);
  if (read (ends[0], &probe, sizeof probe) == sizeof probe)
    {
      g_autofree char *call = model_describe (&probe, MODEL_ARGUMENTS);

      g_error ("The kernel does not refuse %s as the filter says", call);
    }
  close (ends[0]);
  g_assert_cmpint (status, ==, 0);
}

static void
check_killed_by_kernel (GArray *filter, const Probe *probe)
{
  pid_t pid = fork ();
  int status;

  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      put_in_force (filter);
      attempt (probe);
      leave (0);
    }
  status = end_of (pid);
  g_assert_true (WIFSIGNALED (status));
  g_assert_cmpint (WTERMSIG (status), ==, SIGSYS);
}

/* Calls that the filter does not let through, of every line and its neighbours. */
static void
collect (const PolicyCall *const *tables,
         const PolicyTerms *terms,
         GArray *filter,
         GArray *refused,
         GArray *killed)
{
  for (unsigned i = 0; tables[i] != NULL; i++)
    for (const PolicyCall *line = tables[i]; line->action != CALL_END; line++)
      {
        g_autoptr (GArray) probes = model_neighbours (line, terms);

        for (guint k = 0; k < probes->len; k++)
          {
            const Probe *probe = &g_array_index (probes, Probe, k);
            uint32_t verdict = model_run (filter, AUDIT_ARCH_X86_64, probe);

            if ((verdict & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO)
              g_array_append_val (refused, *probe);
            else if (verdict == SECCOMP_RET_KILL_PROCESS)
              g_array_append_val (killed, *probe);
          }
      }
}

static void
test_kernel (gconstpointer data)
{
  const Policy *policy = data;
  ModelTables tables = model_tables (policy);
  g_autoptr (GArray) filter = model_compile (tables.list, &model_situations[2].terms);
  g_autoptr (GArray) refused = g_array_new (FALSE, FALSE, sizeof (Probe));
  g_autoptr (GArray) killed = g_array_new (FALSE, FALSE, sizeof (Probe));
  Probe x32 = { SCMP_SYS (getpid) | 0x40000000 };

  collect (tables.list, &model_situations[2].terms, filter, refused, killed);
  for (unsigned i = 0; i < G_N_ELEMENTS (forbidden); i++)
    if ((model_run (filter, AUDIT_ARCH_X86_64, &forbidden[i].probe) & SECCOMP_RET_ACTION_FULL) ==
        SECCOMP_RET_ERRNO)
      g_array_append_val (refused, forbidden[i].probe);
  g_assert_cmpuint (refused->len, >, 100);
  g_assert_cmpuint (killed->len, >, 50);
  check_refused_by_kernel (filter, refused);
  g_array_append_val (killed, x32);
  for (guint i = 0; i < killed->len; i++)
    check_killed_by_kernel (filter, &g_array_index (killed, Probe, i));
}

int
main (int argc, char **argv)
{
  static const ModelTest tests[] = {
    { "forbidden", test_forbidden },
    { "no-writable-code", test_no_writable_code },
    { "kernel", test_kernel },
  };

  g_test_init (&argc, &argv, NULL);
  model_add_tests (tests, G_N_ELEMENTS (tests));
  return g_test_run ();
}
