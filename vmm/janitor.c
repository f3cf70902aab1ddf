/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The janitor: holds one end of a socketpair, two folder descriptors and the lock; reads nothing,
 * opens nothing but its list of children. The first is the process that forked vmm and inherits its
 * orphans; should it be killed, vmm forks another, which can only remove sockets and makes
 * async-signal-safe calls alone, since vmm has threads by then.
 */
#include "janitor.h"

#include "fds.h"
#include "guest-lock.h"
#include "strays.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define RESTARTS_MAX 20
#define FINISH_MS 2000

struct _Janitor
{
  const RuntimeDir *runtime;
  int lock;
  int socket; /* our end; its end in writing tells the janitor to clean up */
  int first;  /* the first janitor, as a pidfd */
  pid_t first_pid;
  pid_t child; /* a later janitor */
  guint watch;
  guint restarts;
};

enum
{
  FD_SOCKET = 0,
  FD_PARENT,
  FD_DIR,
  FD_LOCK,
  FD_GROUP, /* what the control group lies in, if there is one to remove */
  FD_COUNT,
};

static pid_t vmm; /* of the first janitor, for its signal handler */

static void
pass_on (int number)
{
  kill (vmm, number);
}

static void
keep_descriptors (const RuntimeDir *runtime, int socket, int lock, int group)
{
  int sources[FD_COUNT] = { socket, runtime->parent, runtime->dir, lock, group };
  int copies[FD_COUNT];

  for (int i = 0; i < FD_COUNT; i++)
    copies[i] = fcntl (sources[i], F_DUPFD, 100);
  for (int i = 0; i < FD_COUNT; i++)
    if (copies[i] < 0)
      close (i); /* as FD_GROUP may be: nothing to remove */
    else
      dup2 (copies[i], i);
  close_range (FD_COUNT, ~0u, 0);
}

/* Until vmm closes its end by intent or, seen also by `pidfd` unless -1, dies; then removes the
 * sockets. */
static void
wait_and_unlink (const RuntimeDir *runtime, int pidfd)
{
  RuntimeDir mine = { .parent = FD_PARENT, .dir = FD_DIR, .name = runtime->name };
  struct pollfd polls[] = { { FD_SOCKET, POLLIN }, { pidfd, POLLIN } };

  while (poll (polls, G_N_ELEMENTS (polls), -1) < 0 && errno == EINTR)
    ;
  guest_lock_mark_ending (FD_LOCK);
  runtime_dir_unlink (&mine);
}

/* Ends everything below but vmm, and waits for all of it. Returns vmm's exit status. */
static int
end_children (void)
{
  gboolean vmm_lives = TRUE;
  int result = 1;
  int status;
  pid_t pid;

  for (;;)
    {
      strays_kill (vmm_lives ? vmm : 0);
      pid = waitpid (-1, &status, 0);
      if (pid < 0 && errno == EINTR)
        continue;
      if (pid < 0)
        return result;
      if (pid != vmm)
        continue;
      vmm_lives = FALSE;
      result = WIFEXITED (status) ? WEXITSTATUS (status) : 1;
    }
}

static void
first_janitor (const RuntimeDir *runtime,
               int socket,
               int lock,
               const CgroupRemains *group,
               const sigset_t *signals)
{
  struct sigaction handler = { .sa_handler = pass_on };
  CgroupRemains remains = *group;
  int result;

  remains.parent = group->parent >= 0 ? FD_GROUP : -1;
  guest_lock_note (lock, getpid (), vmm);
  keep_descriptors (runtime, socket, lock, group->parent);
  prctl (PR_SET_NAME, "vitrine-janitor");
  strays_adopt ();
  sigaction (SIGTERM, &handler, NULL);
  sigaction (SIGINT, &handler, NULL);
  sigprocmask (SIG_SETMASK, signals, NULL);
  wait_and_unlink (runtime, syscall (SYS_pidfd_open, vmm, 0));
  shutdown (FD_SOCKET, SHUT_RDWR); /* done: vmm may tell the world */
  result = end_children ();
  cgroup_remove (&remains); /* now that nobody is in it */
  _exit (result);
}

static void
later_janitor (const RuntimeDir *runtime, int socket, int lock)
{
  keep_descriptors (runtime, socket, lock, -1);
  prctl (PR_SET_NAME, "vitrine-janitor");
  signal (SIGTERM, SIG_IGN);
  signal (SIGINT, SIG_IGN);
  wait_and_unlink (runtime, -1);
  _exit (0);
}

static gboolean
fail (GError **error)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "Cannot start a process: %s",
               g_strerror (errno));
  return FALSE;
}

Janitor *
janitor_start (const RuntimeDir *runtime, int lock, const CgroupRemains *group, GError **error)
{
  Janitor *janitor;
  sigset_t signals;
  sigset_t all;
  pid_t first = getpid ();
  int pair[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
    {
      fail (error);
      return NULL;
    }
  /* None may end the janitor before it can pass them on. */
  sigfillset (&all);
  sigprocmask (SIG_SETMASK, &all, &signals);
  vmm = fork ();
  if (vmm > 0)
    first_janitor (runtime, pair[1], lock, group, &signals);
  sigprocmask (SIG_SETMASK, &signals, NULL);
  close (pair[1]);
  if (vmm < 0)
    {
      fail (error);
      close (pair[0]);
      return NULL;
    }
  janitor = g_new0 (Janitor, 1);
  janitor->runtime = runtime;
  janitor->lock = lock;
  janitor->socket = pair[0];
  janitor->first = syscall (SYS_pidfd_open, first, 0);
  janitor->first_pid = first;
  guest_lock_note (lock, first, getpid ());
  return janitor;
}

static void
spawn_later (Janitor *janitor)
{
  int pair[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
    return;
  janitor->child = fork ();
  if (janitor->child == 0)
    later_janitor (janitor->runtime, pair[1], janitor->lock);
  close (pair[1]);
  /* It holds the lock: whoever forces the guest off must find it, should it be stopped. */
  if (janitor->child > 0)
    guest_lock_note (janitor->lock, janitor->child, getpid ());
  janitor->socket = pair[0];
}

static gboolean
on_closed (int fd, GIOCondition condition, gpointer data)
{
  Janitor *janitor = data;

  janitor->watch = 0;
  fds_clear (&janitor->socket);
  if (janitor->child > 0)
    waitpid (janitor->child, NULL, 0);
  janitor->child = 0;
  if (janitor->restarts++ < RESTARTS_MAX)
    spawn_later (janitor);
  janitor_watch (janitor);
  return G_SOURCE_REMOVE;
}

void
janitor_watch (Janitor *janitor)
{
  if (janitor->socket >= 0)
    janitor->watch = g_unix_fd_add (janitor->socket, G_IO_HUP | G_IO_ERR, on_closed, janitor);
}

pid_t
janitor_get_first (const Janitor *janitor)
{
  return janitor->first_pid;
}

pid_t
janitor_get_child (const Janitor *janitor)
{
  return MAX (janitor->child, 0);
}

void
janitor_finish (Janitor *janitor)
{
  struct pollfd done = { .fd = janitor->socket, .events = POLLIN };
  int answered = 0;

  g_clear_handle_id (&janitor->watch, g_source_remove);
  /* Should somebody have stopped it, it would hold up the end, and stay. */
  if (janitor->first >= 0)
    syscall (SYS_pidfd_send_signal, janitor->first, SIGCONT, NULL, 0);
  if (janitor->child > 0)
    kill (janitor->child, SIGCONT);
  fds_clear (&janitor->first);
  if (janitor->socket >= 0 && shutdown (janitor->socket, SHUT_WR) == 0)
    while ((answered = poll (&done, 1, FINISH_MS)) < 0 && errno == EINTR)
      ;
  fds_clear (&janitor->socket);
  if (janitor->child > 0 && answered <= 0)
    kill (janitor->child, SIGKILL);
  if (janitor->child > 0)
    while (waitpid (janitor->child, NULL, 0) < 0 && errno == EINTR)
      ;
  runtime_dir_unlink (janitor->runtime); /* if the janitor was dead */
  g_free (janitor);
}
