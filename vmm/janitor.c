/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The janitor: forked from vitrine-vmm before it drops root, holds one end of a pipe, two folder
 * descriptors and the lock, reads nothing, opens nothing. After fork it
 * makes async-signal-safe calls only, since a later one is forked beside threads.
 */
#include "janitor.h"

#include "fds.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define RESTARTS_MAX 20

struct _Janitor
{
  const RuntimeDir *runtime;
  int lock;
  int pipe; /* its end tells the janitor to clean up */
  pid_t pid;
  guint watch;
  guint restarts;
};

enum
{
  FD_PIPE = 0,
  FD_PARENT,
  FD_DIR,
  FD_LOCK,
  FD_COUNT,
};

static void
janitor_main (const RuntimeDir *runtime, int pipe, int lock)
{
  int sources[FD_COUNT] = { pipe, runtime->parent, runtime->dir, lock };
  int copies[FD_COUNT];
  RuntimeDir mine = { .parent = FD_PARENT, .dir = FD_DIR, .name = runtime->name };
  char byte;
  ssize_t got;

  for (int i = 0; i < FD_COUNT; i++)
    copies[i] = fcntl (sources[i], F_DUPFD, 100);
  for (int i = 0; i < FD_COUNT; i++)
    dup2 (copies[i], i);
  close_range (FD_COUNT, ~0u, 0);
  prctl (PR_SET_NAME, "vitrine-janitor");
  signal (SIGTERM, SIG_IGN);
  signal (SIGINT, SIG_IGN);
  signal (SIGHUP, SIG_IGN);
  do
    got = read (FD_PIPE, &byte, 1);
  while (got < 0 && errno == EINTR);
  runtime_dir_unlink (&mine);
  _exit (0);
}

static gboolean
spawn (Janitor *janitor, GError **error)
{
  int pair[2];

  if (pipe2 (pair, O_CLOEXEC) == 0)
    {
      janitor->pid = fork ();
      if (janitor->pid == 0)
        {
          close (pair[1]);
          janitor_main (janitor->runtime, pair[0], janitor->lock);
        }
      close (pair[0]);
      janitor->pipe = pair[1];
      if (janitor->pid > 0)
        return TRUE;
      fds_clear (&janitor->pipe);
    }
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "Cannot start a process: %s",
               g_strerror (errno));
  return FALSE;
}

Janitor *
janitor_start (const RuntimeDir *runtime, int lock, GError **error)
{
  Janitor *janitor = g_new0 (Janitor, 1);

  janitor->runtime = runtime;
  janitor->lock = lock;
  janitor->pipe = -1;
  if (spawn (janitor, error))
    return janitor;
  g_free (janitor);
  return NULL;
}

static void
on_ended (GPid pid, int status, gpointer data)
{
  Janitor *janitor = data;

  janitor->watch = 0;
  janitor->pid = 0;
  fds_clear (&janitor->pipe);
  if (janitor->restarts++ < RESTARTS_MAX && spawn (janitor, NULL))
    janitor_watch (janitor);
}

void
janitor_watch (Janitor *janitor)
{
  janitor->watch = g_child_watch_add (janitor->pid, on_ended, janitor);
}

pid_t
janitor_get_pid (const Janitor *janitor)
{
  return janitor->pid;
}

void
janitor_finish (Janitor *janitor)
{
  g_clear_handle_id (&janitor->watch, g_source_remove);
  fds_clear (&janitor->pipe);
  if (janitor->pid > 0)
    while (waitpid (janitor->pid, NULL, 0) < 0 && errno == EINTR)
      ;
  runtime_dir_unlink (janitor->runtime); /* if the janitor was dead */
  g_free (janitor);
}
