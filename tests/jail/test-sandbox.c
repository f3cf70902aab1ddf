/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * sandbox_lock_display (): each taken call is tried in a child that has locked itself, in a thread
 * that was there before, and what must stay is tried too.
 */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

typedef long (*Try) (void);

static long
try_open (void)
{
  return open ("/etc/passwd", O_RDONLY);
}

static long
try_stat (void)
{
  return syscall (SYS_statx, AT_FDCWD, "/etc/passwd", 0, 0, (char[256]) { 0 });
}

static long
try_socket (void)
{
  return socket (AF_UNIX, SOCK_STREAM, 0);
}

static long
try_fork (void)
{
  pid_t pid = fork ();

  if (pid == 0)
    _exit (0);
  return pid;
}

static long
try_execute (void)
{
  return execl ("/bin/true", "true", NULL);
}

static long
try_new_code (void)
{
  void *map = mmap (NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  return map == MAP_FAILED ? -1 : 0;
}

static long
try_kill (void)
{
  return kill (getppid (), 0);
}

static long
try_unshare (void)
{
  return syscall (SYS_unshare, 0);
}

static long
try_second_filter (void)
{
  return prctl (PR_SET_SECCOMP, 2, NULL);
}

static long
try_socketpair (void)
{
  int pair[2];

  return socketpair (AF_UNIX, SOCK_STREAM, 0, pair);
}

static long
try_memfd (void)
{
  int fd = memfd_create ("x", MFD_CLOEXEC);
  void *map = ftruncate (fd, 4096) == 0
                  ? mmap (NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
                  : MAP_FAILED;

  return map == MAP_FAILED ? -1 : 0;
}

static long
try_fstat (void)
{
  struct stat info;

  return fstat (0, &info);
}

static void *
nothing (void *data)
{
  return data;
}

static long
try_thread (void)
{
  g_autoptr (GError) error = NULL;
  GThread *thread = g_thread_try_new ("x", nothing, NULL, &error);

  if (thread == NULL)
    return -1;
  g_thread_join (thread);
  return 0;
}

typedef enum
{
  WORKS,
  REFUSED,
  KILLS,
} Outcome;

static const struct
{
  const char *name;
  Try attempt;
  Outcome outcome;
} cases[] = {
  { "open", try_open, REFUSED },
  { "statx", try_stat, REFUSED },
  { "socket", try_socket, REFUSED },
  { "fork", try_fork, REFUSED },
  { "new-code", try_new_code, REFUSED },
  { "kill", try_kill, REFUSED },
  { "filter", try_second_filter, REFUSED },
  { "execute", try_execute, KILLS },
  { "unshare", try_unshare, KILLS },
  { "socketpair", try_socketpair, WORKS },
  { "memfd", try_memfd, WORKS },
  { "fstat", try_fstat, WORKS },
  { "thread", try_thread, WORKS },
};

typedef struct
{
  Try attempt;
  GMutex mutex;
  GCond cond;
  gboolean locked;
  long result;
  int code;
} Early;

/* Runs in a thread that existed before the lock. */
static gpointer
attempt_when_locked (gpointer data)
{
  Early *early = data;

  g_mutex_lock (&early->mutex);
  while (!early->locked)
    g_cond_wait (&early->cond, &early->mutex);
  g_mutex_unlock (&early->mutex);
  errno = 0;
  early->result = early->attempt ();
  early->code = errno;
  return NULL;
}

static int
child (Try attempt)
{
  g_autoptr (GError) error = NULL;
  Early early = { .attempt = attempt };
  GThread *thread = g_thread_new ("early", attempt_when_locked, &early);

  if (!sandbox_lock_display (&error))
    return 3;
  g_mutex_lock (&early.mutex);
  early.locked = TRUE;
  g_cond_signal (&early.cond);
  g_mutex_unlock (&early.mutex);
  g_thread_join (thread);
  return early.result >= 0 ? 0 : early.code == EPERM ? 1 : 2;
}

static void
test_case (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  int status;
  pid_t pid = fork ();

  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      prctl (PR_SET_DUMPABLE, 0);
      _exit (child (cases[i].attempt));
    }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  if (cases[i].outcome == KILLS)
    {
      g_assert_true (WIFSIGNALED (status));
      g_assert_cmpint (WTERMSIG (status), ==, SIGSYS);
      return;
    }
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, cases[i].outcome == WORKS ? 0 : 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/sandbox/display/%s", cases[i].name);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_case);
    }
  return g_test_run ();
}
