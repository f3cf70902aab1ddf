/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Start of a guest and what its processes report. Runs in vitrine-vmm after it has dropped root.
 */
#include "supervisor-private.h"

#include "fds.h"
#include "machine/command-line.h"
#include "nbd/nbd-disk.h"
#include "run-state.h"
#include "strays.h"

#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

void
supervisor_set_run_state (Supervisor *self, const RunState *run)
{
  VtDBusGuest1 *guest = control_get_guest (self->control);
  const char *reason = run->reason;

  if (*reason == '\0' && self->disk_trouble != NULL && self->phase == PHASE_RUNNING)
    reason = self->disk_trouble;
  vt_dbus_guest1_set_remedy (guest, run->remedy);
  if (g_strcmp0 (vt_dbus_guest1_get_state (guest), run->state) == 0 &&
      g_strcmp0 (vt_dbus_guest1_get_state_reason (guest), reason) == 0)
    return;
  guest_log ("The guest is %s%s%s", run->state, *reason != '\0' ? ": " : "", reason);
  vt_dbus_guest1_set_state (guest, run->state);
  vt_dbus_guest1_set_state_reason (guest, reason);
}

void
supervisor_set_state (Supervisor *self, const char *state, const char *reason)
{
  supervisor_set_run_state (self, &(RunState) { state, reason, "" });
}

void
supervisor_publish_processes (Supervisor *self)
{
  Jail *display = self->display != NULL ? display_link_get_jail (self->display) : NULL;
  Jail *net = self->network != NULL ? network_get_jail (self->network) : NULL;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(su)"));
  g_variant_builder_add (&builder, "(su)", "vmm", (guint) getpid ());
  if (self->qemu != NULL && jail_get_pid (self->qemu) > 0)
    g_variant_builder_add (&builder, "(su)", "qemu", (guint) jail_get_pid (self->qemu));
  if (display != NULL && jail_get_pid (display) > 0)
    g_variant_builder_add (&builder, "(su)", "display", (guint) jail_get_pid (display));
  if (net != NULL && jail_get_pid (net) > 0)
    g_variant_builder_add (&builder, "(su)", "net", (guint) jail_get_pid (net));
  for (guint i = 0; self->storage != NULL && i < self->storage->len; i++)
    {
      Jail *nbd = nbd_disk_get_jail (self->storage->pdata[i]);

      if (nbd != NULL && jail_get_pid (nbd) > 0)
        g_variant_builder_add (&builder, "(su)", "nbd", (guint) jail_get_pid (nbd));
    }
  vt_dbus_guest1_set_processes (control_get_guest (self->control),
                                g_variant_builder_end (&builder));
}

static void
publish_definition (Supervisor *self)
{
  VtDBusGuest1 *guest = control_get_guest (self->control);
  const GuestDefinition *definition = self->launch->definition;
  const Resources *resources = self->launch->resources;

  supervisor_init_limits (self);
  vt_dbus_guest1_set_uuid (guest, definition->uuid);
  vt_dbus_guest1_set_name (guest, definition->name);
  vt_dbus_guest1_set_accelerator (guest, resources->use_kvm ? "kvm" : "tcg");
  vt_dbus_guest1_set_accelerator_reason (guest, resources->accelerator_reason);
  vt_dbus_guest1_set_isolation (guest, "amber");
  vt_dbus_guest1_set_isolation_reason (guest, "");
  vt_dbus_guest1_set_processes (guest, g_variant_new ("a(su)", NULL));
}

/* --- the monitor --- */

static void
on_resumed (JsonNode *result, const GError *error, gpointer data)
{
  Supervisor *self = data;

  if (self->phase != PHASE_STARTING)
    return;
  if (error != NULL)
    {
      g_autofree char *reason =
          g_strdup_printf ("The guest could not be set going: %s", error->message);
      supervisor_end (self, reason);
      return;
    }
  self->phase = PHASE_RUNNING;
  self->has_run = TRUE;
  supervisor_limit_qemu (self);
  supervisor_set_state (self, "running", "");
  supervisor_publish_processes (self);
  control_send_changes (self->control);
  start_report_ready (self->report);
  supervisor_publish_isolation (self);
  supervisor_prove_isolation_later (self);
}

void
supervisor_set_going (Supervisor *self)
{
  qmp_client_send (self->qmp, "cont", NULL, -1, 0, on_resumed, self);
}

static void
on_qmp_greeted (gpointer data)
{
  Supervisor *self = data;

  guest_log ("QMP ready after %.1f ms", (g_get_monotonic_time () - self->spawned_at) / 1000.0);
}

static void
on_qmp_ready (const QmpMessage *greeting, gpointer data)
{
  Supervisor *self = data;

  if (self->phase != PHASE_STARTING)
    return;
  if (greeting->version_major < HOST_QEMU_MAJOR_MIN)
    {
      g_autofree char *reason = g_strdup_printf (
          "QEMU %u.%u (%s) is too old: Vitrine needs %d.0 or newer. On Debian 12, install it from "
          "bookworm-backports",
          greeting->version_major, greeting->version_minor, self->launch->host->qemu,
          HOST_QEMU_MAJOR_MIN);
      supervisor_end (self, reason);
      return;
    }
  self->qmp_is_ready = TRUE;
  supervisor_check_storage (self);
}

void
supervisor_storage_checked (Supervisor *self)
{
  start_report_step (self->report, "Connecting the display");
  network_attach (self->network, self->qmp);
  display_link_attach (self->display, self->qmp);
}

static void
on_io_error (Supervisor *self, JsonNode *data)
{
  char *text = run_state_describe_io_error (data, self->launch->definition);

  /* A server that is away is told of in its own words. */
  if (text == NULL || self->io_is_final || supervisor_storage_trouble (self) != NULL)
    {
      g_free (text);
      return;
    }
  g_free (self->io_error);
  self->io_error = text;
  supervisor_ask_for_flush (self, data);
}

static void
on_qmp_event (const QmpMessage *event, gpointer data)
{
  static const char *const run_events[] = {
    "STOP",   "RESUME",  "RESET",          "GUEST_PANICKED", "WATCHDOG",
    "WAKEUP", "SUSPEND", "BLOCK_IO_ERROR", /* which may come up to a second after STOP */
  };
  Supervisor *self = data;

  if (self->phase == PHASE_ENDED)
    return;
  if (strcmp (event->name, "SHUTDOWN") == 0)
    supervisor_note_reason (self, run_state_describe_shutdown (event->data));
  else if (strcmp (event->name, "BLOCK_IO_ERROR") == 0)
    on_io_error (self, event->data);
  else if (strcmp (event->name, "RESET") == 0)
    supervisor_was_reset (self);
  else if (strcmp (event->name, "VSERPORT_CHANGE") == 0)
    supervisor_agent_port_changed (self, event->data);
  if (strcmp (event->name, "RESUME") == 0)
    {
      g_clear_pointer (&self->io_error, g_free);
      self->io_logged = FALSE;
      self->io_is_final = FALSE;
    }
  if (strcmp (event->name, "STOP") == 0 || strcmp (event->name, "BLOCK_IO_ERROR") == 0)
    disk_watch_check (self->launch->disks);
  for (guint i = 0; i < G_N_ELEMENTS (run_events); i++)
    if (strcmp (event->name, run_events[i]) == 0 && self->phase == PHASE_RUNNING)
      supervisor_heed_news (self);
}

/* After a SHUTDOWN event QEMU closes the monitor and ends by itself, soon. */
static void
on_qmp_lost (const char *why, gpointer data)
{
  Supervisor *self = data;

  if (self->phase == PHASE_ENDED || self->phase == PHASE_ENDING)
    return;
  supervisor_begin_ending (self);
  if (strcmp (why, "QEMU closed its monitor") != 0)
    {
      supervisor_note_reason (self, why);
      jail_kill (self->qemu);
      return;
    }
  supervisor_expect_end (self);
}

/* --- the display --- */

static void
on_display_ready (gpointer data)
{
  Supervisor *self = data;

  supervisor_publish_processes (self);
  shares_display_ready (self->shares);
  supervisor_clipboard_display_ready (self);
  if (self->phase == PHASE_RUNNING)
    supervisor_publish_isolation (self);
  if (self->shows || self->phase != PHASE_STARTING)
    return;
  self->shows = TRUE;
  if (supervisor_may_go (self))
    supervisor_set_going (self);
}

static void
on_viewers (guint viewers, gpointer data)
{
  Supervisor *self = data;

  vt_dbus_guest1_set_viewers (control_get_guest (self->control), viewers);
}

static gboolean
on_viewer (const LinkViewer *event, gpointer data)
{
  Supervisor *self = data;

  return shares_take_event (self->shares, event);
}

static void
on_token_used (const LinkWebTokenUsed *used, gpointer data)
{
  Supervisor *self = data;

  if (self->shares != NULL)
    shares_void_token (self->shares, used);
}

static void
on_agent_over (guint32 closed_ms, gpointer data)
{
  supervisor_agent_is_over (data, closed_ms);
}

static void
on_display_gone (gpointer data)
{
  Supervisor *self = data;

  supervisor_agent_closed (self);
  if (self->shares != NULL)
    shares_display_gone (self->shares);
  supervisor_display_ended (self);
}

static void
on_display_failed (const char *why, gpointer data)
{
  Supervisor *self = data;
  g_autofree char *reason = g_strdup_printf ("The guest's display did not come up: %s", why);

  supervisor_end (self, reason);
}

static void
on_display_warning (const char *text, gpointer data)
{
  Supervisor *self = data;

  guest_log ("%s", text);
  vt_dbus_guest1_emit_warning (control_get_guest (self->control), text);
}

static void
on_display_replaced (gpointer data)
{
  Supervisor *self = data;

  vt_dbus_guest1_set_viewers (control_get_guest (self->control), 0);
  supervisor_publish_processes (self);
}

/* --- the start --- */

static gboolean
spawn_qemu (Supervisor *self, GError **error)
{
  static const QmpClientEvents events = { on_qmp_greeted, on_qmp_ready, on_qmp_event, on_qmp_lost };
  const Launch *launch = self->launch;
  g_autoptr (CommandLine) line = NULL;
  autofd theirs = -1;
  autofd messages = -1;
  int pair[2];
  JailRequest request = { .kind = JAIL_QEMU, .binary = launch->host->qemu, .stdin_fd = -1 };

  self->qemu_log = log_pipe_new ("qemu", &messages, error);
  self->has_agent = launch->definition->clipboard != CLIPBOARD_POLICY_OFF;
  if (self->has_agent && !supervisor_open_agent (self, error))
    return FALSE;
  if (self->qemu_log == NULL || !fds_socketpair (SOCK_STREAM, pair, error))
    return FALSE;
  theirs = pair[1];
  self->qmp = qmp_client_new_take (pair[0], &events, self);
  line = command_line_build (launch->host->qemu, launch->resources, theirs,
                             network_get_card (self->network), self->agent.listening);
  request.argv = (const char *const *) line->argv->pdata;
  request.fds = (const JailFd *) line->fds->data;
  request.n_fds = line->fds->len;
  request.stdout_fd = request.stderr_fd = messages;
  request.kvm = launch->resources->use_kvm;
  request.writable_code = !request.kvm;
  self->spawned_at = g_get_monotonic_time ();
  self->qemu = jail_spawn (&request, error);
  if (self->qemu != NULL)
    jail_set_ended (self->qemu, supervisor_qemu_ended, self);
  return self->qemu != NULL;
}

static gboolean
start_programs (Supervisor *self, GError **error)
{
  static const DisplayLinkEvents events = { .ready = on_display_ready,
                                            .viewers = on_viewers,
                                            .viewer = on_viewer,
                                            .token_used = on_token_used,
                                            .agent_over = on_agent_over,
                                            .gone = on_display_gone,
                                            .failed = on_display_failed,
                                            .warning = on_display_warning,
                                            .replaced = on_display_replaced };

  start_report_step (self->report, "Starting QEMU in its jail");
  if (!spawn_qemu (self, error))
    return FALSE;
  self->display = display_link_new (self->launch->display_binary, self->launch->runtime->display,
                                    self->launch->definition->microphone, &events, self, error);
  if (self->display == NULL || !network_start (self->network, error))
    return FALSE;
  if (self->launch->definition->isolation == GUEST_ISOLATION_REQUIRED)
    supervisor_prove_isolation (self);
  return TRUE;
}

void
supervisor_start_machine (Supervisor *self)
{
  g_autoptr (GError) error = NULL;

  if (!start_programs (self, &error))
    supervisor_end (self, error->message);
}

static gboolean
start (Supervisor *self, GError **error)
{
  return supervisor_make_network (self, error) && supervisor_connect_storage (self, error);
}

static gboolean
on_signal (gpointer data)
{
  supervisor_end (data, "The guest was switched off because its supervisor was told to end.");
  return G_SOURCE_CONTINUE;
}

static void
on_asker_gone (gpointer data)
{
  supervisor_end (data, "The start was cancelled.");
}

static void
clear (Supervisor *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->sources); i++)
    g_clear_handle_id (&self->sources[i], g_source_remove);
  g_clear_handle_id (&self->news_timer, g_source_remove);
  g_clear_pointer (&self->control, control_free);
  supervisor_close_agent (self);
  g_ptr_array_unref (self->end_calls);
  g_ptr_array_unref (self->isolation_calls);
  g_free (self->end_reason);
  g_free (self->io_error);
  g_free (self->disk_trouble);
  g_main_loop_unref (self->loop);
}

int
supervisor_run (Launch *launch, StartReport *report)
{
  Supervisor self = { .loop = g_main_loop_new (NULL, FALSE), .launch = launch, .report = report };
  g_autoptr (GError) error = NULL;

  self.end_calls = g_ptr_array_new ();
  self.isolation_calls = g_ptr_array_new ();
  self.control = control_new (launch->runtime->control, launch->starter, supervisor_called, &self);
  publish_definition (&self);
  supervisor_init_shares (&self);
  supervisor_init_clipboard (&self);
  supervisor_init_backup (&self);
  supervisor_set_state (&self, "starting", "");
  self.sources[0] = g_unix_signal_add (SIGTERM, on_signal, &self);
  self.sources[1] = g_unix_signal_add (SIGINT, on_signal, &self);
  janitor_watch (launch->janitor);
  strays_adopt ();
  supervisor_watch_disks (&self);
  start_report_watch (report, on_asker_gone, &self);
  if (!start (&self, &error))
    supervisor_end (&self, error->message);
  g_main_loop_run (self.loop);
  clear (&self);
  return self.has_run ? 0 : 1;
}
