/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Starts one program in a jail: bubblewrap (where user namespaces are allowed) around our shim
 * vitrine-jail, which adds no_new_privs, dropped capabilities, rlimits, Landlock and seccomp,
 * closes every descriptor it was not handed, and executes the program. One policy table a kind of
 * program. Called by vitrine-vmm, which is never root by then.
 */
#pragma once

#include <gio/gio.h>

typedef enum
{
  JAIL_QEMU,     /* the emulator */
  JAIL_DISPLAY,  /* vitrine-display */
  JAIL_NET,      /* vitrine-net; the only one with the host's network */
  JAIL_NBD,      /* vitrine-nbd */
  JAIL_QEMU_IMG, /* reads or makes one image, by descriptor */
} JailKind;

/* Hands descriptor `source` of this process to the jailed program as number `target`; `source` is
 * the caller's and stays open here. Targets are >= 3 (0, 1 and 2 have fields of their own).
 * In every jail the program finds its own descriptors, and nothing else of /proc, as
 * /proc/self/fd/N (bwrap: --dir /proc/self --ro-bind /proc/self/fd /proc/self/fd), and Landlock
 * lets it open those that are regular files again for reading: QEMU takes -kernel, and qemu-img
 * images, only by such a name. qemu-img is handed memfds, which it also writes that way. */
typedef struct
{
  int source;
  int target;
} JailFd;

typedef struct
{
  JailKind kind;
  const char *binary;      /* absolute path */
  const char *const *argv; /* argv[0] included, NULL at the end */
  const JailFd *fds;
  guint n_fds;
  int stdin_fd;           /* -1: /dev/null. All stay the caller's. */
  int stdout_fd;          /* -1: /dev/null */
  int stderr_fd;          /* -1: /dev/null */
  gboolean writable_code; /* TCG needs memory that is writable and executable; denied elsewhere */
  gboolean kvm;           /* KVM's ioctls on the descriptor handed in */
} JailRequest;

/* Layers of the jail, a bit each. */
typedef enum
{
  JAIL_LAYER_NO_NEW_PRIVS = 1 << 0,
  JAIL_LAYER_CAPABILITIES = 1 << 1,
  JAIL_LAYER_RLIMITS = 1 << 2,
  JAIL_LAYER_SECCOMP = 1 << 3,
  JAIL_LAYER_LANDLOCK = 1 << 4,
  JAIL_LAYER_NAMESPACES = 1 << 5,
  JAIL_LAYERS_ALL = (1 << 6) - 1,
} JailLayers;

/* The ABI of Landlock that the policies ask for: files, the network, signals, abstract sockets. */
#define JAIL_LANDLOCK_ABI 6

/* Which layers this host can give, found once a process by trying (spawns bubblewrap on
 * /usr/bin/true for the namespaces, asks the Landlock ABI). `ret_missing` receives, for each layer
 * that is missing or is less than the policies ask for (an old Landlock, which counts as a layer
 * all the same), a plain sentence that says which, why and how to get it; free with g_strfreev. */
JailLayers jail_host_layers (GStrv *ret_missing);

/* To be called by a vmm that root started, before privileges_drop (): opens the shim and `binaries`
 * (NULL at the end) while their folders can still be entered. Others need not call it. */
gboolean jail_prepare (const char *const *binaries, GError **error);

/* Starts finding out whether namespaces can be had, so that the answer is there when jail_spawn or
 * jail_host_layers wants it. As the user that will start them: not as root, who may more. Optional. */
void jail_begin_trial (void);

/* Every program that is started from now on begins in the control group whose cgroup.procs is open
 * as `procs`, which stays the caller's; -1: in this process's own. */
void jail_use_group (int procs);

typedef struct _Jail Jail;

/* To be called from the main thread: the program ends with the thread that started it.
 *
 * Starts the program; NULL with a plain sentence if it or its jail cannot be set up. Not waited
 * for: a program that cannot start inside is reported by its exit. */
Jail *jail_spawn (const JailRequest *request, GError **error);

/* The process as it runs jailed (not bubblewrap's parent), for reports; 0 until it is known. */
pid_t jail_get_pid (Jail *jail);

/* The layers in force, as the shim reported them before it executed the program, and the ABI of
 * Landlock among them; 0 until they are known. */
JailLayers jail_get_layers (Jail *jail);
guint jail_get_landlock_abi (Jail *jail);

/* Called once from the main context when the program has ended. `wait_status` as from waitpid.
 * `text` is a sentence about the end ("was killed by signal 31 (a forbidden system call)"). */
typedef void (*JailEnded) (Jail *jail, int wait_status, const char *text, gpointer user_data);
void jail_set_ended (Jail *jail, JailEnded ended, gpointer user_data);
gboolean jail_has_ended (Jail *jail);

/* SIGKILL to the program and its launcher. It ends soon after. */
void jail_kill (Jail *jail);

/* SIGTERM to the program itself. */
void jail_terminate (Jail *jail);

/* Kills what still runs, reaps it, frees. */
void jail_free (Jail *jail);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Jail, jail_free)
