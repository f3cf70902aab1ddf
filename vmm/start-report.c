/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Writes the start's progress. Runs in vitrine-vmm; never blocks (a full pipe loses a line) and
 * keeps each line printable and within START_LINE_MAX.
 */
#include "start-report.h"

#include "fds.h"
#include "qmp/qmp-parse.h"
#include "ipc/start-wire.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <string.h>

struct _StartReport
{
  int fd;
  guint watch;
  void (*gone) (gpointer user_data);
  gpointer user_data;
};

StartReport *
start_report_new_take (int fd)
{
  StartReport *report = g_new0 (StartReport, 1);

  report->fd = fd;
  if (fd >= 0)
    {
      fcntl (fd, F_SETFD, FD_CLOEXEC);
      fcntl (fd, F_SETFL, fcntl (fd, F_GETFL) | O_NONBLOCK);
    }
  return report;
}

static void
finish (StartReport *report)
{
  g_clear_handle_id (&report->watch, g_source_remove);
  fds_clear (&report->fd);
}

void
start_report_free (StartReport *report)
{
  finish (report);
  g_free (report);
}

static void
write_line (StartReport *report, const char *word, const char *text)
{
  char line[START_LINE_MAX];
  gsize length = g_strlcpy (line, word, sizeof line);

  if (report->fd < 0)
    return;
  qmp_copy_printable (line + length, sizeof line - length - 2, text);
  length = strlen (line);
  line[length++] = '\n';
  if (write (report->fd, line, length) < 0)
    g_debug ("Nobody reads the start's report");
}

void
start_report_step (StartReport *report, const char *text)
{
  write_line (report, START_STEP, text);
}

void
start_report_ready (StartReport *report)
{
  write_line (report, START_READY, "");
  finish (report);
}

void
start_report_failed (StartReport *report, const char *text)
{
  write_line (report, START_FAILED, text);
  finish (report);
}

static gboolean
on_gone (int fd, GIOCondition condition, gpointer data)
{
  StartReport *report = data;

  report->watch = 0;
  fds_clear (&report->fd);
  report->gone (report->user_data);
  return G_SOURCE_REMOVE;
}

void
start_report_watch (StartReport *report, void (*gone) (gpointer user_data), gpointer user_data)
{
  if (report->fd < 0)
    return;
  report->gone = gone;
  report->user_data = user_data;
  report->watch = g_unix_fd_add (report->fd, G_IO_ERR, on_gone, report);
}
