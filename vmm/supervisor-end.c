/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The end of a guest. Runs in vitrine-vmm. There is one way out, supervisor_end () and then
 * supervisor_qemu_ended (), so that nothing half-started can be left behind.
 */
#include "supervisor-private.h"

#include "strays.h"

#include <string.h>
#include <sys/wait.h>

/* What is tried, and how long it may take, until QEMU is gone. */
#define QUIT_MS 3000
#define TERMINATE_MS 2000
/* Then, with browsers among the viewers, until the display process is: it ends sooner by itself. */
#define PARTING_MS 1500

G_STATIC_ASSERT (PARTING_MS > LINK_FAREWELL_MS);

static void
on_flushed (gpointer data)
{
  Supervisor *self = data;

  g_main_loop_quit (self->loop);
}

static void
answer_end_calls (Supervisor *self)
{
  for (guint i = 0; i < self->end_calls->len; i++)
    control_answer (self->end_calls->pdata[i], NULL, NULL);
  g_ptr_array_set_size (self->end_calls, 0);
}

/* QEMU is gone: everything else goes too, the sockets and locks before anyone is told. */
static void
finish (Supervisor *self)
{
  self->phase = PHASE_ENDED;
  g_clear_handle_id (&self->end_timer, g_source_remove);
  guest_log ("The end: %s", self->end_reason);
  g_clear_pointer (&self->shares, shares_free);
  g_clear_pointer (&self->display, display_link_free);
  g_clear_pointer (&self->network, network_free);
  g_clear_pointer (&self->storage, g_ptr_array_unref);
  g_clear_pointer (&self->qmp, qmp_client_free);
  g_clear_pointer (&self->backup, backup_free); /* QEMU's last answers were for it */
  g_clear_pointer (&self->qemu, jail_free);
  g_clear_pointer (&self->qemu_log, log_pipe_free);
  strays_kill (janitor_get_child (self->launch->janitor));
  g_clear_pointer (&self->launch, launch_free);
  if (!self->has_run)
    start_report_failed (self->report, self->end_reason);
  vt_dbus_guest1_emit_ended (control_get_guest (self->control), self->end_reason);
  answer_end_calls (self);
  control_flush (self->control, on_flushed, self);
}

static gboolean
on_finish (gpointer data)
{
  finish (data);
  return G_SOURCE_REMOVE;
}

/* The first reason counts: later ones follow from it. */
void
supervisor_note_reason (Supervisor *self, const char *reason)
{
  if (self->end_reason == NULL)
    self->end_reason = g_strdup (reason);
}

/* What to do about a message of QEMU's that people meet. */
static const char *
advise (const char *said)
{
  if (strstr (said, "is not a valid device model name") != NULL)
    return ". This QEMU lacks the device: install its modules (on Debian: apt install "
           "qemu-system-modules-spice for qxl), or set display.device=std";
  if (strstr (said, "cannot set up guest memory") != NULL)
    return ". Give the guest less memory with guest.memory";
  return "";
}

/* The kernel has killed QEMU for want of memory below the guest's ceiling: a sentence, else NULL.
 * That it killed anybody there is not enough: another process of the guest may have been replaced
 * since. */
static char *
ended_for_memory (Supervisor *self, int wait_status)
{
  const Launch *launch = self->launch;
  guint64 ceiling = limits_memory_bytes (&self->limits, launch->definition->memory_mib) >> 20;

  if (!WIFSIGNALED (wait_status) || WTERMSIG (wait_status) != SIGKILL)
    return NULL;
  if (launch->cgroup == NULL || cgroup_count_kills (launch->cgroup) == 0)
    return NULL;
  return g_strdup_printf (
      "The guest was ended because its processes needed more memory than their ceiling of "
      "%" G_GUINT64_FORMAT " MiB: raise limits.memory, or give the guest less memory",
      ceiling);
}

/* Why QEMU ended without anybody asking it to. */
static void
note_crash (Supervisor *self, int wait_status, const char *text)
{
  const char *said = log_pipe_last_line (self->qemu_log);
  g_autofree char *starved = ended_for_memory (self, wait_status);
  g_autofree char *reason =
      g_strdup_printf ("QEMU (%s) %s: it %s%s%s%s", self->launch->host->qemu,
                       self->has_run ? "ended unexpectedly" : "ended before the guest ran", text,
                       *said != '\0' ? ". It said: " : "", said, advise (said));

  supervisor_note_reason (self, starved != NULL ? starved : reason);
}

void
supervisor_begin_ending (Supervisor *self)
{
  disk_watch_check (self->launch->disks);
  self->phase = PHASE_ENDING;
  supervisor_stop_drill (self);
  supervisor_stop_proof (self);
  if (self->display != NULL)
    display_link_expect_end (self->display);
  if (self->network != NULL)
    network_expect_end (self->network);
  supervisor_expect_storage_end (self);
  supervisor_stop_backup (self);
  supervisor_set_state (self, "stopping", "");
}

void
supervisor_qemu_ended (Jail *jail, int wait_status, const char *text, gpointer data)
{
  Supervisor *self = data;

  note_crash (self, wait_status, text);
  supervisor_begin_ending (self);
  g_clear_handle_id (&self->end_timer, g_source_remove);
  self->parts = self->shares != NULL && shares_have_browsers (self->shares) &&
                self->display != NULL && display_link_part (self->display);
  self->end_timer =
      self->parts ? g_timeout_add (PARTING_MS, on_finish, self) : g_idle_add (on_finish, self);
}

void
supervisor_display_ended (Supervisor *self)
{
  if (!self->parts)
    return;
  self->parts = FALSE;
  g_clear_handle_id (&self->end_timer, g_source_remove);
  self->end_timer = g_idle_add (on_finish, self);
}

static gboolean
on_end_timer (gpointer data)
{
  Supervisor *self = data;

  self->end_timer = 0;
  supervisor_note_reason (self, "QEMU closed its monitor but did not end; it was ended by force.");
  if (self->end_step++ == 0)
    {
      jail_terminate (self->qemu);
      self->end_timer = g_timeout_add (TERMINATE_MS, on_end_timer, self);
    }
  else
    jail_kill (self->qemu);
  return G_SOURCE_REMOVE;
}

void
supervisor_end (Supervisor *self, const char *reason)
{
  if (self->phase >= PHASE_ENDING)
    return;
  supervisor_note_reason (self, reason);
  supervisor_begin_ending (self);
  if (self->qemu == NULL)
    {
      self->end_timer = g_idle_add (on_finish, self);
      return;
    }
  if (!self->has_run || !self->qmp_is_ready || !qmp_client_is_alive (self->qmp))
    {
      jail_kill (self->qemu);
      return;
    }
  /* QEMU flushes its disks on its way out. */
  qmp_client_send (self->qmp, "quit", NULL, -1, 0, NULL, NULL);
  supervisor_expect_end (self);
}

void
supervisor_expect_end (Supervisor *self)
{
  self->end_timer = g_timeout_add (QUIT_MS, on_end_timer, self);
}
