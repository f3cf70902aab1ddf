/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Lock, runtime folder, janitor and the report of a start.
 */
#include "fds.h"
#include "guest-lock.h"
#include "ipc/start-wire.h"
#include "janitor.h"
#include "paths.h"
#include "start-report.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#define UUID "0f9c2a1e-0000-4000-8000-000000000001"

static gboolean
exists (const char *name)
{
  g_autofree char *path = paths_socket (UUID, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static gboolean
dir_exists (void)
{
  g_autofree char *path = paths_runtime_dir (UUID);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static int
take_lock (GError **error)
{
  g_autofree char *folder = paths_guest_file (UUID, ".");

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  return guest_lock_take (UUID, error);
}

static RuntimeDir *
make_listening (GError **error)
{
  g_autoptr (RuntimeDir) runtime = runtime_dir_make (UUID, error);

  if (runtime == NULL || !runtime_dir_listen (runtime, geteuid (), error))
    return NULL;
  return g_steal_pointer (&runtime);
}

static gpointer
release_soon (gpointer data)
{
  g_usleep (20000);
  guest_lock_release (*(int *) data);
  return NULL;
}

static const CgroupRemains no_group = { .parent = -1 };

static void
test_lock (void)
{
  g_autoptr (GError) error = NULL;
  autofd first = take_lock (&error);
  autofd second = -1;
  GThread *thread;

  g_assert_no_error (error);
  g_assert_cmpint (take_lock (&error), ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  guest_lock_mark_ending (first);
  thread = g_thread_new ("release", release_soon, &first);
  second = take_lock (NULL); /* waits for it */
  g_thread_join (thread);
  g_assert_cmpint (second, >=, 0);
  g_assert_cmpint (take_lock (NULL), ==, -1);
  fds_clear (&second);
  second = take_lock (NULL);
  g_assert_cmpint (second, >=, 0);
}

static void
test_runtime_dir (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RuntimeDir) first = make_listening (&error);
  g_autoptr (RuntimeDir) second = NULL;
  GStatBuf info;
  g_autofree char *dir = paths_runtime_dir (UUID);

  g_assert_no_error (error);
  g_assert_true (exists ("control") && exists ("display"));
  g_assert_cmpint (g_stat (dir, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 07777, ==, 0700);
  /* A dead predecessor's sockets are in nobody's way. */
  second = make_listening (&error);
  g_assert_no_error (error);
  runtime_dir_unlink (second);
  g_assert_false (dir_exists ());
}

/* Forks a process that becomes vmm and janitor and waits until all is set up. The vmm then does
 * `then` and ends, or waits for ever. Returns the process, which is the janitor, and vmm's pid. */
static pid_t
start_guest (void (*then) (Janitor *janitor, const RuntimeDir *runtime), pid_t *ret_vmm)
{
  int pair[2];
  pid_t janitor_pid;

  g_assert_cmpint (pipe (pair), ==, 0);
  janitor_pid = fork ();
  if (janitor_pid == 0)
    {
      int lock = take_lock (NULL);
      RuntimeDir *runtime = runtime_dir_make (UUID, NULL);
      Janitor *janitor = runtime != NULL ? janitor_start (runtime, lock, &no_group, NULL) : NULL;
      pid_t self = getpid ();

      if (lock < 0 || janitor == NULL || !runtime_dir_listen (runtime, geteuid (), NULL) ||
          write (pair[1], &self, sizeof self) != sizeof self)
        _exit (1);
      close (pair[1]);
      if (then != NULL)
        then (janitor, runtime);
      for (;;)
        pause ();
    }
  close (pair[1]);
  g_assert_cmpint (read (pair[0], ret_vmm, sizeof *ret_vmm), ==, sizeof *ret_vmm);
  close (pair[0]);
  return janitor_pid;
}

static int
wait_for (pid_t pid)
{
  int status;

  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  return status;
}

static void
finish_with_7 (Janitor *janitor, const RuntimeDir *runtime)
{
  janitor_finish (janitor);
  _exit (dir_exists () ? 1 : 7);
}

static void
test_janitor (void)
{
  pid_t vmm;
  int status = wait_for (start_guest (finish_with_7, &vmm));

  /* vmm saw the folder gone, and its exit status is passed on. */
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 7);
}

/* A vmm that is killed: its janitor cleans up, then the lock is free. */
static void
test_vmm_killed (void)
{
  g_autoptr (GError) error = NULL;
  autofd lock = -1;
  pid_t vmm;
  pid_t janitor = start_guest (NULL, &vmm);

  g_assert_true (exists ("control") && exists ("display"));
  g_assert_cmpint (take_lock (&error), ==, -1);
  kill (vmm, SIGKILL);
  wait_for (janitor);
  g_assert_false (dir_exists ());
  lock = take_lock (NULL);
  g_assert_cmpint (lock, >=, 0);
}

static void
leave_orphans (Janitor *janitor, const RuntimeDir *runtime)
{
  if (fork () == 0)
    {
      if (fork () == 0)
        for (;;)
          pause ();
      for (;;)
        pause ();
    }
}

/* Whatever vmm had started ends with it: the pipe that all of them hold closes. */
static void
test_orphans_end (void)
{
  int held[2];
  pid_t vmm;
  pid_t janitor;
  char byte;

  g_assert_cmpint (pipe (held), ==, 0);
  janitor = start_guest (leave_orphans, &vmm);
  close (held[1]);
  kill (vmm, SIGKILL);
  wait_for (janitor);
  g_assert_cmpint (read (held[0], &byte, 1), ==, 0);
  close (held[0]);
}

/* A signal to the process that was started reaches vmm. */
static void
test_signal_passed_on (void)
{
  pid_t vmm;
  pid_t janitor = start_guest (NULL, &vmm);

  kill (janitor, SIGTERM); /* which ends this vmm, who does not handle it */
  wait_for (janitor);
  g_assert_cmpint (kill (vmm, 0), ==, -1);
  g_assert_false (dir_exists ());
}

static void
be_watched (Janitor *janitor, const RuntimeDir *runtime)
{
  pid_t second;

  janitor_watch (janitor);
  while (janitor_get_child (janitor) == 0)
    g_main_context_iteration (NULL, TRUE);
  second = janitor_get_child (janitor);
  kill (second, SIGKILL); /* and that one too */
  while (janitor_get_child (janitor) == second || janitor_get_child (janitor) == 0)
    g_main_context_iteration (NULL, TRUE);
  _exit (0);
}

/* Killed itself, it is replaced; the last one cleans up and frees the lock. */
static void
test_janitor_killed (void)
{
  autofd lock = -1;
  pid_t vmm;
  pid_t janitor = start_guest (be_watched, &vmm);

  kill (janitor, SIGKILL);
  wait_for (janitor);
  while ((lock = take_lock (NULL)) < 0)
    g_usleep (1000);
  g_assert_false (dir_exists ());
}

static char *
read_all (int fd)
{
  char *text = g_malloc0 (16384);

  g_assert_cmpint (read (fd, text, 16383), >, 0);
  return text;
}

static void
test_report (void)
{
  g_autofree char *endless = g_strnfill (10000, 'x');
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  StartReport *report;
  int pair[2];

  g_assert_cmpint (pipe (pair), ==, 0);
  report = start_report_new_take (pair[1]);
  start_report_step (report, "one\ntwo\x1b[31m");
  start_report_step (report, endless);
  start_report_failed (report, "because");
  start_report_free (report);
  text = read_all (pair[0]);
  lines = g_strsplit (text, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 4);
  g_assert_cmpstr (lines[0], ==, "step one two [31m");
  g_assert_cmpuint (strlen (lines[1]), <, START_LINE_MAX);
  g_assert_cmpstr (lines[2], ==, "failed because");
  close (pair[0]);
}

static void
on_gone (gpointer data)
{
  *(gboolean *) data = TRUE;
}

static void
test_report_reader_gone (void)
{
  gboolean gone = FALSE;
  StartReport *report;
  int pair[2];

  g_assert_cmpint (pipe (pair), ==, 0);
  report = start_report_new_take (pair[1]);
  start_report_watch (report, on_gone, &gone);
  close (pair[0]);
  while (!gone)
    g_main_context_iteration (NULL, TRUE);
  start_report_step (report, "to nobody");
  start_report_free (report);
}

/* Short names: a socket's must fit its address. */
static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  g_remove (path);
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = g_dir_make_tmp ("vt-XXXXXX", NULL);
  int result;

  g_setenv ("XDG_DATA_HOME", folder, TRUE);
  g_setenv ("XDG_RUNTIME_DIR", folder, TRUE);
  g_test_init (&argc, &argv, NULL);
  signal (SIGPIPE, SIG_IGN);
  g_test_add_func ("/runtime/lock", test_lock);
  g_test_add_func ("/runtime/dir", test_runtime_dir);
  g_test_add_func ("/runtime/janitor", test_janitor);
  g_test_add_func ("/runtime/vmm-killed", test_vmm_killed);
  g_test_add_func ("/runtime/orphans-end", test_orphans_end);
  g_test_add_func ("/runtime/signal-passed-on", test_signal_passed_on);
  g_test_add_func ("/runtime/janitor-killed", test_janitor_killed);
  g_test_add_func ("/runtime/report", test_report);
  g_test_add_func ("/runtime/report-reader-gone", test_report_reader_gone);
  result = g_test_run ();
  remove_tree (folder);
  return result;
}
