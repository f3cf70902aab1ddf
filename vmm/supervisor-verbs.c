/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the front ends can ask of a running guest. Runs in vitrine-vmm; a verb that does not fit the
 * guest's state is refused with a sentence.
 */
#include "supervisor-private.h"

#include "monitor/allow-list.h"
#include "qmp/json-guard.h"
#include "run-state.h"

/* So often in so long; then once at the end of it. */
#define NEWS_MAX 20
#define NEWS_SECONDS 10

typedef struct
{
  Supervisor *self;
  GDBusMethodInvocation *call;
} PendingCall;

static PendingCall *
pending_call (Supervisor *self, GDBusMethodInvocation *call)
{
  PendingCall *pending = g_new (PendingCall, 1);

  *pending = (PendingCall) { self, call };
  return pending;
}

static void
refuse (GDBusMethodInvocation *call, const char *why)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, why);

  control_answer (call, NULL, error);
}

/* Once a pause: what has failed is told again and again, as long as requests are under way. */
static void
log_io_error (Supervisor *self)
{
  if (self->io_logged)
    return;
  self->io_logged = TRUE;
  guest_log ("The guest is paused: %s", self->io_error);
}

static void
on_status (JsonNode *result, const GError *error, gpointer data)
{
  g_autofree PendingCall *pending = data;
  Supervisor *self = pending->self;

  if (error == NULL && self->phase == PHASE_RUNNING)
    {
      RunState run = run_state_describe (json_guard_string (result, "status"));
      gboolean is_disk = g_strcmp0 (json_guard_string (result, "status"), "io-error") == 0;

      if (is_disk && self->io_error != NULL)
        {
          log_io_error (self);
          run.reason = self->io_error;
          run.remedy = self->io_is_final ? "force-off" : run.remedy;
        }
      if (run.state != NULL)
        supervisor_set_run_state (self, &run);
    }
  if (pending->call != NULL)
    control_answer (pending->call, NULL, error);
}

void
supervisor_refresh (Supervisor *self, GDBusMethodInvocation *call)
{
  qmp_client_send (self->qmp, "query-status", NULL, -1, 0, on_status, pending_call (self, call));
}

static gboolean
on_news_timer (gpointer data)
{
  Supervisor *self = data;

  self->news_timer = 0;
  if (self->phase == PHASE_RUNNING)
    supervisor_heed_news (self);
  return G_SOURCE_REMOVE;
}

/* A QEMU that was taken over decides how often its guest stops and goes on, and each time costs a
 * line of the log and a word to every front end. */
void
supervisor_heed_news (Supervisor *self)
{
  gint64 now = g_get_monotonic_time ();

  if (self->news_timer != 0)
    return;
  if (now - self->news_since >= NEWS_SECONDS * G_USEC_PER_SEC)
    {
      self->news_since = now;
      self->news = 0;
    }
  if (self->news++ < NEWS_MAX)
    supervisor_refresh (self, NULL);
  else
    self->news_timer = g_timeout_add_seconds (NEWS_SECONDS, on_news_timer, self);
}

static void
on_done (JsonNode *result, const GError *error, gpointer data)
{
  g_autofree PendingCall *pending = data;

  /* The front end that asked sees the new state as soon as it has the answer. */
  if (error == NULL && pending->self->phase == PHASE_RUNNING)
    supervisor_refresh (pending->self, pending->call);
  else
    control_answer (pending->call, NULL, error);
}

static void
send_simple (Supervisor *self, const char *command, GDBusMethodInvocation *call)
{
  qmp_client_send (self->qmp, command, NULL, -1, 0, on_done, pending_call (self, call));
}

/* QEMU would refuse it, or pause the guest again at once. */
static void
resume (Supervisor *self, GDBusMethodInvocation *call)
{
  VtDBusGuest1 *guest = control_get_guest (self->control);
  const char *remedy = vt_dbus_guest1_get_remedy (guest);

  if (g_strcmp0 (remedy, "reset") == 0 || g_strcmp0 (remedy, "force-off") == 0)
    refuse (call, vt_dbus_guest1_get_state_reason (guest));
  else
    send_simple (self, "cont", call);
}

/* A guest that was paused stays so, unless a reset is what was to get it on. */
static void
reset (Supervisor *self, GDBusMethodInvocation *call)
{
  self->goes_on =
      g_strcmp0 (vt_dbus_guest1_get_remedy (control_get_guest (self->control)), "reset") == 0;
  send_simple (self, "system_reset", call);
}

void
supervisor_was_reset (Supervisor *self)
{
  if (self->goes_on && self->phase == PHASE_RUNNING)
    qmp_client_send (self->qmp, "cont", NULL, -1, 0, NULL, NULL);
  self->goes_on = FALSE;
}

/* A guest may be off before QEMU has answered, or before it is asked again: that is what was
 * wanted. Its state comes with its events. */
static void
on_button_pressed (JsonNode *result, const GError *error, gpointer data)
{
  g_autofree PendingCall *pending = data;
  QmpClient *qmp = pending->self->qmp;

  control_answer (pending->call, NULL, qmp != NULL && qmp_client_is_alive (qmp) ? error : NULL);
}

static void
power_off (Supervisor *self, GDBusMethodInvocation *call)
{
  const char *state = vt_dbus_guest1_get_state (control_get_guest (self->control));

  if (g_strcmp0 (state, "running") != 0)
    refuse (call, "The guest is paused, so it cannot shut itself down: resume it first");
  else
    qmp_client_send (self->qmp, "system_powerdown", NULL, -1, 0, on_button_pressed,
                     pending_call (self, call));
}

static void
on_monitor_answer (JsonNode *result, const GError *error, gpointer data)
{
  g_autofree PendingCall *pending = data;
  g_autofree char *value = result != NULL ? json_to_string (result, FALSE) : NULL;
  g_autofree char *reply = g_strdup_printf ("{\"return\":%s}", value != NULL ? value : "{}");

  control_answer (pending->call, reply, error);
}

static void
monitor (Supervisor *self, const char *text, GDBusMethodInvocation *call)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *name = NULL;
  JsonObject *arguments = NULL;

  if (!allow_list_check (text, &name, &arguments, &error))
    {
      control_answer (call, NULL, error);
      return;
    }
  guest_log ("A person asks the monitor: %s", name);
  qmp_client_send (self->qmp, name, arguments, -1, 0, on_monitor_answer, pending_call (self, call));
}

static void
force_off (Supervisor *self, GDBusMethodInvocation *call)
{
  g_ptr_array_add (self->end_calls, call);
  supervisor_end (self, "The guest was switched off by force.");
}

void
supervisor_called (ControlVerb verb, const char *text, GDBusMethodInvocation *call, gpointer data)
{
  Supervisor *self = data;

  if (verb == CONTROL_FORCE_OFF && self->phase != PHASE_ENDED)
    force_off (self, call);
  else if (verb == CONTROL_POWER_OFF && self->phase >= PHASE_ENDING)
    control_answer (call, NULL, NULL); /* it goes off as it is */
  else if (self->phase != PHASE_RUNNING)
    refuse (call,
            self->phase == PHASE_STARTING ? "The guest is still starting" : "The guest is ending");
  else if (verb == CONTROL_PAUSE)
    send_simple (self, "stop", call);
  else if (verb == CONTROL_RESUME)
    resume (self, call);
  else if (verb == CONTROL_RESET)
    reset (self, call);
  else if (verb == CONTROL_POWER_OFF)
    power_off (self, call);
  else if (verb == CONTROL_MONITOR)
    monitor (self, text, call);
  else if (verb == CONTROL_END_BACKUP)
    supervisor_end_backup (self, call);
  else if (verb == CONTROL_SET_LIMITS)
    supervisor_set_limits (self, call);
  else if (verb == CONTROL_DRILL)
    supervisor_drill (self, call);
  else if (verb == CONTROL_SET_CLIPBOARD)
    supervisor_called_clipboard (self, text, call);
  else if (verb >= CONTROL_NETWORK)
    supervisor_called_network (self, verb, call);
  else if (verb >= CONTROL_SHARE)
    supervisor_called_share (self, verb, call);
  else
    supervisor_called_isolation (self, call);
}
