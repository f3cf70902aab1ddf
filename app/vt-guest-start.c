/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The start of a guest: enough memory, a detached vitrine-vmm, its report line by line (B1), and
 * then the control connection. Runs in the front ends; never blocks.
 */
#include "config.h"

#include "vt-guest-private.h"

#include "bounded-text.h"
#include "fds.h"
#include "paths.h"
#include "start-parse.h"
#include "vt-library.h"

#include <fcntl.h>
#include <gio/gunixinputstream.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#define REPORT_FD 3
/* A start that says nothing for so long is told of; the slowest step has shorter limits of its own.
 */
#define SILENCE_SECONDS 30
#define TAP_FD 4

typedef struct
{
  char *accel;
  int tap; /* -1: none */
  GInputStream *report; /* closing it before the last line undoes the start */
  char buffer[2 * START_LINE_MAX];
  gsize have;
  gboolean in_scope; /* tried with a systemd scope around it */
  gboolean heard;    /* a line has come */
  char *step;        /* the last that was heard of, or NULL */
  guint silence;     /* the source that tells of it */
} Start;

static void
start_free (Start *start)
{
  g_clear_handle_id (&start->silence, g_source_remove);
  g_clear_object (&start->report);
  g_free (start->step);
  g_free (start->accel);
  fds_clear (&start->tap);
  g_free (start);
}

static void read_more (GTask *task);
static gboolean spawn (GTask *task, GError **error);

static gboolean
on_silence (gpointer data)
{
  GTask *task = data;
  VtGuest *self = g_task_get_source_object (task);
  Start *start = g_task_get_task_data (task);
  g_autofree char *text = g_strdup_printf (
      _ ("The start of “%s” has made no progress for %d seconds (the last step: %s). A disk or "
         "file "
         "server may be slow, or a program hangs: wait, or force the guest off ('vitrinectl stop "
         "--force') and try again"),
      self->name, SILENCE_SECONDS, start->step != NULL ? start->step : "–");

  start->silence = 0;
  g_signal_emit (self, vt_guest_signals[VT_GUEST_WARNING], 0, text);
  return G_SOURCE_REMOVE;
}

/* From now on; FALSE: no more. */
static void
listen_for_silence (GTask *task, gboolean listens)
{
  Start *start = g_task_get_task_data (task);

  g_clear_handle_id (&start->silence, g_source_remove);
  if (listens)
    start->silence = g_timeout_add_seconds (SILENCE_SECONDS, on_silence, task);
}

/* Where the user has a systemd, the guest gets a scope of its own instead of dying with ours. */
static gboolean
has_user_systemd (void)
{
  g_autofree char *manager =
      g_build_filename (g_get_user_runtime_dir (), "systemd", "private", NULL);
  g_autofree char *program = g_find_program_in_path ("systemd-run");

  return program != NULL && g_file_test (manager, G_FILE_TEST_EXISTS);
}

static GPtrArray *
build_argv (VtGuest *self, const Start *start)
{
  GPtrArray *argv = g_ptr_array_new_with_free_func (g_free);

  if (start->in_scope)
    {
      static const char *const prefix[] = { "systemd-run", "--user", "--scope", "--quiet",
                                            "--collect" };

      for (gsize i = 0; i < G_N_ELEMENTS (prefix); i++)
        g_ptr_array_add (argv, g_strdup (prefix[i]));
      g_ptr_array_add (argv, g_strdup_printf ("--unit=vitrine-%s.scope", self->uuid));
      g_ptr_array_add (argv, g_strdup ("--"));
    }
  g_ptr_array_add (argv, paths_helper ("vitrine-vmm"));
  g_ptr_array_add (argv, g_strdup ("--uuid"));
  g_ptr_array_add (argv, g_strdup (self->uuid));
  g_ptr_array_add (argv, g_strdup ("--report-fd"));
  g_ptr_array_add (argv, g_strdup_printf ("%d", REPORT_FD));
  if (start->tap >= 0)
    {
      g_ptr_array_add (argv, g_strdup ("--tap-fd"));
      g_ptr_array_add (argv, g_strdup_printf ("%d", TAP_FD));
    }
  if (start->accel != NULL)
    {
      g_ptr_array_add (argv, g_strdup ("--accel"));
      g_ptr_array_add (argv, g_strdup (start->accel));
    }
  g_ptr_array_add (argv, NULL);
  return argv;
}

static void
finish (GTask *task, GError *error)
{
  VtGuest *self = g_task_get_source_object (task);

  listen_for_silence (task, FALSE);
  self->starting = FALSE;
  vt_guest_refresh (self);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void
on_settled (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;

  finish (task, NULL);
}

/* One line. Returns whether more are to come. */
static gboolean
take_line (GTask *task, const StartLine *line)
{
  VtGuest *self = g_task_get_source_object (task);
  Start *start = g_task_get_task_data (task);

  start->heard = TRUE;
  listen_for_silence (task, TRUE);
  switch (line->kind)
    {
    case START_LINE_STEP:
      {
        g_autofree char *step = bounded_text_line (line->text);

        g_signal_emit (self, vt_guest_signals[VT_GUEST_START_STEP], 0, step);
        g_free (start->step);
        start->step = g_steal_pointer (&step);
        return TRUE;
      }
    case START_LINE_READY:
      /* Too late to undo: a cancelled caller must hear that the guest runs. */
      g_task_set_check_cancellable (task, FALSE);
      vt_guest_settle_async (self, NULL, on_settled, g_object_ref (task));
      return FALSE;
    case START_LINE_FAILED:
    default:
      {
        g_autofree char *why = bounded_text_line (line->text);

        finish (task, g_error_new_literal (VT_GUEST_ERROR, VT_GUEST_ERROR_START, why));
        return FALSE;
      }
    }
}

/* The lines that are in the buffer. Returns whether to read on. */
static gboolean
take_lines (GTask *task)
{
  VtGuest *self = g_task_get_source_object (task);
  Start *start = g_task_get_task_data (task);
  g_autofree StartLine *line = g_new (StartLine, 1);
  gsize used;
  ParseResult got;

  while ((got = start_parse_line (start->buffer, start->have, &used, line)) == PARSE_OK)
    {
      start->have -= used;
      memmove (start->buffer, start->buffer + used, start->have);
      if (!take_line (task, line))
        return FALSE;
    }
  if (got == PARSE_NEED_MORE)
    return TRUE;
  finish (task,
          g_error_new (VT_GUEST_ERROR, VT_GUEST_ERROR_PROTOCOL,
                       _ ("The program that runs “%s” reported what nobody can read"), self->name));
  return FALSE;
}

/* End of file without a last line. */
static void
on_report_ended (GTask *task)
{
  VtGuest *self = g_task_get_source_object (task);
  Start *start = g_task_get_task_data (task);
  g_autofree char *log = paths_guest_file (self->uuid, "log");
  g_autoptr (GError) error = NULL;

  if (start->in_scope && !start->heard)
    {
      start->in_scope = FALSE;
      if (spawn (task, &error))
        read_more (task);
      else
        finish (task, g_steal_pointer (&error));
      return;
    }
  finish (task, g_error_new (VT_GUEST_ERROR, VT_GUEST_ERROR_START,
                             _ ("The program that runs “%s” ended before the guest was up; see %s"),
                             self->name, log));
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;
  Start *start = g_task_get_task_data (task);
  gssize got = g_input_stream_read_finish (G_INPUT_STREAM (source), result, &error);

  if (got < 0)
    {
      g_clear_object (&start->report);
      finish (task, g_steal_pointer (&error));
      return;
    }
  if (got == 0)
    {
      on_report_ended (task);
      return;
    }
  start->have += got;
  if (take_lines (task))
    read_more (task);
}

static void
read_more (GTask *task)
{
  Start *start = g_task_get_task_data (task);

  g_input_stream_read_async (start->report, start->buffer + start->have,
                             sizeof start->buffer - start->have, G_PRIORITY_DEFAULT,
                             g_task_get_cancellable (task), on_read, g_object_ref (task));
}

static gboolean
spawn (GTask *task, GError **error)
{
  VtGuest *self = g_task_get_source_object (task);
  Start *start = g_task_get_task_data (task);
  /* Its words come over the report and into its log; an inherited stderr would keep a pipe of
   * whoever reads ours open for as long as the guest runs. */
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autoptr (GPtrArray) argv = build_argv (self, start);
  g_autoptr (GSubprocess) vmm = NULL;
  int ends[2];

  if (!g_unix_open_pipe (ends, FD_CLOEXEC, error))
    return FALSE;
  g_clear_object (&start->report);
  start->report = g_unix_input_stream_new (ends[0], TRUE);
  g_subprocess_launcher_take_fd (launcher, ends[1], REPORT_FD);
  if (start->tap >= 0)
    g_subprocess_launcher_take_fd (launcher, fcntl (start->tap, F_DUPFD_CLOEXEC, 3), TAP_FD);
  g_subprocess_launcher_set_cwd (launcher, "/");
  vmm = g_subprocess_launcher_spawnv (launcher, (const char *const *) argv->pdata, error);
  g_subprocess_launcher_close (launcher);
  return vmm != NULL;
}

static gboolean
check_memory (VtGuest *self, GError **error)
{
  guint available = vt_library_free_memory_mib ();
  guint wanted = self->definition->memory_mib;

  if (wanted <= available)
    return TRUE;
  g_set_error (error, VT_GUEST_ERROR, VT_GUEST_ERROR_MEMORY,
               _ ("“%s” wants %u MiB of memory but only %u MiB are free: give it less, close other "
                  "programs, or force the start"),
               self->name, wanted, available);
  return FALSE;
}

static gboolean
check_start (VtGuest *self, gboolean force_memory, GError **error)
{
  if (self->proxy != NULL || self->starting || guest_store_is_running (self->store, self->uuid))
    {
      if (self->proxy == NULL && self->unanswered != NULL)
        {
          g_set_error_literal (error, VT_GUEST_ERROR, VT_GUEST_ERROR_STATE, self->unanswered);
          return FALSE;
        }
      g_set_error (
          error, VT_GUEST_ERROR, VT_GUEST_ERROR_STATE,
          self->proxy == NULL && !self->starting
              ? _ ("“%s” is already being started or ended. If that does not come to an end, "
                   "force it off ('vitrinectl stop --force')")
              : _ ("“%s” is already running"),
          self->name);
      return FALSE;
    }
  vt_guest_reload (self);
  if (self->definition == NULL)
    {
      g_set_error_literal (error, VT_GUEST_ERROR, VT_GUEST_ERROR_STATE, self->broken);
      return FALSE;
    }
  return force_memory || check_memory (self, error);
}

void
vt_guest_set_tap (VtGuest *self, int fd)
{
  fds_clear (&self->tap);
  if (fd >= 0)
    self->tap = fcntl (fd, F_DUPFD_CLOEXEC, 3);
}

void
vt_guest_start_async (VtGuest *self,
                      const char *accel,
                      gboolean force_memory,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, data);
  g_autoptr (GError) error = NULL;
  Start *start = g_new0 (Start, 1);

  start->accel = g_strdup (accel);
  start->tap = fds_steal (&self->tap);
  start->in_scope = has_user_systemd ();
  g_task_set_task_data (task, start, (GDestroyNotify) start_free);
  if (!check_start (self, force_memory, &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  if (!spawn (task, &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  self->starting = TRUE;
  listen_for_silence (task, TRUE);
  vt_guest_refresh (self);
  read_more (task);
}

gboolean
vt_guest_start_finish (VtGuest *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
