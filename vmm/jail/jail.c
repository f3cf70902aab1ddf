/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A jailed program: its start, its number, its end. Runs in vitrine-vmm, which is not root; never
 * waits for the program.
 */
#include "jail.h"

#include "fds.h"
#include "jail-command.h"
#include "jail-end.h"
#include "jail-host.h"
#include "jail-life.h"
#include "shim-wire.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* What bubblewrap gets to end by itself once its child is killed. */
#define LAUNCHER_SECONDS 1

struct _Jail
{
  GPid launcher; /* bubblewrap, or the program itself */
  gboolean through_bwrap;
  gboolean reaped;
  guint watch;
  guint deadline; /* kills the launcher */

  int life_fd; /* ours of a JailLife */

  int status_fd; /* from the shim; while it is open here, the shim goes on */
  guint status_watch;
  ShimStatus status;
  pid_t program; /* 0: not known yet */
  int program_pidfd;

  gboolean has_ended;
  JailEnded ended;
  gpointer ended_data;
};

static gboolean
check_request (const JailRequest *request, GError **error)
{
  if (getuid () == 0 || geteuid () == 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                           "A jail cannot be started by root: change to another user first");
      return FALSE;
    }
  if (!g_path_is_absolute (request->binary) || request->argv[0] == NULL ||
      request->n_fds > SHIM_FDS_MAX)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "The jail for %s was asked for in a wrong way", request->binary);
      return FALSE;
    }
  return TRUE;
}

/* The descriptors of the child: the caller's, then ours above them. */
typedef struct
{
  int source[SHIM_FDS_MAX + 4];
  int target[SHIM_FDS_MAX + 4];
  guint n;
  JailNumbers numbers;
  JailEntrance entrance;
} Descriptors;

static int
add_descriptor (Descriptors *all, int source, int target)
{
  all->source[all->n] = source;
  all->target[all->n++] = target;
  return target;
}

static void
list_descriptors (Descriptors *all,
                  const JailRequest *request,
                  int shim,
                  int binary,
                  int status,
                  int life)
{
  int next = 3;

  for (guint i = 0; i < request->n_fds; i++)
    {
      add_descriptor (all, request->fds[i].source, request->fds[i].target);
      next = MAX (next, request->fds[i].target + 1);
    }
  all->numbers.shim = add_descriptor (all, shim, next++);
  all->numbers.binary = add_descriptor (all, binary, next++);
  all->numbers.status = add_descriptor (all, status, next++);
  all->entrance.life = add_descriptor (all, life, next++);
}

/* GLib closes a standard descriptor that is to stay what it is. */
static int
above_standard (int fd)
{
  return fd >= 0 ? fcntl (fd, F_DUPFD_CLOEXEC, 3) : -1;
}

static gboolean
spawn (Jail *jail, const JailRequest *request, int status, int life, GError **error)
{
  const char *bwrap = jail_host_bwrap ();
  g_auto (GStrv) environment =
      jail_host_environment (request->kind == JAIL_DISPLAY || request->kind == JAIL_NET ||
                             request->kind == JAIL_NBD);
  g_auto (GStrv) argv = NULL;
  autofd shim = jail_host_open_shim (error);
  autofd binary = shim >= 0 ? jail_host_open_program (request->binary, error) : -1;
  autofd input = above_standard (request->stdin_fd);
  autofd output = above_standard (request->stdout_fd);
  autofd errors = above_standard (request->stderr_fd);
  Descriptors all = { .n = 0 };
  GSpawnFlags flags = G_SPAWN_DO_NOT_REAP_CHILD;

  if (binary < 0)
    return FALSE;
  list_descriptors (&all, request, shim, binary, status, life);
  jail_lsm_prepare (jail_policy (request->kind)->name, bwrap != NULL, &all.entrance.lsm);
  argv = jail_command (request, &all.numbers, bwrap);
  jail->through_bwrap = bwrap != NULL;
  if (output < 0)
    flags |= G_SPAWN_STDOUT_TO_DEV_NULL;
  if (errors < 0)
    flags |= G_SPAWN_STDERR_TO_DEV_NULL;
  return g_spawn_async_with_pipes_and_fds (
      "/", (const char *const *) argv, (const char *const *) environment, flags, jail_life_enter,
      &all.entrance, input, output, errors, all.source, all.target, all.n, &jail->launcher, NULL,
      NULL, NULL, error);
}

/* The pid as this process sees it, from the kernel. */
static void
take_credentials (Jail *jail, struct msghdr *message)
{
  struct cmsghdr *header = CMSG_FIRSTHDR (message);
  struct ucred peer;

  if (header == NULL || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_CREDENTIALS ||
      header->cmsg_len != CMSG_LEN (sizeof peer) || jail->program != 0)
    return;
  memcpy (&peer, CMSG_DATA (header), sizeof peer);
  if (peer.pid <= 0)
    return;
  jail->program = peer.pid;
  jail->program_pidfd = syscall (SYS_pidfd_open, peer.pid, 0);
}

/* Reads what the shim has sent so far. FALSE: nothing more can come. */
static gboolean
read_status (Jail *jail)
{
  union
  {
    struct cmsghdr header;
    char room[CMSG_SPACE (sizeof (struct ucred))];
  } control;
  ShimStatus status;
  struct iovec vector = { &status, sizeof status };

  while (jail->status_fd >= 0)
    {
      struct msghdr message = { .msg_iov = &vector,
                                .msg_iovlen = 1,
                                .msg_control = &control,
                                .msg_controllen = sizeof control };
      gssize got = recvmsg (jail->status_fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0 && errno == EAGAIN)
        return TRUE;
      if (got != sizeof status)
        return FALSE;
      status.text[sizeof status.text - 1] = '\0';
      jail->status = status;
      take_credentials (jail, &message);
    }
  return FALSE;
}

static void
close_status (Jail *jail)
{
  g_clear_handle_id (&jail->status_watch, g_source_remove);
  fds_clear (&jail->status_fd);
}

static gboolean
status_arrived (int fd, GIOCondition condition, gpointer data)
{
  Jail *jail = data;

  if (read_status (jail))
    return G_SOURCE_CONTINUE;
  jail->status_watch = 0;
  fds_clear (&jail->status_fd);
  return G_SOURCE_REMOVE;
}

static void
launcher_ended (GPid pid, int wait_status, gpointer data)
{
  Jail *jail = data;
  g_autofree char *text = NULL;

  read_status (jail);
  close_status (jail);
  fds_clear (&jail->life_fd);
  g_clear_handle_id (&jail->deadline, g_source_remove);
  jail->reaped = TRUE;
  jail->watch = 0;
  jail->has_ended = TRUE;
  wait_status = jail_end_status (wait_status, jail->through_bwrap);
  text = jail->status.text[0] != '\0' ? g_utf8_make_valid (jail->status.text, -1)
                                      : jail_end_text (wait_status);
  if (jail->ended != NULL)
    jail->ended (jail, wait_status, text, jail->ended_data);
}

void
jail_use_group (int procs)
{
  jail_life_set_group (procs);
}

Jail *
jail_spawn (const JailRequest *request, GError **error)
{
  g_autoptr (Jail) jail = g_new0 (Jail, 1);
  autofd theirs = -1;
  autofd life_theirs = -1;
  JailLife life;
  int pair[2];
  int on = 1;

  jail->reaped = TRUE; /* nothing to reap yet */
  jail->status_fd = jail->program_pidfd = jail->life_fd = -1;
  if (!check_request (request, error) || !fds_socketpair (SOCK_SEQPACKET, pair, error))
    return NULL;
  jail->status_fd = pair[0];
  theirs = pair[1];
  if (!jail_life_make (&life, error))
    return NULL;
  life_theirs = life.theirs;
  jail->life_fd = life.ours;
  if (setsockopt (jail->status_fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0 ||
      !spawn (jail, request, theirs, life_theirs, error))
    {
      g_prefix_error (error, "Cannot start %s in its jail: ", request->binary);
      return NULL;
    }
  jail->reaped = FALSE;
  jail->watch = g_child_watch_add (jail->launcher, launcher_ended, jail);
  jail->status_watch =
      g_unix_fd_add (jail->status_fd, G_IO_IN | G_IO_HUP | G_IO_ERR, status_arrived, jail);
  return g_steal_pointer (&jail);
}

pid_t
jail_get_pid (Jail *jail)
{
  if (jail->program == 0)
    read_status (jail);
  return jail->program;
}

JailLayers
jail_get_layers (Jail *jail)
{
  G_STATIC_ASSERT ((int) SHIM_NO_NEW_PRIVS == (int) JAIL_LAYER_NO_NEW_PRIVS &&
                   (int) SHIM_CAPABILITIES == (int) JAIL_LAYER_CAPABILITIES &&
                   (int) SHIM_RLIMITS == (int) JAIL_LAYER_RLIMITS &&
                   (int) SHIM_SECCOMP == (int) JAIL_LAYER_SECCOMP &&
                   (int) SHIM_LANDLOCK == (int) JAIL_LAYER_LANDLOCK);

  if (jail_get_pid (jail) == 0)
    return 0;
  return jail->status.layers | (jail->through_bwrap ? JAIL_LAYER_NAMESPACES : 0);
}

guint
jail_get_landlock_abi (Jail *jail)
{
  return jail_get_pid (jail) != 0 ? jail->status.landlock_abi : 0;
}

void
jail_set_ended (Jail *jail, JailEnded ended, gpointer user_data)
{
  jail->ended = ended;
  jail->ended_data = user_data;
}

gboolean
jail_has_ended (Jail *jail)
{
  return jail->has_ended;
}

static void
signal_program (Jail *jail, int number)
{
  if (jail_get_pid (jail) == 0)
    return;
  if (jail->program_pidfd >= 0)
    syscall (SYS_pidfd_send_signal, jail->program_pidfd, number, NULL, 0);
  else if (!jail->through_bwrap)
    kill (jail->launcher, number);
}

static gboolean
kill_launcher (gpointer data)
{
  Jail *jail = data;

  jail->deadline = 0;
  kill (jail->launcher, SIGKILL);
  return G_SOURCE_REMOVE;
}

/* bubblewrap ends by itself when its child does, having reaped it. Killed before it has released
 * that child, it would leave it waiting for ever; so a shim that has not reported yet is only told,
 * by the end of its socket, and then never executes. The deadline is for a stopped bubblewrap. */
void
jail_kill (Jail *jail)
{
  if (jail->reaped)
    return;
  signal_program (jail, SIGKILL);
  if (!jail->through_bwrap)
    kill (jail->launcher, SIGKILL);
  else if (jail->deadline == 0)
    jail->deadline = g_timeout_add_seconds (LAUNCHER_SECONDS, kill_launcher, jail);
  close_status (jail);
}

void
jail_terminate (Jail *jail)
{
  if (!jail->reaped)
    signal_program (jail, SIGTERM);
}

static void
free_jail (Jail *jail)
{
  close_status (jail);
  fds_clear (&jail->life_fd);
  g_clear_handle_id (&jail->watch, g_source_remove);
  g_clear_handle_id (&jail->deadline, g_source_remove);
  fds_clear (&jail->program_pidfd);
  g_free (jail);
}

static void
reap_leftover (GPid pid, int wait_status, gpointer data)
{
  Jail *jail = data;

  jail->watch = 0;
  free_jail (jail);
}

void
jail_free (Jail *jail)
{
  if (jail == NULL)
    return;
  jail_kill (jail);
  g_clear_handle_id (&jail->watch, g_source_remove);
  if (jail->reaped || waitpid (jail->launcher, NULL, WNOHANG) != 0)
    free_jail (jail);
  else /* nobody's any more, until its end */
    jail->watch = g_child_watch_add (jail->launcher, reap_leftover, jail);
}
