/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The list of the drill's ways: name, function, flags, and what completes "It tried to …". Read by
 * vitrine-drill, which has the functions, and by vitrine-vmm, which has to tell a person. Data
 * only.
 */
#pragma once

typedef enum
{
  /* Open without a jail, for a user: the tests see to it, so that a way which is closed in the jail
   * is closed by the jail. The others need root, or another moment, to be open. */
  DRILL_SOUND = 1 << 0,
  /* Software emulation needs it; open there by right, never under KVM. */
  DRILL_NEEDED_BY_TCG = 1 << 1,
  /* vitrine-net is the guest's way into the host's network; open there by right, nowhere else. Some
   * use sockets that this drill hands over and vitrine-net never holds. */
  DRILL_NEEDED_BY_NET = 1 << 2,
  /* QEMU's and qemu-img's images grow; open there by right, nowhere else. */
  DRILL_NEEDED_BY_DISKS = 1 << 3,
  /* Held by the guest's control group (threads by a user namespace too). Where this host gives
   * neither it is open, and shown as such. */
  DRILL_NEEDS_GROUP = 1 << 4,
} DrillFlags;

#define DRILL_FILES(X)                                                                             \
  X ("read-etc", read_etc, DRILL_SOUND, "read /etc/passwd")                                        \
  X ("read-shadow", read_shadow, 0, "read root's /etc/shadow")                                     \
  X ("read-home", read_home, DRILL_SOUND, "read a file of the user")                               \
  X ("list-home", list_home, 0, "list the user's home")                                            \
  X ("write-home", write_home, DRILL_SOUND, "write to a file of the user")                         \
  X ("create-home", create_home, DRILL_SOUND, "make a file in a folder of the user")               \
  X ("create-tmp", create_tmp, DRILL_SOUND, "make a file in /tmp")                                 \
  X ("make-folder", make_folder, DRILL_SOUND, "make a folder")                                     \
  X ("rename", rename_file, DRILL_SOUND, "rename a file of the user")                              \
  X ("truncate", truncate_file, 0, "empty a file of the user")                                     \
  X ("remove", remove_file, 0, "delete a file of the user")                                        \
  X ("make-link", make_link, DRILL_SOUND, "make a symbolic link")                                  \
  X ("make-pipe", make_device, DRILL_SOUND, "make a special file")                                 \
  X ("change-mode", change_mode, DRILL_SOUND, "open a file of the user to everybody")              \
  X ("list-root", list_root, DRILL_SOUND, "list the host's programs")                              \
  X ("write-library", write_library, 0, "write to a library that programs share")                  \
  X ("read-neighbour", read_neighbour, DRILL_SOUND, "read another guest's definition")             \
  X ("list-runtime", list_runtime, DRILL_SOUND, "list the folder of the guests' sockets")          \
  X ("read-init-root", read_init_root, 0, "reach the host's files through /proc/1")                \
  X ("read-environment-of-parent", read_environment_of_parent, 0,                                  \
     "read the supervisor's environment")                                                          \
  X ("write-parent-memory", write_parent_memory, 0, "open the supervisor's memory")                \
  X ("write-own-memory", write_own_memory, DRILL_SOUND, "write to its own code through /proc")     \
  X ("read-maps", read_maps, DRILL_SOUND, "learn where its own memory lies")                       \
  X ("reopen-writable", reopen_writable, DRILL_SOUND, "open a read-only disk again for writing")   \
  X ("reopen-truncated", reopen_truncated, DRILL_SOUND,                                            \
     "empty a read-only disk by opening it again")                                                 \
  X ("change-mode-by-descriptor", change_mode_by_descriptor, DRILL_SOUND,                          \
     "change the mode of a disk")                                                                  \
  X ("change-owner-by-descriptor", change_owner_by_descriptor, DRILL_SOUND,                        \
     "change the owner of a disk")                                                                 \
  X ("label-by-descriptor", label_by_descriptor, DRILL_SOUND, "put a label on a disk")             \
  X ("link-by-descriptor", link_by_descriptor, 0, "give a disk another name")                      \
  X ("open-terminal", open_terminal, DRILL_SOUND, "open a terminal")                               \
  X ("host-memory", read_disks_of_host, 0, "see the host's devices")

#define DRILL_SOCKETS(X)                                                                           \
  X ("socket-inet", socket_inet, DRILL_SOUND | DRILL_NEEDED_BY_NET, "make an IPv4 socket")         \
  X ("socket-inet6", socket_inet6, DRILL_SOUND | DRILL_NEEDED_BY_NET, "make an IPv6 socket")       \
  X ("socket-unix", socket_unix, DRILL_SOUND, "make a Unix socket")                                \
  X ("socket-netlink", socket_netlink, DRILL_SOUND, "talk to the kernel's network configuration")  \
  X ("socket-packet", socket_packet, 0, "read frames off the host's network")                      \
  X ("socket-vsock", socket_vsock, DRILL_SOUND, "make a socket to a hypervisor")                   \
  X ("socket-crypto", socket_crypto, DRILL_SOUND, "make a socket to the kernel's cryptography")    \
  X ("socketpair-inet", socketpair_inet, DRILL_SOUND, "make sockets of unusual families")          \
  X ("connect-path", connect_path, DRILL_SOUND | DRILL_NEEDED_BY_NET,                              \
     "connect to a program of the user by path")                                                   \
  X ("connect-abstract", connect_abstract, DRILL_SOUND,                                            \
     "connect to a program of the user by abstract name")                                          \
  X ("connect-control", connect_control, 0, "connect to this guest's own supervisor")              \
  X ("connect-x11", connect_x11, DRILL_SOUND | DRILL_NEEDED_BY_NET, "connect to the X server")     \
  X ("connect-listener", connect_listener, DRILL_SOUND | DRILL_NEEDED_BY_NET,                      \
     "turn a listening socket into a connection")                                                  \
  X ("send-from-listener", send_from_listener, DRILL_SOUND | DRILL_NEEDED_BY_NET,                  \
     "connect by sending from a listening socket")                                                 \
  X ("send-message-from-listener", send_message_from_listener, DRILL_SOUND | DRILL_NEEDED_BY_NET,  \
     "the same with another call")                                                                 \
  X ("rebind-listener", rebind_listener, DRILL_SOUND, "listen at another address")                 \
  X ("send-datagram", send_datagram, DRILL_SOUND, "send to a program of the user by path")         \
  X ("send-abstract-datagram", send_abstract_datagram, DRILL_SOUND,                                \
     "send to a program of the user by abstract name")                                             \
  X ("bind", bind_socket, DRILL_SOUND, "listen for programs of the user")

#define DRILL_PROCESSES(X)                                                                         \
  X ("kill-parent", kill_parent, DRILL_SOUND, "signal the supervisor")                             \
  X ("kill-init", signal_init, 0, "signal the first process of the machine")                       \
  X ("kill-everybody", signal_everybody, DRILL_SOUND, "signal every process of the user")          \
  X ("tgkill-parent", tgkill_parent, DRILL_SOUND, "signal a thread of the supervisor")             \
  X ("queue-signal", queue_signal, DRILL_SOUND, "queue a signal for the supervisor")               \
  X ("pidfd", pidfd_parent, DRILL_SOUND, "get a handle of the supervisor")                         \
  X ("steal-descriptor", steal_descriptor, 0, "steal a descriptor of the supervisor")              \
  X ("trace-parent", trace_parent, 0, "trace the supervisor")                                      \
  X ("read-parent", read_parent, 0, "read the supervisor's memory")                                \
  X ("write-parent", write_parent, 0, "write to the supervisor's memory")                          \
  X ("share-with-parent", share_with_parent, 0, "compare itself with the supervisor")              \
  X ("fork", fork_process, DRILL_SOUND, "start another process")                                   \
  X ("vfork", vfork_process, DRILL_SOUND, "start another process, by vfork")                       \
  X ("clone3", clone3_process, DRILL_SOUND, "start another process, by clone3")                    \
  X ("execute", execute_path, 0, "execute a program")                                              \
  X ("execute-loader", execute_library, 0, "execute a program through the loader")                 \
  X ("execute-memory", execute_memory, 0, "execute a program in memory")                           \
  X ("execute-like-the-shim", execute_like_the_shim, 0, "execute as the jail itself does")         \
  X ("outlive-parent", outlive_parent, DRILL_SOUND, "outlive the supervisor")                      \
  X ("root", be_root, 0, "be root")                                                                \
  X ("setuid", become_root, DRILL_SOUND, "change its user")                                        \
  X ("priority", raise_priority, DRILL_SOUND, "change its priority")                               \
  X ("real-time", real_time, 0, "keep the processor to itself")                                    \
  X ("descriptors", inherited_descriptors, 0, "find descriptors that were left open")              \
  X ("environment", inherited_environment, DRILL_SOUND, "find secrets in its environment")

#define DRILL_KERNEL(X)                                                                            \
  X ("unshare", new_user_namespace, DRILL_SOUND, "make a user namespace")                          \
  X ("clone-namespace", clone_user_namespace, DRILL_SOUND,                                         \
     "start a process in a namespace of its own")                                                  \
  X ("clone-thread-namespace", clone_thread_namespace, DRILL_SOUND,                                \
     "hide a namespace in a thread")                                                               \
  X ("setns", enter_namespace, DRILL_SOUND, "enter another namespace")                             \
  X ("mount", mount_file_system, 0, "mount a file system")                                         \
  X ("chroot", change_root, 0, "change its root folder")                                           \
  X ("bpf", use_bpf, 0, "run programs in the kernel")                                              \
  X ("perf", use_perf, 0, "watch other programs by performance counters")                          \
  X ("io-uring", use_io_uring, 0, "do I/O past the filter")                                        \
  X ("io-uring-enter", enter_io_uring, DRILL_SOUND,                                                \
     "do I/O past the filter, on a ring that exists")                                              \
  X ("userfaultfd", use_userfaultfd, DRILL_SOUND, "make races in the kernel reliable")             \
  X ("keyring", use_keyring, DRILL_SOUND, "reach the user's keyring")                              \
  X ("open-by-handle", open_by_handle, 0, "open files past every folder")                          \
  X ("personality", change_personality, DRILL_SOUND, "switch protections of memory off")           \
  X ("32-bit", call_as_32_bit, 0, "call the kernel by its 32-bit numbers")                         \
  X ("x32", call_as_x32, 0, "call the kernel by its x32 numbers")                                  \
  X ("type-into-terminal", type_into_terminal, 0, "type into the user's terminal")                 \
  X ("kernel-log", read_kernel_log, 0, "read the kernel's log")                                    \
  X ("load-module", load_module, 0, "load a module into the kernel")                               \
  X ("load-kernel", load_kernel, 0, "replace the kernel")                                          \
  X ("set-clock", set_clock, 0, "set the machine's clock")                                         \
  X ("name-host", name_host, 0, "rename the machine")                                              \
  X ("use-ports", use_ports, 0, "reach the machine's ports")                                       \
  X ("change-segments", change_segments, DRILL_SOUND, "change its memory segments")                \
  X ("watch-files", watch_files, 0, "watch everybody's files")                                     \
  X ("add-swap", add_swap, 0, "add swap space")                                                    \
  X ("account", account, 0, "switch process accounting")                                           \
  X ("supervise-calls", supervise_calls, DRILL_SOUND, "supervise its own calls")                   \
  X ("hidden-memory", hidden_memory, DRILL_SOUND, "make memory that the kernel hides")

#define DRILL_MEMORY(X)                                                                            \
  X ("writable-code", writable_code, DRILL_SOUND | DRILL_NEEDED_BY_TCG,                            \
     "map memory that is writable and executable")                                                 \
  X ("anonymous-code", anonymous_code, DRILL_SOUND | DRILL_NEEDED_BY_TCG,                          \
     "map executable memory without a file")                                                       \
  X ("protect-code", protect_code, DRILL_SOUND | DRILL_NEEDED_BY_TCG,                              \
     "make written memory executable")                                                             \
  X ("shared-code", shared_code, DRILL_SOUND | DRILL_NEEDED_BY_TCG,                                \
     "map memory as code that it goes on writing elsewhere")                                       \
  X ("raise-limit", raise_limit, DRILL_SOUND, "change its resource limits")                        \
  X ("core-file", core_file, 0, "leave its memory behind in a core file")                          \
  X ("many-descriptors", many_descriptors, 0, "open descriptors without end")

/* Bounded, so that they harm nobody where nothing stops them. */
#define DRILL_EXHAUSTION(X)                                                                        \
  X ("fork-bomb", fork_bomb, DRILL_SOUND, "start processes without end")                           \
  X ("thread-bomb", thread_bomb, DRILL_SOUND | DRILL_NEEDS_GROUP, "start threads without end")     \
  X ("memory-bomb", memory_bomb, DRILL_SOUND | DRILL_NEEDS_GROUP, "take memory without end")       \
  X ("descriptor-bomb", descriptor_bomb, 0, "make descriptors of the kernel's without end")        \
  X ("fill-disk", fill_disk, DRILL_SOUND | DRILL_NEEDED_BY_DISKS,                                  \
     "let the file that it may write grow without end")

/* A few that one layer alone refuses, whatever the others do: they prove that it is in force.
 * Landlock refuses by EACCES, the filter of system calls by EPERM or death. */
#define DRILL_LAYERS(X)                                                                            \
  X ("layer-list", list_libraries, 0, "list a folder that it may read files of")                   \
  X ("layer-write", write_random, 0, "open a device for writing that it may read")                 \
  X ("layer-code", writable_code_too, DRILL_NEEDED_BY_TCG, "map memory to write code into")        \
  X ("layer-socket", local_socket, 0, "make a Unix socket")                                        \
  X ("layer-personality", ask_personality, 0, "call what only an attacker calls")

#define DRILL_ALL(X)                                                                               \
  DRILL_FILES (X)                                                                                  \
  DRILL_SOCKETS (X) DRILL_PROCESSES (X) DRILL_KERNEL (X) DRILL_MEMORY (X) DRILL_EXHAUSTION (X)
