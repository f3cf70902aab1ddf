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

static void
test_lock (void)
{
  g_autoptr (GError) error = NULL;
  autofd first = take_lock (&error);
  autofd second = -1;

  g_assert_no_error (error);
  g_assert_cmpint (take_lock (&error), ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  guest_lock_release (first);
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

static void
test_janitor (void)
{
  autofd lock = take_lock (NULL);
  g_autoptr (RuntimeDir) runtime = make_listening (NULL);
  Janitor *janitor = janitor_start (runtime, lock, NULL);

  g_assert_nonnull (janitor);
  g_assert_cmpint (kill (janitor_get_pid (janitor), SIGTERM), ==, 0); /* which it ignores */
  g_assert_true (exists ("control"));
  janitor_finish (janitor);
  g_assert_false (dir_exists ());
}

/* A vmm that is killed: its janitor cleans up, then the lock is free. */
static void
test_janitor_after_kill (void)
{
  g_autoptr (GError) error = NULL;
  autofd lock = -1;
  int pair[2];
  char byte;
  pid_t child;

  g_assert_cmpint (pipe (pair), ==, 0);
  child = fork ();
  if (child == 0)
    {
      int mine = take_lock (NULL);
      RuntimeDir *runtime = make_listening (NULL);

      if (mine < 0 || runtime == NULL || janitor_start (runtime, mine, NULL) == NULL ||
          write (pair[1], "", 1) != 1)
        _exit (1);
      for (;;)
        pause ();
    }
  g_assert_cmpint (read (pair[0], &byte, 1), ==, 1);
  g_assert_true (exists ("control") && exists ("display"));
  g_assert_cmpint (take_lock (&error), ==, -1);
  kill (child, SIGKILL);
  g_assert_cmpint (waitpid (child, NULL, 0), ==, child);
  /* The janitor holds the lock until it is done. */
  while ((lock = take_lock (NULL)) < 0)
    g_usleep (1000);
  g_assert_false (dir_exists ());
  close (pair[0]);
  close (pair[1]);
}

/* Killed itself, it is replaced. */
static void
test_janitor_replaced (void)
{
  autofd lock = take_lock (NULL);
  g_autoptr (RuntimeDir) runtime = make_listening (NULL);
  Janitor *janitor = janitor_start (runtime, lock, NULL);
  pid_t first = janitor_get_pid (janitor);

  janitor_watch (janitor);
  kill (first, SIGKILL);
  while (janitor_get_pid (janitor) == first || janitor_get_pid (janitor) == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (exists ("control"));
  janitor_finish (janitor);
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
  g_test_add_func ("/runtime/janitor-after-kill", test_janitor_after_kill);
  g_test_add_func ("/runtime/janitor-replaced", test_janitor_replaced);
  g_test_add_func ("/runtime/report", test_report);
  g_test_add_func ("/runtime/report-reader-gone", test_report_reader_gone);
  result = g_test_run ();
  remove_tree (folder);
  return result;
}
