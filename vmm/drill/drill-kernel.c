/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Ways into the kernel: namespaces, rare calls, other tables of calls. Runs jailed in
 * vitrine-drill.
 */
#include "drill-attempts.h"

#include <linux/filter.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

static long
new_user_namespace (void)
{
  return unshare (CLONE_NEWUSER);
}

static long
clone_user_namespace (void)
{
  return drill_clone (CLONE_NEWUSER);
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
enter_namespace (void)
{
  return setns (DRILL_UNIX_SOCKET, 0) == 0 || errno == EINVAL ? 0 : -1;
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
  return got_through (syscall (SYS_io_uring_enter, DRILL_UNIX_SOCKET, 0, 0, 0, NULL, 0));
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
  return got_through (syscall (SYS_open_by_handle_at, DRILL_UNIX_SOCKET, NULL, 0));
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
type_into_terminal (void)
{
  return got_through (ioctl (0, TIOCSTI, "x"));
}

static long
read_kernel_log (void)
{
  return got_through (syscall (SYS_syslog, 3, NULL, 0));
}

static long
load_module (void)
{
  return got_through (syscall (SYS_finit_module, DRILL_READ_ONLY_FILE, "", 0));
}

static long
load_kernel (void)
{
  return got_through (syscall (SYS_kexec_load, 0, 0, NULL, 0));
}

static long
set_clock (void)
{
  struct timespec now;

  clock_gettime (CLOCK_REALTIME, &now);
  return got_through (clock_settime (CLOCK_REALTIME, &now));
}

static long
name_host (void)
{
  return got_through (sethostname ("drill", 5));
}

static long
use_ports (void)
{
  return got_through (syscall (SYS_ioperm, 0x80, 1, 1));
}

static long
change_segments (void)
{
  return got_through (syscall (SYS_modify_ldt, 0, NULL, 0));
}

static long
watch_files (void)
{
  return got_through (syscall (SYS_fanotify_init, 0, 0));
}

static long
add_swap (void)
{
  return got_through (syscall (SYS_swapon, "/nowhere", 0));
}

static long
account (void)
{
  return got_through (syscall (SYS_acct, NULL));
}

static long
supervise_calls (void)
{
  struct sock_filter allow = BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  struct sock_fprog program = { 1, &allow };

  prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return syscall (SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

static long
hidden_memory (void)
{
  return syscall (SYS_memfd_secret, 0) >= 0 || errno == ENOSYS ? 0 : -1;
}

const DrillAttempt drill_kernel[] = { DRILL_KERNEL (DRILL_ROW) { NULL } };
