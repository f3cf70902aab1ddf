/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The backup of a disk between the front end that asks for it and QEMU. Runs in vitrine-vmm.
 */
#include "supervisor-private.h"

#include "backup/backup.h"
#include "fds.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define BACKUP_SECONDS_MAX (7 * 24 * 3600)

static void
on_begun (const GError *error, gpointer data)
{
  Supervisor *self = data;

  control_answer (g_steal_pointer (&self->backup_call), NULL, error);
}

static void
on_ended (gpointer data)
{
  Supervisor *self = data;

  g_clear_pointer (&self->backup, backup_free);
  if (self->end_backup_call != NULL)
    control_answer (g_steal_pointer (&self->end_backup_call), NULL, NULL);
}

static gboolean
is_socket (int fd, gboolean listening)
{
  socklen_t size = sizeof (int);
  int value = 0;

  return getsockopt (fd, SOL_SOCKET, SO_DOMAIN, &value, &size) == 0 && value == AF_UNIX &&
         getsockopt (fd, SOL_SOCKET, SO_TYPE, &value, &size) == 0 && value == SOCK_STREAM &&
         getsockopt (fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) == 0 && value == listening;
}

/* NULL, or what is wrong. */
static const char *
judge (Supervisor *self, guint seconds, const int fds[3])
{
  struct stat info;

  if (self->phase != PHASE_RUNNING)
    return "The guest does not run";
  if (self->backup != NULL)
    return "A backup of this guest is being read already: end it first";
  if (seconds == 0 || seconds > BACKUP_SECONDS_MAX)
    return "A backup can be read for at most seven days";
  if (!is_socket (fds[0], TRUE) || !is_socket (fds[2], FALSE))
    return "The sockets that came with the call are of another kind";
  if (fstat (fds[1], &info) != 0 || !S_ISREG (info.st_mode) || info.st_size != 0 ||
      (fcntl (fds[1], F_GETFL) & O_ACCMODE) != O_RDWR)
    return "The file for what the guest overwrites must be an empty one, open for reading and "
           "writing";
  return NULL;
}

static void
start (guint disk, guint seconds, const int fds[3], GDBusMethodInvocation *call, gpointer data)
{
  static const BackupEvents events = { on_begun, on_ended };
  Supervisor *self = data;
  const BackupOrder order = { fds[0], fds[1], fds[2], disk, seconds };
  const char *wrong = judge (self, seconds, fds);

  if (wrong != NULL)
    {
      g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, wrong);

      for (guint i = 0; i < 3; i++)
        close (fds[i]);
      control_answer (call, NULL, error);
      return;
    }
  self->backup_call = call;
  self->backup = backup_new_take (&order, self->qmp, self->launch->nbd_binary,
                                  self->launch->runtime->dir, self->launch->starter, &events, self);
}

void
supervisor_init_backup (Supervisor *self)
{
  control_set_backup (self->control, start);
}

void
supervisor_end_backup (Supervisor *self, GDBusMethodInvocation *call)
{
  if (self->backup == NULL || self->end_backup_call != NULL)
    {
      g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED,
                                                      "No backup of this guest is being read");

      control_answer (call, NULL, error);
      return;
    }
  if (backup_is_silent (self->backup))
    {
      g_autoptr (GError) error = g_error_new_literal (
          G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
          "QEMU does not answer; it lets go of the backup once it does, or is forced off");

      control_answer (call, NULL, error);
      return;
    }
  self->end_backup_call = call;
  backup_end (self->backup, "It was ended.");
}

void
supervisor_stop_backup (Supervisor *self)
{
  if (self->backup == NULL)
    return;
  backup_end (self->backup, "The guest ended.");
  if (self->end_backup_call != NULL)
    control_answer (g_steal_pointer (&self->end_backup_call), NULL, NULL);
}
