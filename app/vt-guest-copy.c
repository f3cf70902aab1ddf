/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A disk of a running guest, as it is now, copied into a file. Runs in the front ends, which bring
 * every descriptor: vmm shows the disk on one (StartBackup of the control interface), a process of
 * its own, `vitrine-vmm --copy-disk`, reads it there and writes the other.
 */
#include "config.h"

#include "vt-guest-private.h"

#include "backup-file.h"
#include "bounded-text.h"
#include "fds.h"
#include "ipc/copy-wire.h"
#include "paths.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/socket.h>

#define SECONDS_MAX (7 * 24 * 3600) /* as long as vmm shows a disk */
#define TEXT_MAX 512
#define PROGRESS_BYTES 64

typedef struct
{
  VtGuestCopy copy;
  BackupTarget *target;
  int scratch;
  int listener;
  int reader;
  int life;   /* says why the backup ended, and ends it when it is closed */
  int theirs; /* vmm's end of that */
  GSubprocess *process;
  GError *error; /* why it failed */
  gulong cancelled;
  guint8 progress[PROGRESS_BYTES];
} Work;

static void
work_free (Work *work)
{
  g_clear_pointer (&work->target, backup_target_free);
  fds_clear (&work->scratch);
  fds_clear (&work->listener);
  fds_clear (&work->reader);
  fds_clear (&work->life);
  fds_clear (&work->theirs);
  g_clear_object (&work->process);
  g_clear_error (&work->error);
  g_free ((char *) work->copy.path);
  g_free ((char *) work->copy.scratch);
  g_free (work);
}

static void
set_progress (VtGuest *self, int progress)
{
  if (self->copy_progress == progress)
    return;
  self->copy_progress = progress;
  g_object_notify (G_OBJECT (self), "copy-progress");
}

/* --- the end --- */

static void
answer (GTask *taken)
{
  g_autoptr (GTask) task = taken;
  VtGuest *self = g_task_get_source_object (task);
  Work *work = g_task_get_task_data (task);

  g_clear_object (&self->copying);
  set_progress (self, -1);
  if (work->error != NULL)
    g_task_return_error (task, g_steal_pointer (&work->error));
  else
    g_task_return_boolean (task, TRUE);
}

/* vmm has let go of the disk, or could not be asked: the next backup can begin. */
static void
on_let_go (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  if (!vt_guest_verb_finish (VT_GUEST (source), result, &error))
    g_debug ("The backup was over already: %s", error->message);
  answer (data);
}

/* Takes both. */
static void
let_go (GTask *task, GError *error)
{
  Work *work = g_task_get_task_data (task);

  g_cancellable_disconnect (g_task_get_cancellable (task), work->cancelled);
  work->error = error;
  vt_guest_verb_async (g_task_get_source_object (task), VT_VERB_END_BACKUP, NULL, on_let_go, task);
}

static void
finish_target (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;

  if (backup_target_finish (data, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_finished (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;

  g_task_propagate_boolean (G_TASK (result), &error);
  let_go (data, error);
}

/* --- the process --- */

/* What vmm said of the end, else what the process did. */
static GError *
explain (GTask *task, const char *said)
{
  Work *work = g_task_get_task_data (task);
  char text[TEXT_MAX + 1] = "";
  gssize got = recv (work->life, text, TEXT_MAX, MSG_DONTWAIT);
  g_autofree char *line = NULL;

  if (g_cancellable_is_cancelled (g_task_get_cancellable (task)))
    return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("The backup was cancelled"));
  text[MAX (got, 0)] = '\0';
  line = bounded_text_line (*text != '\0' ? text : said);
  return g_error_new (VT_GUEST_ERROR, VT_GUEST_ERROR_STATE, _ ("The backup was broken off: %s"),
                      *line != '\0' ? line : _ ("vitrine-vmm failed without a word"));
}

/* What it printed as an error; it has ended then, or is about to. */
static void
on_said (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Work *work = g_task_get_task_data (task);
  g_autoptr (GBytes) bytes =
      g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, NULL);
  g_autofree char *said = NULL;

  said = bytes != NULL && g_bytes_get_size (bytes) > 0
             ? g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes))
             : g_strdup ("");
  if (g_subprocess_get_successful (work->process))
    {
      g_autoptr (GTask) last = g_task_new (NULL, NULL, on_finished, task);

      g_task_set_task_data (last, work->target, NULL);
      g_task_run_in_thread (last, finish_target);
      return;
    }
  let_go (task, explain (task, g_strstrip (said)));
}

static void
on_ended (GObject *source, GAsyncResult *result, gpointer data)
{
  GInputStream *said = g_subprocess_get_stderr_pipe (G_SUBPROCESS (source));

  g_subprocess_wait_finish (G_SUBPROCESS (source), result, NULL);
  g_input_stream_read_bytes_async (said, TEXT_MAX, G_PRIORITY_DEFAULT, NULL, on_said, data);
}

static void read_progress (GTask *task);

static void
on_progress (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Work *work = g_task_get_task_data (task);
  gssize got = g_input_stream_read_finish (G_INPUT_STREAM (source), result, NULL);

  if (got <= 0)
    {
      g_subprocess_wait_async (work->process, NULL, on_ended, task);
      return;
    }
  set_progress (g_task_get_source_object (task), MIN (work->progress[got - 1], COPY_WHOLE));
  read_progress (task);
}

static void
read_progress (GTask *task)
{
  Work *work = g_task_get_task_data (task);

  g_input_stream_read_async (g_subprocess_get_stdout_pipe (work->process), work->progress,
                             sizeof work->progress, G_PRIORITY_DEFAULT, NULL, on_progress, task);
}

static void
on_cancelled (GCancellable *cancellable, gpointer process)
{
  g_subprocess_force_exit (process);
}

static GSubprocess *
spawn (VtGuest *self, Work *work, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autofree char *program = paths_helper ("vitrine-vmm");
  int file = fcntl (backup_target_get_fd (work->target), F_DUPFD_CLOEXEC, 0);

  if (file < 0)
    {
      g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (errno), g_strerror (errno));
      return NULL;
    }
  g_subprocess_launcher_take_stdin_fd (launcher, fds_steal (&work->reader));
  g_subprocess_launcher_take_fd (launcher, file, COPY_FILE_FD);
  return g_subprocess_launcher_spawn (launcher, error, program, "--copy-disk", "--uuid", self->uuid,
                                      NULL);
}

/* The disk is shown. */
static void
on_begun (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  VtGuest *self = VT_GUEST (source);
  Work *work = g_task_get_task_data (task);
  GError *error = NULL;

  fds_clear (&work->theirs);
  fds_clear (&work->listener);
  fds_clear (&work->scratch);
  if (!vt_guest_backup_finish (self, result, &error))
    {
      work->error = error;
      answer (task);
      return;
    }
  work->process = spawn (self, work, &error);
  if (work->process == NULL)
    {
      let_go (task, error);
      return;
    }
  read_progress (task);
  work->cancelled = g_cancellable_connect (g_task_get_cancellable (task), G_CALLBACK (on_cancelled),
                                           g_object_ref (work->process), g_object_unref);
}

/* --- the beginning --- */

static gboolean
open_all (VtGuest *self, Work *work, GError **error)
{
  g_autofree char *own = paths_guest_file (self->uuid, ".");
  int pair[2];

  work->target = backup_target_new (work->copy.path, work->copy.replace, error);
  if (work->target == NULL)
    return FALSE;
  work->scratch = backup_file_scratch (work->copy.scratch ? work->copy.scratch : own, error);
  if (work->scratch < 0 || !fds_socketpair (SOCK_STREAM, pair, error))
    return FALSE;
  work->life = pair[0];
  work->theirs = pair[1];
  work->listener = backup_file_listen_for_one (self->uuid, &work->reader, error);
  return work->listener >= 0;
}

static Work *
work_new (const VtGuestCopy *copy)
{
  Work *work = g_new0 (Work, 1);

  work->copy = *copy;
  work->copy.path = g_strdup (copy->path);
  work->copy.scratch = g_strdup (copy->scratch);
  work->scratch = work->listener = work->reader = work->life = work->theirs = -1;
  return work;
}

void
vt_guest_copy_disk_async (VtGuest *self,
                          const VtGuestCopy *copy,
                          GAsyncReadyCallback callback,
                          gpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, data);
  Work *work = work_new (copy);
  GError *error = NULL;

  g_task_set_task_data (task, work, (GDestroyNotify) work_free);
  /* Cancelled or not, what it comes to is told. */
  g_task_set_check_cancellable (task, FALSE);
  if (self->copying != NULL)
    {
      g_task_return_new_error (task, VT_GUEST_ERROR, VT_GUEST_ERROR_STATE,
                               _ ("A backup of this guest is being made already"));
      return;
    }
  if (!open_all (self, work, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  self->copying = g_steal_pointer (&cancellable);
  set_progress (self, 0);
  vt_guest_backup_async (self, copy->disk, SECONDS_MAX,
                         (const int[3]) { work->listener, work->scratch, work->theirs },
                         self->copying, on_begun, g_steal_pointer (&task));
}

gboolean
vt_guest_copy_disk_finish (VtGuest *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
vt_guest_cancel_copy (VtGuest *self)
{
  if (self->copying != NULL)
    g_cancellable_cancel (self->copying);
}

int
vt_guest_get_copy_progress (VtGuest *self)
{
  return self->copy_progress;
}

gboolean
vt_guest_first_disk (VtGuest *self, guint *ret_disk)
{
  for (guint i = 0; self->definition != NULL && i < self->definition->disks->len; i++)
    {
      const GuestDisk *disk = self->definition->disks->pdata[i];

      if (disk->media != GUEST_MEDIA_DISK)
        continue;
      *ret_disk = disk->index;
      return TRUE;
    }
  return FALSE;
}
