/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The part of the policies that all jailed programs share. Data only; read by vitrine-vmm and the
 * shim.
 *
 * No table may allow what opens a way out: socket, connect, bind, kill, ptrace, mounts, namespaces,
 * a new process. Opening files is allowed by name here and decided by Landlock and the mount
 * namespace; a program that needs no file once it runs (vitrine-display) locks that away itself.
 */
#include "policy.h"

#include <asm/prctl.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#ifndef F_ADD_SEALS
#define F_ADD_SEALS 1033
#define F_GET_SEALS 1034
#endif

#define WRITE_EXEC (PROT_WRITE | PROT_EXEC)
#define NEW_NAMESPACES                                                                             \
  (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |    \
   CLONE_NEWNET)
#define THREAD (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)

const PolicyCall policy_common_calls[] = {
  /* Starting */
  ALLOW_IF (execveat,
            "the shim starts the program: by a descriptor that cannot be made again, no magic link",
            IS_EXEC_FD (0),
            IS (4, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)),
  ALLOW_IF (arch_prctl, "libc sets up thread-local storage", IS (0, ARCH_SET_FS)),
  REFUSE_IF (arch_prctl,
             EINVAL,
             FOR ("glibc built for shadow stacks") "it asks for them",
             NOT (0, ARCH_SET_FS)),
  ALLOW (set_tid_address, "libc's start"),
  ALLOW (set_robust_list, "libc's start of a thread"),
  ALLOW (rseq, "libc's start of a thread"),
  ALLOW_IF (prlimit64,
            "libc reads the stack's limit; setting one is refused",
            IS (0, 0),
            IS (2, 0)),
  ALLOW (getuid, "who am I: libc's secure mode, D-Bus authentication"),
  ALLOW (geteuid, "as getuid"),
  ALLOW (getgid, "as getuid"),
  ALLOW (getegid, "as getuid"),
  ALLOW (getpid, "own number"),
  ALLOW (getppid, "own number"),
  ALLOW (gettid, "own number"),
  ALLOW (uname, "GLib and QEMU ask the kernel's version"),
  ALLOW (sysinfo, "libc sizes its sort buffers"),
  ALLOW (getrandom, "hash seeds, keys, the guest's random device"),

  /* Memory */
  ALLOW (brk, "heap"),
  ALLOW (munmap, "heap and mappings"),
  ALLOW (mremap, FOR ("a block of memory that grows large") "heap"),
  ALLOW (madvise, "heap; guest memory that the guest gave back; a frame in large pages"),
  ALLOW_IF (mmap, "data", BITS (2, PROT_EXEC, 0)),
  ALLOW_IF_WHEN (mmap,
                 WHEN_PROTECTED_CODE,
                 "code of libraries and modules: private mappings, never writable",
                 BITS (2, WRITE_EXEC, PROT_EXEC),
                 BITS (3, MAP_TYPE | MAP_ANONYMOUS, MAP_PRIVATE)),
  ALLOW_IF_WHEN (mmap,
                 WHEN_WRITABLE_CODE,
                 "libraries, and the translator's code",
                 BITS (2, PROT_EXEC, PROT_EXEC)),
  ALLOW_IF (mprotect, "read-only after relocation; heap arenas", BITS (2, PROT_EXEC, 0)),
  ALLOW_IF_WHEN (mprotect,
                 WHEN_WRITABLE_CODE,
                 "the translator's code",
                 BITS (2, PROT_EXEC, PROT_EXEC)),

  /* Files and descriptors it has */
  ALLOW_IF (openat,
            "libraries and data that Landlock leaves; it knows of emptying since Linux 6.2 only",
            BITS (2, O_TRUNC, 0)),
  ALLOW (access, "is a data file there"),
  ALLOW (readlink, "GLib and QEMU look for their own program file"),
  ALLOW (newfstatat, "size and type of a descriptor or a data file"),
  ALLOW (fstat, FOR ("glibc 2.39 and later") "size and type of a descriptor"),
  ALLOW (lseek, "size of a descriptor"),
  ALLOW (read, "I/O"),
  ALLOW (write, "I/O"),
  ALLOW (writev, "I/O"),
  ALLOW (pread64, "I/O"),
  ALLOW (close, "descriptors"),
  ALLOW_IF (fcntl, "copy a descriptor", IS (1, F_DUPFD_CLOEXEC)),
  ALLOW_IF (fcntl, "descriptor flags", IS (1, F_GETFD)),
  ALLOW_IF (fcntl, "descriptor flags", IS (1, F_SETFD)),
  ALLOW_IF (fcntl, "non-blocking", IS (1, F_GETFL)),
  ALLOW_IF (fcntl,
            "non-blocking; not O_ASYNC, which sends signals",
            IS (1, F_SETFL),
            BITS (2, O_ASYNC, 0)),
  ALLOW_IF (fcntl, "is shared memory sealed", IS (1, F_GET_SEALS)),
  ALLOW_IF (fcntl, "seal shared memory", IS (1, F_ADD_SEALS)),
  REFUSE_IF (ioctl, ENOTTY, "libc: is the output a terminal", IS (1, TCGETS)),
  REFUSE_IF (ioctl, ENOTTY, FOR ("KVM on Linux 6.1") "QEMU restores the terminal", IS (1, TCSETS)),

  /* Threads and signals */
  ALLOW_IF (clone,
            "threads, never processes or namespaces",
            BITS (0, THREAD | NEW_NAMESPACES, THREAD)),
  REFUSE (clone3, ENOSYS, "its flags lie in memory, out of the filter's sight; libc falls back"),
  ALLOW (exit, "end of a thread"),
  ALLOW (exit_group, "end of the program"),
  ALLOW (futex, "locks"),
  ALLOW (sched_yield, FOR ("threads that meet at a lock") "spinning locks"),
  ALLOW (sched_getaffinity, "how many processors"),
  ALLOW (rt_sigaction, "signal handlers"),
  ALLOW (rt_sigprocmask, "signal handlers"),
  ALLOW (rt_sigreturn, "signal handlers"),
  ALLOW (restart_syscall,
         FOR ("a sleep that a stop cut") "the kernel resumes an interrupted sleep"),
  ALLOW_IF (tgkill,
            FOR ("KVM, and a program that aborts") "waking own threads; nobody else",
            IS_SELF (0)),
  ALLOW_IF (prctl, "names of threads", IS (0, PR_SET_NAME)),
  REFUSE_IF (prctl,
             EPERM,
             FOR ("libcap of Debian 13") "at its start it counts the capabilities there are",
             IS (0, PR_CAPBSET_READ)),
  REFUSE (sched_getattr, EPERM, "GLib's thread pools look at priorities and go on without"),

  /* Time and waiting */
  ALLOW (clock_gettime, FOR ("a clock that the vDSO cannot read") "time"),
  ALLOW (clock_nanosleep, "sleep"),
  ALLOW (gettimeofday, FOR ("a clock that the vDSO cannot read") "time"),
  ALLOW (poll, "main loop"),
  ALLOW (ppoll, "main loop"),
  ALLOW (epoll_create1, "main loop"),
  ALLOW (epoll_ctl, FOR ("a machine of many queues") "QEMU's main loop, from 64 descriptors on"),
  ALLOW (epoll_wait, FOR ("a machine of many queues") "as epoll_ctl"),
  ALLOW (eventfd2, "waking the main loop"),
  { .action = CALL_END },
};

const PolicyCall policy_killed_calls[] = {
  KILL (ptrace, "takes over a process"),
  KILL (process_vm_readv, "reads another process"),
  KILL (process_vm_writev, "takes over a process"),
  KILL (process_madvise, "reaches into another process"),
  KILL (pidfd_open, "reaches another process"),
  KILL (pidfd_getfd, "steals another process's descriptors"),
  KILL (pidfd_send_signal, "signals another process"),
  KILL (kcmp, "probes kernel addresses"),
  KILL (bpf, "kernel attack surface"),
  KILL (perf_event_open, "kernel attack surface"),
  KILL (userfaultfd, "makes kernel races reliable"),
  KILL (io_uring_enter, "does I/O past the filter"),
  KILL (io_uring_register, "does I/O past the filter"),
  KILL (keyctl, "keyrings of the user"),
  KILL (add_key, "keyrings of the user"),
  KILL (request_key, "keyrings of the user"),
  KILL (mount, "changes what files are seen"),
  KILL (umount2, "changes what files are seen"),
  KILL (pivot_root, "changes what files are seen"),
  KILL (chroot, "changes what files are seen"),
  KILL (open_tree, "changes what files are seen"),
  KILL (move_mount, "changes what files are seen"),
  KILL (fsopen, "changes what files are seen"),
  KILL (fsconfig, "changes what files are seen"),
  KILL (fsmount, "changes what files are seen"),
  KILL (fspick, "changes what files are seen"),
  KILL (mount_setattr, "changes what files are seen"),
  KILL (setns, "enters another namespace"),
  KILL (unshare, "makes a namespace, with all capabilities in it"),
  KILL (kexec_load, "replaces the kernel"),
  KILL (kexec_file_load, "replaces the kernel"),
  KILL (init_module, "extends the kernel"),
  KILL (finit_module, "extends the kernel"),
  KILL (delete_module, "cuts the kernel"),
  KILL (reboot, "stops the machine"),
  KILL (swapon, "administration"),
  KILL (swapoff, "administration"),
  KILL (acct, "administration"),
  KILL (quotactl, "administration"),
  KILL (open_by_handle_at, "opens files past every folder"),
  KILL (name_to_handle_at, "prepares open_by_handle_at"),
  KILL (iopl, "the machine's ports"),
  KILL (ioperm, "the machine's ports"),
  KILL (modify_ldt, "kernel attack surface"),
  KILL (personality, "switches protections of memory off"),
  KILL (setuid, "changes identity"),
  KILL (setgid, "changes identity"),
  KILL (setreuid, "changes identity"),
  KILL (setregid, "changes identity"),
  KILL (setresuid, "changes identity"),
  KILL (setresgid, "changes identity"),
  KILL (setgroups, "changes identity"),
  KILL (capset, "changes capabilities"),
  KILL (settimeofday, "the machine's clock"),
  KILL (clock_settime, "the machine's clock"),
  KILL (syslog, "kernel addresses"),
  KILL (lookup_dcookie, "kernel attack surface"),
  KILL (fanotify_init, "watches others' files"),
  { .action = CALL_END },
};

const PolicyPath policy_common_paths[] = {
  { PATH_READ, "/usr/lib", "shared libraries, and modules of QEMU" },
  { PATH_READ, "/usr/lib64", "shared libraries" },
  { PATH_READ, "/lib", "shared libraries where /usr is not merged" },
  { PATH_READ, "/lib64", "the loader's fixed name" },
  { PATH_READ, "/etc/ld.so.cache", "where shared libraries are" },
  { PATH_EXECUTE, "/lib64/ld-linux-x86-64.so.2", "the kernel starts programs through the loader" },
  { PATH_DEVICE, "/dev/null", "standard input and output" },
  { PATH_READ, "/dev/urandom", "QEMU's and GLib's random numbers" },
  { PATH_END },
};
