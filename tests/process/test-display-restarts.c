/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A thousand display processes killed one after the other under a real QEMU, in their jails, by the
 * code that replaces them in vitrine-vmm: each is followed by another that shows the guest, and
 * nothing of them is left. vmm's budget allows RESTART_BUDGET restarts a minute, so the test makes
 * a new DisplayLink, with a new budget, whenever one has spent its own; test-restart-budget.c holds
 * the budget itself to its clock.
 *
 *   test-display-restarts SHIM DISPLAY COUNT [--shim-alone]
 */
#include "display-link.h"
#include "fds.h"
#include "jail/jail-host.h"
#include "jail/privileges.h"
#include "restart-budget.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#define UID 1500
#define WARM_UP 60 /* what a process keeps for ever it has by then */
#define SETTLE_MS 30000
#define FAILURES_MAX 20
#define OWN_KIB_MAX 512
/* QEMU 10 keeps the connection of a display's listener for ever (its filter and the listener hold
 * each other): one descriptor and some memory a display. Its jail allows 4096 descriptors, and the
 * budget a display a minute in the long run. What it keeps beyond that would be ours. */
#define QEMU_FILES_PER_DISPLAY 1
#define QEMU_FILES_SLACK 8 /* of calls that were under way */
#define QEMU_KIB_PER_DISPLAY 128

typedef struct
{
  guint own_files, qemu_files, own_kib, qemu_kib;
} Measure;

typedef struct
{
  GMainLoop *loop;
  const char *display;
  int glass;
  GPid qemu;
  QmpClient *qmp;
  DisplayLink *link; /* NULL between two */
  guint ends;        /* of displays of this link */
  guint shown;       /* displays that showed the guest, in all */
  guint count;
  guint all_ends; /* and of all before, with those that were ended for being late */
  Measure before; /* at `ends_before` */
  guint ends_before;
  guint next;     /* the source that makes the next link */
  guint failures; /* of links that never showed the guest */
} Run;

static gboolean on_next_link (gpointer data);

static void
next_link_soon (Run *run)
{
  if (run->next == 0)
    run->next = g_idle_add (on_next_link, run);
}

G_NORETURN static void
die (const char *what)
{
  g_print ("not ok: %s\n", what); /* standard error is the log */
  exit (1);
}

/* --- Measuring --- */

static guint
count_files (GPid pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/fd", pid);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  if (dir == NULL)
    die ("a process' descriptors cannot be listed");
  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static guint
dirty_kib (GPid pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/smaps_rollup", pid);
  g_autofree char *text = NULL;
  const char *line;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    die ("a process' memory cannot be read");
  line = strstr (text, "Private_Dirty:");
  return line != NULL ? strtoul (line + strlen ("Private_Dirty:"), NULL, 10) : 0;
}

static Measure
measure (Run *run)
{
  return (Measure) { count_files (getpid ()), count_files (run->qemu), mallinfo2 ().uordblks / 1024,
                     dirty_kib (run->qemu) };
}

static guint
allowed_files (Run *run)
{
  return run->before.qemu_files + QEMU_FILES_SLACK +
         (run->all_ends - run->ends_before) * QEMU_FILES_PER_DISPLAY;
}

/* QEMU closes what else it had of the last display in its own time. */
static Measure
measure_settled (Run *run, const Measure *wanted)
{
  gint64 end = g_get_monotonic_time () + SETTLE_MS * G_TIME_SPAN_MILLISECOND;
  Measure now = measure (run);

  while (wanted != NULL && now.qemu_files > allowed_files (run) && g_get_monotonic_time () < end)
    {
      g_usleep (10000);
      now = measure (run);
    }
  return now;
}

/* --- Displays --- */

static void
on_ready (gpointer data)
{
  Run *run = data;

  run->shown++;
  jail_kill (display_link_get_jail (run->link)); /* SIGKILL */
}

static void
on_gone (gpointer data)
{
  Run *run = data;

  run->ends++;
  run->all_ends++;
  if (run->shown >= run->count || run->shown == WARM_UP || run->ends > RESTART_BUDGET)
    next_link_soon (run);
}

static void
on_viewers (guint viewers, gpointer data)
{
}

static gboolean
on_viewer (const LinkViewer *event, gpointer data)
{
  return FALSE;
}

/* QEMU gets two seconds to answer, three times, which a machine may be too busy for. */
static void
on_failed (const char *why, gpointer data)
{
  Run *run = data;

  if (++run->failures > FAILURES_MAX)
    die (why);
  next_link_soon (run);
}

static void
on_warning (const char *text, gpointer data)
{
}

static void
on_replaced (gpointer data)
{
}

static const DisplayLinkEvents display_events = { .ready = on_ready,
                                                  .viewers = on_viewers,
                                                  .viewer = on_viewer,
                                                  .gone = on_gone,
                                                  .failed = on_failed,
                                                  .warning = on_warning,
                                                  .replaced = on_replaced };

static gboolean
on_next_link (gpointer data)
{
  Run *run = data;
  g_autoptr (GError) error = NULL;

  run->next = 0;
  g_clear_pointer (&run->link, display_link_free);
  if (run->shown >= run->count)
    {
      g_main_loop_quit (run->loop);
      return G_SOURCE_REMOVE;
    }
  if (run->shown >= WARM_UP && run->before.qemu_files == 0)
    {
      run->before = measure_settled (run, NULL);
      run->ends_before = run->all_ends;
    }
  run->ends = 0;
  run->link = display_link_new (run->display, run->glass, FALSE, &display_events, run, &error);
  if (run->link == NULL)
    die (error->message);
  display_link_attach (run->link, run->qmp);
  return G_SOURCE_REMOVE;
}

/* --- QEMU --- */

static void
on_greeted (gpointer data)
{
}

static void
on_qmp_ready (const QmpMessage *greeting, gpointer data)
{
  on_next_link (data);
}

static void
on_event (const QmpMessage *event, gpointer data)
{
}

static void
on_lost (const char *why, gpointer data)
{
  die (why);
}

/* A QEMU that outlived a failed test would hold the pipe that the test runner reads to its end. */
static void
die_with_parent (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static void
start_qemu (Run *run)
{
  static const QmpClientEvents events = { on_greeted, on_qmp_ready, on_event, on_lost };
  const char *argv[] = { "qemu-system-x86_64",
                         "-nodefaults",
                         "-no-user-config",
                         "-accel",
                         "tcg",
                         "-m",
                         "64",
                         "-S", /* what the guest does is no matter */
                         "-vga",
                         "std",
                         "-audiodev",
                         "dbus,id=sound",
                         "-device",
                         "intel-hda",
                         "-device",
                         "hda-output,audiodev=sound",
                         "-display",
                         "dbus,p2p=on,audiodev=sound",
                         "-chardev",
                         "socket,id=qmp,fd=3",
                         "-mon",
                         "chardev=qmp,mode=control",
                         NULL };
  g_autoptr (GError) error = NULL;
  int pair[2], theirs = 3;

  if (!fds_socketpair (SOCK_STREAM, pair, &error) ||
      !g_spawn_async_with_pipes_and_fds ("/", argv, NULL,
                                         G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
                                             G_SPAWN_STDOUT_TO_DEV_NULL,
                                         die_with_parent, NULL, -1, -1, -1, &pair[1], &theirs, 1,
                                         &run->qemu, NULL, NULL, NULL, &error))
    die (error->message);
  close (pair[1]);
  run->qmp = qmp_client_new_take (pair[0], &events, run);
}

static int
listen_somewhere (void)
{
  const struct sockaddr_un address = { .sun_family = AF_UNIX }; /* the kernel finds a name */
  int fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  if (fd < 0 || bind (fd, (const struct sockaddr *) &address, sizeof (sa_family_t)) != 0 ||
      listen (fd, 4) != 0)
    die ("there is no listening socket");
  return fd;
}

/* --- The end --- */

static void
check (Run *run)
{
  Measure after = measure_settled (run, &run->before);

  g_print ("%u displays; descriptors %u and %u of QEMU, before %u and %u; %+d KiB and %+d KiB of "
           "QEMU\n",
           run->shown, after.own_files, after.qemu_files, run->before.own_files,
           run->before.qemu_files, (int) after.own_kib - (int) run->before.own_kib,
           (int) after.qemu_kib - (int) run->before.qemu_kib);
  if (after.own_files > run->before.own_files || after.qemu_files > allowed_files (run))
    {
      g_print ("descriptors: %u of ours, before %u; %u of QEMU, allowed %u\n", after.own_files,
               run->before.own_files, after.qemu_files, allowed_files (run));
      die ("descriptors are left open");
    }
  if (after.own_kib > run->before.own_kib + OWN_KIB_MAX ||
      after.qemu_kib >
          run->before.qemu_kib + (run->all_ends - run->ends_before) * QEMU_KIB_PER_DISPLAY)
    die ("memory has grown");
}

/* Whatever a jail left behind has fallen to us, the subreaper. */
static void
check_processes (Run *run)
{
  g_clear_pointer (&run->qmp, qmp_client_free);
  kill (run->qemu, SIGKILL);
  waitpid (run->qemu, NULL, 0);
  for (pid_t pid; (pid = waitpid (-1, NULL, WNOHANG)) >= 0;)
    if (pid == 0)
      die ("a process is left");
}

int
main (int argc, char **argv)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError) error = NULL;
  Run run = { .loop = loop };

  if (argc < 4)
    return 2;
  run.display = g_canonicalize_filename (argv[2], NULL); /* the test runner's may be relative */
  run.count = strtoul (argv[3], NULL, 10);
  if (freopen ("/dev/null", "w", stderr) == NULL) /* a line for each display */
    return 1;
  prctl (PR_SET_CHILD_SUBREAPER, 1);
  jail_use_shim_for_tests (g_canonicalize_filename (argv[1], NULL));
  jail_disable_namespaces_for_tests (argc > 4);
  run.glass = listen_somewhere ();
  if (!jail_prepare ((const char *const[]) { run.display, NULL }, &error) ||
      !privileges_drop (UID, &error))
    die (error->message);
  jail_begin_trial ();
  start_qemu (&run);
  g_main_loop_run (loop);
  check (&run);
  check_processes (&run);
  return 0;
}
