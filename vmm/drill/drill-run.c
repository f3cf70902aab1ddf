/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Runs the drill. Whatever the program says is parsed in drill-parse.c, and what it says of itself
 * counts for nothing beyond "closed": a way is open unless it said so or the kernel killed it.
 */
#include "drill-run.h"

#include "drill/drill-bait.h"
#include "drill/drill-parse.h"
#include "drill/drill-report.h"
#include "drill/drill-talk.h"
#include "fds.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#define FIRST_HANDED_FD 3 /* DRILL_UNIX_SOCKET */
#define BUFFER_BYTES 4096u
#define TALKS_MAX 4u /* at a time */

struct _DrillRun
{
  DrillPrograms programs;
  char *control;
  DrillJail *jails;
  guint n_jails;
  DrillDone done;
  gpointer data;

  DrillBait *bait;
  DrillReport *report;
  guint n_tried;     /* the first of them: the ways are tried in these; then come the peers */
  guint jail_number; /* which of them is being tried */
  guint way;         /* the next to be tried, or the one that is; then the next nonsense */
  gboolean trying;   /* it has begun */
  gboolean finished; /* the program said "done" */
  gboolean broken;   /* it said nonsense */

  DrillTalk *talks[TALKS_MAX]; /* NULL: nobody speaks nonsense there */
  guint talk_ways[TALKS_MAX];
  Jail *jail;
  int output;
  guint readable;
  guint deadline;
  guint next; /* the source that starts the next program */
  char buffer[BUFFER_BYTES];
  gsize n_buffer;
};

static const DrillJail peers[] = { { DRILL_ROLE_SERVER, JAIL_NBD },
                                   { DRILL_ROLE_USER, JAIL_DISPLAY } };

static void schedule (DrillRun *run);

static void
stop_program (DrillRun *run)
{
  g_clear_handle_id (&run->readable, g_source_remove);
  g_clear_handle_id (&run->deadline, g_source_remove);
  if (run->jail != NULL)
    jail_set_ended (run->jail, NULL, NULL);
  g_clear_pointer (&run->jail, jail_free);
  fds_clear (&run->output);
  run->n_buffer = 0;
}

static void
stop_talks (DrillRun *run)
{
  for (guint i = 0; i < TALKS_MAX; i++)
    g_clear_pointer (&run->talks[i], drill_talk_free);
}

static void
finish (DrillRun *run, const GError *error)
{
  g_autofree char *json = error == NULL ? drill_report_to_json (run->report) : NULL;

  stop_program (run);
  stop_talks (run);
  g_clear_handle_id (&run->next, g_source_remove);
  run->done (json, error == NULL ? drill_report_get_open (run->report) : 0, error, run->data);
}

/* --- What the program says --- */

static void
conclude (DrillRun *run, DrillResult result, guint code)
{
  drill_report_set (run->report, run->way, result, code);
  run->trying = FALSE;
  run->way++;
}

/* FALSE: nonsense. */
static gboolean
take_line (DrillRun *run, const DrillLine *line)
{
  switch (line->kind)
    {
    case DRILL_LINE_TRY:
      if (run->trying || run->way >= drill_report_n_ways () ||
          strcmp (line->name, drill_report_way (run->way)) != 0)
        return FALSE;
      run->trying = TRUE;
      return TRUE;
    case DRILL_LINE_CLOSED:
    case DRILL_LINE_OPEN:
      if (!run->trying)
        return FALSE;
      conclude (run, line->kind == DRILL_LINE_OPEN ? DRILL_OPEN : DRILL_REFUSED, line->code);
      return TRUE;
    case DRILL_LINE_DONE:
      run->finished = !run->trying && run->way == drill_report_n_ways ();
      return run->finished;
    }
  return FALSE;
}

static void
take_lines (DrillRun *run)
{
  gsize at = 0;

  while (!run->broken && at < run->n_buffer)
    {
      DrillLine line;
      gsize used;
      ParseResult result = drill_parse_line (run->buffer + at, run->n_buffer - at, &line, &used);

      if (result == PARSE_NEED_MORE)
        break;
      if (result == PARSE_BAD || !take_line (run, &line))
        run->broken = TRUE;
      else
        at += used;
    }
  run->n_buffer -= at;
  memmove (run->buffer, run->buffer + at, run->n_buffer);
}

static gboolean
on_deadline (gpointer data)
{
  DrillRun *run = data;

  run->deadline = 0;
  jail_kill (run->jail); /* its end is an open way */
  return G_SOURCE_REMOVE;
}

static void
watch_clock (DrillRun *run)
{
  g_clear_handle_id (&run->deadline, g_source_remove);
  run->deadline = g_timeout_add_seconds (DRILL_ATTEMPT_SECONDS, on_deadline, run);
}

/* FALSE: nothing more for now. */
static gboolean
read_output (DrillRun *run)
{
  gssize got = read (run->output, run->buffer + run->n_buffer, BUFFER_BYTES - run->n_buffer);

  if (got <= 0)
    return FALSE;
  run->n_buffer += got;
  take_lines (run);
  if (run->broken)
    jail_kill (run->jail);
  return !run->broken;
}

static gboolean
on_readable (int fd, GIOCondition condition, gpointer data)
{
  DrillRun *run = data;

  if (read_output (run))
    {
      watch_clock (run);
      return G_SOURCE_CONTINUE;
    }
  if (condition & G_IO_IN && !run->broken)
    return G_SOURCE_CONTINUE;
  run->readable = 0;
  return G_SOURCE_REMOVE;
}

/* --- Programs --- */

static void
on_ended (Jail *jail, int wait_status, const char *text, gpointer data)
{
  DrillRun *run = data;
  gboolean was_killed = WIFSIGNALED (wait_status) && WTERMSIG (wait_status) == SIGSYS;
  g_autoptr (GError) error = NULL;

  while (!run->broken && read_output (run))
    continue;
  stop_program (run);
  if (run->broken || (!run->trying && !run->finished))
    {
      g_set_error (&error, G_IO_ERROR, G_IO_ERROR_FAILED,
                   "The drill in the jail of %s is void: its program %s before it was done",
                   run->jails[run->jail_number].role, run->broken ? "broke its protocol" : text);
      finish (run, error);
      return;
    }
  /* In the midst of an attempt: killed for it, or become another program. */
  if (run->trying)
    conclude (run, was_killed ? DRILL_KILLED : DRILL_OPEN, 0);
  schedule (run);
}

static gboolean
spawn (DrillRun *run, int output, GError **error)
{
  const DrillJail *jailed = &run->jails[run->jail_number];
  g_autofree char *from = g_strdup_printf ("%u", run->way);
  g_autofree char *world = drill_bait_world (run->bait, run->programs.control);
  const char *argv[] = { "vitrine-drill", "--from", from, world, NULL };
  JailFd fds[DRILL_BAIT_FDS];
  JailRequest request = { .kind = jailed->kind,
                          .binary = run->programs.drill,
                          .argv = argv,
                          .fds = fds,
                          .stdin_fd = -1,
                          .stdout_fd = output,
                          .stderr_fd = -1,
                          .writable_code = jailed->writable_code,
                          .kvm = jailed->kvm };

  /* The network process can make no Unix socket and is handed none that is not connected. */
  for (guint i = jailed->kind == JAIL_NET ? 1 : 0; i < DRILL_BAIT_FDS; i++)
    fds[request.n_fds++] = (JailFd) { drill_bait_fds (run->bait)[i], FIRST_HANDED_FD + i };
  run->jail = jail_spawn (&request, error);
  return run->jail != NULL;
}

static gboolean
start_program (DrillRun *run, GError **error)
{
  int ends[2];
  gboolean good;

  run->finished = FALSE;
  if (!drill_bait_lay (run->bait, error))
    return FALSE;
  if (!g_unix_open_pipe (ends, FD_CLOEXEC, error))
    return FALSE;
  run->output = ends[0];
  g_unix_set_fd_nonblocking (run->output, TRUE, NULL);
  good = spawn (run, ends[1], error);
  close (ends[1]);
  if (!good)
    return FALSE;
  run->readable = g_unix_fd_add (run->output, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, run);
  watch_clock (run);
  jail_set_ended (run->jail, on_ended, run);
  return TRUE;
}

static void
on_talked (DrillTalk *talk, gboolean held, gpointer data)
{
  DrillRun *run = data;
  guint i = 0;

  while (run->talks[i] != talk)
    i++;
  drill_report_set (run->report, run->talk_ways[i], held ? DRILL_REFUSED : DRILL_OPEN, EPROTO);
  g_clear_pointer (&run->talks[i], drill_talk_free);
  schedule (run);
}

/* The next nonsense for a channel that this jail has; FALSE: there is no more. */
static gboolean
find_talk (DrillRun *run)
{
  guint end = drill_report_n_ways () + drill_report_n_talks ();

  while (run->way < end &&
         !drill_talk_is_for (run->jails[run->jail_number].role, drill_report_way (run->way)))
    run->way++;
  return run->way < end;
}

/* As many as may speak at a time; once all have spoken, the next jail. */
static gboolean
start_talks (DrillRun *run, GError **error)
{
  guint n_talking = 0;

  for (guint i = 0; i < TALKS_MAX; i++)
    {
      if (run->talks[i] == NULL && find_talk (run))
        {
          run->talk_ways[i] = run->way++;
          run->talks[i] =
              drill_talk_new (&run->programs, &run->jails[run->jail_number],
                              drill_report_way (run->talk_ways[i]), on_talked, run, error);
          if (run->talks[i] == NULL)
            return FALSE;
        }
      n_talking += run->talks[i] != NULL;
    }
  if (n_talking > 0)
    return TRUE;
  run->jail_number++;
  run->way = 0;
  schedule (run);
  return TRUE;
}

static void
begin_jail (DrillRun *run)
{
  const DrillJail *jailed = &run->jails[run->jail_number];

  drill_report_begin (run->report, jailed->role, jailed->writable_code, jailed->grouped);
  if (run->jail_number >= run->n_tried)
    run->way = drill_report_n_ways ();
}

static gboolean
on_next (gpointer data)
{
  DrillRun *run = data;
  g_autoptr (GError) error = NULL;

  run->next = 0;
  if (run->jail_number == run->n_jails)
    {
      finish (run, NULL);
      return G_SOURCE_REMOVE;
    }
  if (run->way == 0)
    begin_jail (run);
  if (run->way < drill_report_n_ways () ? !start_program (run, &error) : !start_talks (run, &error))
    finish (run, error);
  return G_SOURCE_REMOVE;
}

static void
schedule (DrillRun *run)
{
  if (run->next == 0)
    run->next = g_idle_add (on_next, run);
}

DrillRun *
drill_run_new (const DrillPrograms *programs,
               const DrillJail *jails,
               guint n_jails,
               DrillDone done,
               gpointer data,
               GError **error)
{
  DrillBait *bait = drill_bait_new (error);
  DrillRun *run;

  if (bait == NULL)
    return NULL;
  run = g_new0 (DrillRun, 1);
  run->control = g_strdup (programs->control);
  run->programs = *programs;
  run->programs.control = run->control;
  run->n_tried = n_jails;
  run->n_jails = n_jails + G_N_ELEMENTS (peers);
  run->jails = g_new (DrillJail, run->n_jails);
  memcpy (run->jails, jails, sizeof *jails * n_jails);
  memcpy (run->jails + n_jails, peers, sizeof peers);
  run->done = done;
  run->data = data;
  run->bait = bait;
  run->report = drill_report_new ();
  run->output = -1;
  schedule (run);
  return run;
}

void
drill_run_free (DrillRun *run)
{
  g_clear_handle_id (&run->next, g_source_remove);
  stop_program (run);
  stop_talks (run);
  drill_bait_free (run->bait);
  drill_report_free (run->report);
  g_free (run->control);
  g_free (run->jails);
  g_free (run);
}
