/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Starts vitrine-drill in the jail of each kind, with bubblewrap and with the shim alone, once
 * an attempt: every one must find its way closed. The same program outside a jail shows that the
 * attempts are sound. Also: a program ends with its starter, and the isolation report tells what
 * holds.
 *
 *   test-escape [--user]   as root: the shim and probe lie in a folder that only root may enter,
 * and the test becomes another user as vmm does; with --user the test is that user from the start
 */
#include "drill/drill-bait.h"
#include "fds.h"
#include "isolation-report.h"
#include "jail-host.h"
#include "privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#define TEST_UID 1500
#define WAIT_US (60 * G_USEC_PER_SEC)

static char *probe;    /* the program, as the jail is asked for it */
static char *folder;   /* what attempts reach for */
static GStrv attempts; /* "NAME FLAGS" */

static char *
build_file (const char *name)
{
  return g_build_filename (g_getenv ("VITRINE_BUILD"), name, NULL);
}

static DrillBait *bait; /* what attempts reach for */
static char *world;

static void
remove_file (const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_remove (path);
}

static void
lay_bait (void)
{
  g_autoptr (GError) error = NULL;

  drill_bait_lay (bait, &error);
  g_assert_no_error (error);
}

static void
ended (Jail *jail, int wait_status, const char *text, gpointer data)
{
  int *status = data;

  *status = wait_status;
}

static void
wait_for_end (Jail *jail)
{
  gint64 deadline = g_get_monotonic_time () + WAIT_US;

  while (!jail_has_ended (jail))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      g_main_context_iteration (NULL, TRUE);
    }
}

typedef struct
{
  JailKind kind;
  const char *kind_name;
  gboolean alone;
  gboolean writable_code;
  gboolean kills;
  const char *attempt;
} Case;

static Jail *
start_with (const Case *c, const char *const *argv, const int *handed, guint n, int stdout_fd)
{
  g_autoptr (GError) error = NULL;
  JailFd fds[DRILL_BAIT_FDS];
  JailRequest request = { .kind = c->kind,
                          .binary = probe,
                          .argv = argv,
                          .fds = fds,
                          .n_fds = n,
                          .stdin_fd = -1,
                          .stdout_fd = stdout_fd,
                          .stderr_fd = -1,
                          .writable_code = c->writable_code };
  Jail *jail;

  for (guint i = 0; i < n; i++)
    fds[i] = (JailFd) { handed[i], 3 + i };
  jail_disable_namespaces_for_tests (c->alone);
  jail_kill_unknown_for_tests (c->kills);
  jail = jail_spawn (&request, &error);
  g_assert_no_error (error);
  return jail;
}

static Jail *
start (const Case *c, const char *const *argv, int spare, int stdout_fd)
{
  return start_with (c, argv, &spare, spare >= 0 ? 1 : 0, stdout_fd);
}

/* A program that says READY into the pipe, and does nothing until it is ended. */
static Jail *
start_waiting (const Case *c, int spare, int *ret_reading)
{
  static const char *const argv[] = { "vitrine-drill", "wait", NULL };
  Jail *jail;
  int ends[2];

  g_assert_no_errno (pipe2 (ends, O_CLOEXEC));
  jail = start (c, argv, spare, ends[1]);
  close (ends[1]);
  *ret_reading = ends[0];
  return jail;
}

/* The way must be closed: the call failed, or the filter killed. */
static void
test_attempt (gconstpointer data)
{
  const Case *c = data;
  const char *argv[] = { "vitrine-drill", c->attempt, world, NULL };
  g_autoptr (Jail) jail = NULL;
  int status = -1;

  lay_bait ();
  jail = start_with (c, argv, drill_bait_fds (bait), DRILL_BAIT_FDS, -1);
  jail_set_ended (jail, ended, &status);
  wait_for_end (jail);
  if (WIFEXITED (status))
    g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  else
    g_assert_cmpint (WTERMSIG (status), ==, SIGSYS);
  g_assert_cmpint (jail_get_layers (jail), ==, jail_host_layers (NULL));
}

/* By way of high numbers: one may stand where another belongs. */
static void
hand_over_unjailed (void)
{
  int high[DRILL_BAIT_FDS];

  for (guint i = 0; i < DRILL_BAIT_FDS; i++)
    high[i] = fcntl (drill_bait_fds (bait)[i], F_DUPFD_CLOEXEC, 100);
  for (guint i = 0; i < DRILL_BAIT_FDS; i++)
    dup2 (high[i], 3 + i);
}

/* The same attempt without a jail: open. */
static void
test_sound (gconstpointer data)
{
  const Case *c = data;
  int status;
  pid_t pid;

  lay_bait ();
  pid = fork ();
  if (pid == 0)
    {
      g_setenv ("ESCAPE_SECRET", "1", TRUE);
      hand_over_unjailed ();
      execl (probe, "vitrine-drill", c->attempt, world, NULL);
      _exit (126);
    }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 1);
}

static void
read_ready (int fd)
{
  char text[7] = "";

  g_assert_cmpint (read (fd, text, 6), ==, 6);
  g_assert_cmpstr (text, ==, "READY\n");
}

/* The program holds the only other end of the pipe: it has ended when the pipe has. What it may
 * have said before does not matter. */
static void
wait_for_hang_up (int fd)
{
  struct pollfd pipe = { .fd = fd, .events = POLLIN };
  char text[64];
  gssize got;

  do
    {
      g_assert_cmpint (poll (&pipe, 1, WAIT_US / 1000), ==, 1);
      got = read (fd, text, sizeof text);
      g_assert_cmpint (got, >=, 0);
    }
  while (got > 0);
}

static void
test_ends_with_starter (gconstpointer data)
{
  const Case *c = data;
  static const char *const argv[] = { "vitrine-drill", "wait", NULL };
  autofd reading = -1;
  int ends[2];
  int status;
  pid_t starter;

  g_assert_no_errno (pipe2 (ends, O_CLOEXEC));
  reading = ends[0];
  starter = fork ();
  if (starter == 0)
    {
      start (c, argv, -1, ends[1]);
      close (ends[1]);
      for (;;)
        pause ();
    }
  close (ends[1]);
  read_ready (reading);
  g_assert_no_errno (kill (starter, SIGKILL));
  g_assert_cmpint (waitpid (starter, &status, 0), ==, starter);
  wait_for_hang_up (reading);
}

static void
test_kill (gconstpointer data)
{
  g_autoptr (Jail) jail = NULL;
  autofd reading = -1;
  int status = -1;

  jail = start_waiting (data, -1, &reading);
  jail_set_ended (jail, ended, &status);
  read_ready (reading);
  jail_kill (jail);
  wait_for_end (jail);
  wait_for_hang_up (reading);
  g_assert_true (WIFSIGNALED (status));
  g_assert_cmpint (WTERMSIG (status), ==, SIGKILL);
}

static pid_t
parent_of (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/status", pid);
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return atoi (strstr (text, "PPid:") + strlen ("PPid:"));
}

/* Somebody stops bubblewrap: its jail can still be ended. */
static void
test_kill_stopped (gconstpointer data)
{
  g_autoptr (Jail) jail = NULL;
  autofd reading = -1;

  jail = start_waiting (data, -1, &reading);
  read_ready (reading);
  g_assert_no_errno (kill (parent_of (jail_get_pid (jail)), SIGSTOP));
  jail_kill (jail);
  wait_for_end (jail);
  wait_for_hang_up (reading);
}

/* Killed before the shim has said a word: nothing may be left. */
static void
test_free_at_once (gconstpointer data)
{
  autofd reading = -1;

  for (guint i = 0; i < 10; i++)
    {
      jail_free (start_waiting (data, -1, &reading));
      wait_for_hang_up (reading);
      fds_clear (&reading);
    }
}

static void
test_terminate (gconstpointer data)
{
  g_autoptr (Jail) jail = NULL;
  autofd reading = -1;
  int status = -1;

  jail = start_waiting (data, -1, &reading);
  jail_set_ended (jail, ended, &status);
  read_ready (reading);
  jail_terminate (jail);
  wait_for_end (jail);
  g_assert_true (WIFSIGNALED (status));
  g_assert_cmpint (WTERMSIG (status), ==, SIGTERM);
}

static const IsolationRow *
find_row (const IsolationReport *report, const char *layer)
{
  for (guint i = 0; i < report->rows->len; i++)
    {
      const IsolationRow *row = g_ptr_array_index (report->rows, i);

      if (g_str_equal (row->layer, layer))
        return row;
    }
  g_error ("the report has no row on %s", layer);
  return NULL;
}

/* The kernel's own word on a program in the jail. */
static void
test_report (gconstpointer data)
{
  static const char *const held[] = { "user",    "capabilities", "no-new-privileges",
                                      "seccomp", "descriptors",  "limits" };
  const Case *c = data;
  g_autoptr (Jail) jail = NULL;
  g_autoptr (IsolationReport) report = NULL;
  g_autofree char *json = NULL;
  IsolationProcess process = { .role = "qemu",
                               .jailed = TRUE,
                               .host_network = c->kind == JAIL_NET,
                               .proofs = { PROOF_HELD, PROOF_HELD, PROOF_HELD } };
  IsolationSubject subject = { &process, 1, TRUE, TRUE };
  autofd reading = -1;

  jail = start_waiting (c, -1, &reading);
  read_ready (reading);
  process.pid = jail_get_pid (jail);
  process.landlock_abi = jail_get_landlock_abi (jail);
  report = isolation_report_new (&subject);
  json = isolation_report_to_json (report);
  g_test_message ("%s", json);
  for (guint i = 0; i < G_N_ELEMENTS (held); i++)
    g_assert_cmpint (find_row (report, held[i])->level, ==, ISOLATION_GREEN);
  if (jail_get_layers (jail) & JAIL_LAYER_NAMESPACES)
    {
      g_assert_cmpint (find_row (report, "namespaces")->level, ==, ISOLATION_GREEN);
      g_assert_cmpint (find_row (report, "files")->level, ==, ISOLATION_GREEN);
    }
  else
    g_assert_cmpint (find_row (report, "namespaces")->level, !=, ISOLATION_GREEN);
}

/* A file of the host that it holds open for writing is seen, unless it was handed over by right. */
static void
test_report_open_file (gconstpointer data)
{
  g_autofree char *disk = g_build_filename (folder, "disk", NULL);
  const char *const allowed[] = { disk, NULL };
  g_autoptr (Jail) jail = NULL;
  IsolationProcess process = { .role = "qemu", .jailed = TRUE };
  IsolationSubject subject = { &process, 1, TRUE, TRUE };
  autofd file = open (disk, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  autofd reading = -1;

  jail = start_waiting (data, file, &reading);
  read_ready (reading);
  process.pid = jail_get_pid (jail);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (IsolationReport) report = isolation_report_new (&subject);
      const IsolationRow *row = find_row (report, "descriptors");

      g_assert_cmpint (row->level, ==, i == 0 ? ISOLATION_RED : ISOLATION_GREEN);
      g_assert_cmpint (strstr (row->text, disk) != NULL, ==, i == 0);
      process.writable_files = allowed;
    }
}

/* Neither a script nor a missing file is started, and the sentence says why. */
static void
test_bad_program (void)
{
  g_autofree char *script = g_build_filename (folder, "script", NULL);
  JailRequest request = { .kind = JAIL_QEMU,
                          .argv = (const char *const[]) { "x", NULL },
                          .stdin_fd = -1,
                          .stdout_fd = -1,
                          .stderr_fd = -1 };
  g_autoptr (GError) error = NULL;

  request.binary = "/nowhere/qemu";
  g_assert_null (jail_spawn (&request, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_true (g_file_set_contents (script, "#!/bin/sh\nexit 0\n", -1, NULL));
  g_assert_no_errno (g_chmod (script, 0755));
  request.binary = script;
  g_assert_null (jail_spawn (&request, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_assert_nonnull (strstr (error->message, "script"));
}

static const Case kinds[] = {
  { .kind = JAIL_QEMU, .kind_name = "qemu" },
  { .kind = JAIL_QEMU, .kind_name = "qemu-tcg", .writable_code = TRUE },
  { .kind = JAIL_DISPLAY, .kind_name = "display" },
  { .kind = JAIL_NET, .kind_name = "net" },
  { .kind = JAIL_NBD, .kind_name = "nbd" },
  { .kind = JAIL_QEMU_IMG, .kind_name = "qemu-img" },
};

static void
add_case (const Case *pattern, const char *name, const char *attempt, GTestDataFunc test)
{
  Case *c = g_memdup2 (pattern, sizeof *pattern);
  g_autofree char *path =
      g_strdup_printf ("/jail/%s/%s%s/%s", c->kind_name, c->alone ? "shim" : "namespaces",
                       c->kills ? "-kills" : "", name);

  c->attempt = attempt;
  g_test_add_data_func_full (path, c, test, g_free);
}

static void
add_attempts (const Case *pattern)
{
  for (guint i = 0; attempts[i] != NULL; i++)
    {
      const char *flags = attempts[i] + strlen (attempts[i]) + 1;

      gboolean of_disks = pattern->kind == JAIL_QEMU || pattern->kind == JAIL_QEMU_IMG;

      /* What only a control group stops has no group here. */
      if ((!pattern->writable_code || strchr (flags, 'r') == NULL) &&
          (pattern->kind != JAIL_NET || strchr (flags, 'n') == NULL) &&
          (!of_disks || strchr (flags, 'd') == NULL) && strchr (flags, 'g') == NULL)
        add_case (pattern, attempts[i], attempts[i], test_attempt);
    }
}

static void
add_kind (const Case *kind, gboolean alone)
{
  Case pattern = *kind;

  pattern.alone = alone;
  add_attempts (&pattern);
  add_case (&pattern, "ends-with-starter", NULL, test_ends_with_starter);
  add_case (&pattern, "kill", NULL, test_kill);
  if (!alone)
    add_case (&pattern, "kill-stopped", NULL, test_kill_stopped);
  add_case (&pattern, "terminate", NULL, test_terminate);
  add_case (&pattern, "free-at-once", NULL, test_free_at_once);
  add_case (&pattern, "report", NULL, test_report);
  add_case (&pattern, "report-open-file", NULL, test_report_open_file);
  /* The filter of tests and debug builds, once. */
  pattern.kills = TRUE;
  if (kind->kind == JAIL_QEMU_IMG && alone)
    add_attempts (&pattern);
}

/* Splits "NAME FLAGS WHAT" in place: name, NUL, flags. */
static void
list_attempts (void)
{
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;

  g_spawn_sync (NULL, (char *[]) { probe, "--list", NULL }, NULL, G_SPAWN_DEFAULT, NULL, NULL,
                &output, NULL, NULL, &error);
  g_assert_no_error (error);
  attempts = g_strsplit (g_strchomp (output), "\n", -1);
  for (guint i = 0; attempts[i] != NULL; i++)
    {
      *strchr (attempts[i], '\t') = '\0';
      *strchr (attempts[i] + strlen (attempts[i]) + 1, '\t') = '\0';
    }
}

static char *
copy_program (const char *from, const char *to_folder)
{
  g_autofree char *name = g_path_get_basename (from);
  char *to = g_build_filename (to_folder, name, NULL);
  g_autoptr (GFile) source = g_file_new_for_path (from);
  g_autoptr (GFile) target = g_file_new_for_path (to);
  g_autoptr (GError) error = NULL;

  g_file_copy (source, target, G_FILE_COPY_OVERWRITE, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  return to;
}

/* As vmm when root starts it from a build in root's home. */
static void
leave_root (const char *closed)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *shim = build_file ("vitrine-jail");
  g_autofree char *copy = copy_program (shim, closed);

  jail_use_shim_for_tests (copy);
  jail_prepare ((const char *const[]) { probe, NULL }, &error);
  g_assert_no_error (error);
  /* What was opened is all that is needed. */
  g_assert_no_errno (g_unlink (copy));
  g_assert_no_errno (g_unlink (probe));
  g_assert_no_errno (g_rmdir (closed));
  privileges_drop (TEST_UID, &error);
  g_assert_no_error (error);
}

static void
become_user (void)
{
  g_autofree char *shim = build_file ("vitrine-jail");

  jail_use_shim_for_tests (shim);
  if (getuid () == 0)
    {
      g_assert_no_errno (setgroups (0, NULL));
      g_assert_no_errno (setresgid (TEST_UID, TEST_UID, TEST_UID));
      g_assert_no_errno (setresuid (TEST_UID, TEST_UID, TEST_UID));
      prctl (PR_SET_DUMPABLE, 1);
    }
}

static void
make_folder (void)
{
  folder = g_dir_make_tmp ("vitrine-XXXXXX", NULL);
  g_assert_nonnull (folder);
  if (getuid () == 0)
    g_assert_no_errno (chown (folder, TEST_UID, TEST_UID));
}

static void
remove_folder (void)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    remove_file (name);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_autofree char *closed = NULL;
  g_autofree char *built = build_file ("vitrine-drill");
  g_autoptr (GError) error = NULL;
  gboolean user;
  int result;

  g_test_init (&argc, &argv, NULL);
  user = argc == 2 && g_str_equal (argv[1], "--user");
  make_folder ();
  probe = g_strdup (built);
  list_attempts ();
  if (!user)
    {
      closed = g_dir_make_tmp ("vitrine-closed-XXXXXX", NULL);
      g_free (probe);
      probe = copy_program (built, closed);
      leave_root (closed);
    }
  else
    {
      become_user ();
      for (guint i = 0; attempts[i] != NULL; i++)
        if (strchr (attempts[i] + strlen (attempts[i]) + 1, 'o') != NULL)
          add_case (&(Case) { .kind_name = "outside", .alone = TRUE }, attempts[i], attempts[i],
                    test_sound);
    }
  bait = drill_bait_new (&error);
  g_assert_no_error (error);
  world = drill_bait_world (bait, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      add_kind (&kinds[i], FALSE);
      add_kind (&kinds[i], TRUE);
    }
  g_test_add_func ("/jail/bad-program", test_bad_program);
  result = g_test_run ();
  drill_bait_free (bait);
  g_free (world);
  remove_folder ();
  return result;
}
