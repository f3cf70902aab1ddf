/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The guest's log. Runs in vitrine-vmm; a program that prints too much is no longer listened to.
 */
#include "guest-log.h"

#include "fds.h"
#include "paths.h"
#include "qmp/qmp-parse.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

struct _LogPipe
{
  char *name;
  int fd;
  guint source;
  gsize taken;
  GString *line;
  char last[GUEST_LOG_LINE_MAX + 1];
};

void
guest_log_open (const char *uuid)
{
  g_autofree char *path = paths_guest_file (uuid, "log");
  g_autofree char *old = paths_guest_file (uuid, "log.old");
  int flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC;
  struct stat info;
  autofd fd = -1;

  if (lstat (path, &info) == 0 && info.st_size > GUEST_LOG_BYTES_MAX)
    rename (path, old);
  fd = open (path, flags, 0600);
  if (fd < 0)
    return;
  dup2 (fd, STDOUT_FILENO);
  dup2 (fd, STDERR_FILENO);
}

void
guest_log (const char *format, ...)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *time = g_date_time_format (now, "%F %T");
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  dprintf (STDERR_FILENO, "%s %s\n", time, text);
}

void
guest_log_last_words (const char *text)
{
  char when[32] = "";
  time_t now = time (NULL);
  struct tm parts;

  if (localtime_r (&now, &parts) != NULL)
    strftime (when, sizeof when, "%F %T", &parts);
  dprintf (STDERR_FILENO, "%s The guest ends, because vitrine-vmm cannot go on: %s\n", when, text);
}

char *
guest_log_quote (const char *text)
{
  static const char mark[] = "…";
  g_autofree char *start = g_strndup (text, GUEST_LOG_QUOTE_MAX + 1); /* never shorter escaped */
  char *escaped = g_strescape (start, NULL);

  if (strlen (escaped) > GUEST_LOG_QUOTE_MAX)
    memcpy (escaped + GUEST_LOG_QUOTE_MAX - strlen (mark), mark, sizeof mark);
  return escaped;
}

static void
finish_line (LogPipe *log)
{
  g_autofree char *valid = g_utf8_make_valid (log->line->str, log->line->len);

  g_string_truncate (log->line, 0);
  g_strchomp (valid);
  if (*valid == '\0')
    return;
  qmp_copy_printable (log->last, GUEST_LOG_LINE_MAX, valid);
  guest_log ("%s: %s", log->name, log->last);
}

/* Takes what is there; FALSE when nothing more can come. */
static gboolean
drain (LogPipe *log)
{
  char chunk[4096];
  gssize got;

  while ((got = read (log->fd, chunk, sizeof chunk)) > 0)
    {
      log->taken += got;
      for (gssize i = 0; i < got; i++)
        if (chunk[i] == '\n' || log->line->len >= GUEST_LOG_LINE_MAX)
          finish_line (log);
        else
          g_string_append_c (log->line, chunk[i] != '\0' ? chunk[i] : ' ');
      if (log->taken > GUEST_LOG_PROGRAM_MAX)
        {
          guest_log ("%s printed too much; the rest is dropped", log->name);
          return FALSE;
        }
    }
  return got < 0 && (errno == EAGAIN || errno == EINTR);
}

static gboolean
on_readable (int fd, GIOCondition condition, gpointer data)
{
  LogPipe *log = data;

  if (drain (log))
    return G_SOURCE_CONTINUE;
  log->source = 0;
  fds_clear (&log->fd);
  return G_SOURCE_REMOVE;
}

LogPipe *
log_pipe_new (const char *name, int *ret_write_fd, GError **error)
{
  LogPipe *log;
  int pair[2];

  if (!g_unix_open_pipe (pair, FD_CLOEXEC, error))
    return NULL;
  fcntl (pair[0], F_SETFL, O_NONBLOCK);
  log = g_new0 (LogPipe, 1);
  log->name = g_strdup (name);
  log->fd = pair[0];
  log->line = g_string_new (NULL);
  log->source = g_unix_fd_add (log->fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, log);
  *ret_write_fd = pair[1];
  return log;
}

static void
read_rest (LogPipe *log)
{
  if (log->fd >= 0)
    drain (log);
  if (log->line->len > 0)
    finish_line (log);
}

const char *
log_pipe_last_line (LogPipe *log)
{
  read_rest (log);
  return log->last;
}

void
log_pipe_free (LogPipe *log)
{
  read_rest (log);
  g_clear_handle_id (&log->source, g_source_remove);
  fds_clear (&log->fd);
  g_string_free (log->line, TRUE);
  g_free (log->name);
  g_free (log);
}
