/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A guest's connection to its vmm: found, adopted, lost. Runs in the front ends; never blocks.
 */
#include "config.h"

#include "vt-guest-private.h"

#include "bounded-text.h"
#include "paths.h"
#include "vt-control.h"

#include <glib/gi18n-lib.h>

/* A vmm binds its sockets a moment before it listens, and where many front ends come at once, as
 * all do when a guest appears, it lets some go before they have said who they are. The first waits
 * are short, for a start is among what waits; each later one is twice the one before. */
#define RETRIES_MAX 12
#define RETRIES_SHORT 5
#define RETRY_MS 20
/* For how long a vmm that did not answer is not asked again, as each question may take as long as
 * VT_CONTROL_TIMEOUT_MS. */
#define UNANSWERED_US G_USEC_PER_SEC
/* A vmm that has no socket yet is looked at again: it may end, or hang, before it has one. */
#define LOOK_AGAIN_MS 500

/* The attempt to connect is over, one way or the other. */
static void
settle (VtGuest *self)
{
  g_autoptr (GPtrArray) tasks = g_steal_pointer (&self->settling);

  self->settling = g_ptr_array_new_with_free_func (g_object_unref);
  vt_guest_refresh (self);
  for (guint i = 0; i < tasks->len; i++)
    g_task_return_boolean (g_ptr_array_index (tasks, i), TRUE);
}

static void
wait_stopped (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  guest_store_wait_stopped (VT_GUEST (source)->store, VT_GUEST (source)->uuid);
  g_task_return_boolean (task, TRUE);
}

/* The vmm's lock is free: now it is true that the guest has stopped, and it can start again. */
static void
on_stopped (GObject *source, GAsyncResult *result, gpointer data)
{
  VtGuest *self = VT_GUEST (source);
  g_autofree char *reason = g_steal_pointer (&self->ended_reason);

  self->ending = FALSE;
  if (reason == NULL)
    {
      g_autofree char *log = paths_guest_file (self->uuid, "log");

      reason =
          g_strdup_printf (_ ("The program that ran the guest ended unexpectedly; see %s"), log);
    }
  settle (self);
  g_signal_emit (self, vt_guest_signals[VT_GUEST_ENDED], 0, reason);
  vt_guest_probe (self);
}

static void
on_connection_closed (GDBusConnection *connection, gboolean remote, GError *error, gpointer data)
{
  VtGuest *self = data;
  g_autoptr (GTask) task = NULL;

  if (self->proxy == NULL || g_dbus_proxy_get_connection (G_DBUS_PROXY (self->proxy)) != connection)
    return;
  g_signal_handlers_disconnect_by_data (connection, self);
  g_signal_handlers_disconnect_by_data (self->proxy, self);
  g_clear_object (&self->proxy);
  self->ending = TRUE;
  vt_guest_refresh (self);
  task = g_task_new (self, NULL, on_stopped, NULL);
  g_task_run_in_thread (task, wait_stopped);
}

static void
on_warning (VtDBusGuest1 *proxy, const char *text, VtGuest *self)
{
  g_autofree char *line = bounded_text_line (text);

  g_signal_emit (self, vt_guest_signals[VT_GUEST_WARNING], 0, line);
}

static void
on_ended (VtDBusGuest1 *proxy, const char *reason, VtGuest *self)
{
  g_free (self->ended_reason);
  self->ended_reason = bounded_text_line (reason);
}

static void
adopt_proxy (VtGuest *self, VtDBusGuest1 *proxy)
{
  GDBusConnection *connection = g_dbus_proxy_get_connection (G_DBUS_PROXY (proxy));

  self->proxy = proxy;
  self->foreign_start = FALSE;
  g_clear_pointer (&self->unanswered, g_free);
  g_clear_pointer (&self->ended_reason, g_free);
  g_clear_object (&self->socket_monitor);
  g_signal_connect_object (proxy, "notify", G_CALLBACK (vt_guest_refresh), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (proxy, "warning", G_CALLBACK (on_warning), self, 0);
  g_signal_connect_object (proxy, "ended", G_CALLBACK (on_ended), self, 0);
  g_signal_connect_object (connection, "closed", G_CALLBACK (on_connection_closed), self, 0);
  if (g_dbus_connection_is_closed (connection))
    on_connection_closed (connection, TRUE, NULL, self);
}

static gboolean
on_retry (gpointer data)
{
  VtGuest *self = data;

  self->retry = 0;
  vt_guest_probe (self);
  return G_SOURCE_REMOVE;
}

/* Whether to try again soon: its vmm lives, but does not listen yet, or has let us go. One that
 * does not answer has been waited for already. */
static gboolean
retry_later (VtGuest *self, const GError *error)
{
  gboolean nobody = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED) ||
                    g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) ||
                    g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  gboolean running = guest_store_is_running (self->store, self->uuid);

  if (nobody && !running)
    guest_store_clear_runtime (self->store, self->uuid);
  if (!running || self->retries >= RETRIES_MAX ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return FALSE;
  self->retries++;
  self->retry = g_timeout_add (RETRY_MS << (MAX (self->retries, RETRIES_SHORT) - RETRIES_SHORT),
                               on_retry, self);
  return TRUE;
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (VtGuest) self = data;
  g_autoptr (GError) error = NULL;
  VtDBusGuest1 *proxy = vt_control_connect_finish (result, &error);

  g_clear_object (&self->connecting);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_pointer (&self->unanswered, g_free);
  if (proxy != NULL)
    adopt_proxy (self, proxy);
  else if (retry_later (self, error))
    return;
  self->foreign_start = FALSE;
  self->retries = 0;
  if (proxy == NULL && guest_store_is_running (self->store, self->uuid))
    {
      self->unanswered = g_strdup (error->message);
      self->unanswered_since = g_get_monotonic_time ();
    }
  settle (self);
}

static void
on_socket_changed (GFileMonitor *monitor,
                   GFile *file,
                   GFile *other,
                   GFileMonitorEvent event,
                   gpointer data)
{
  if (event == G_FILE_MONITOR_EVENT_CREATED)
    vt_guest_probe (data);
}

/* A vmm has made the folder, but not its sockets yet. */
static void
watch_sockets (VtGuest *self)
{
  g_autofree char *path = paths_runtime_dir (self->uuid);
  g_autoptr (GFile) file = g_file_new_for_path (path);

  if (self->socket_monitor != NULL || !g_file_test (path, G_FILE_TEST_IS_DIR))
    return;
  self->socket_monitor = g_file_monitor_directory (file, G_FILE_MONITOR_NONE, NULL, NULL);
  if (self->socket_monitor != NULL)
    g_signal_connect_object (self->socket_monitor, "changed", G_CALLBACK (on_socket_changed), self,
                             0);
}

static gboolean
on_look_again (gpointer data)
{
  VtGuest *self = data;

  self->look_again = 0;
  vt_guest_probe (self);
  return G_SOURCE_REMOVE;
}

/* There is no socket: nobody runs the guest, or somebody begins to. */
static void
probe_lock (VtGuest *self)
{
  gboolean is_running = guest_store_is_running (self->store, self->uuid);

  if (!is_running)
    g_clear_pointer (&self->unanswered, g_free);
  self->foreign_start = is_running && !self->starting;
  if (self->foreign_start && self->look_again == 0)
    self->look_again = g_timeout_add (LOOK_AGAIN_MS, on_look_again, self);
  settle (self);
}

void
vt_guest_probe (VtGuest *self)
{
  g_autofree char *path = paths_socket (self->uuid, "control", NULL);

  if (self->proxy != NULL || self->connecting != NULL || self->ending || self->retry != 0)
    return;
  if (path != NULL && !g_file_test (path, G_FILE_TEST_EXISTS))
    watch_sockets (self);
  if (path == NULL || !g_file_test (path, G_FILE_TEST_EXISTS))
    {
      probe_lock (self);
      return;
    }
  self->foreign_start = !self->starting && self->unanswered == NULL &&
                        guest_store_is_running (self->store, self->uuid);
  self->connecting = g_cancellable_new ();
  vt_guest_refresh (self);
  vt_control_connect_async (self->uuid, self->connecting, on_connected, g_object_ref (self));
}

void
vt_guest_settle_async (VtGuest *self,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, data);

  if (self->proxy != NULL || (self->unanswered != NULL && self->connecting == NULL &&
                              guest_store_is_running (self->store, self->uuid) &&
                              g_get_monotonic_time () - self->unanswered_since < UNANSWERED_US))
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  g_ptr_array_add (self->settling, g_steal_pointer (&task));
  vt_guest_probe (self);
}

gboolean
vt_guest_settle_finish (VtGuest *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
on_wait_over (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  VtGuest *self = VT_GUEST (source);

  /* The connection's end may be reported only after this. */
  if (self->proxy != NULL)
    on_connection_closed (g_dbus_proxy_get_connection (G_DBUS_PROXY (self->proxy)), TRUE, NULL,
                          self);
  if (self->ending)
    g_ptr_array_add (self->settling, g_steal_pointer (&task));
  else
    g_task_return_boolean (task, TRUE);
}

void
vt_guest_when_ended (VtGuest *self, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) wait = NULL;
  GTask *task = g_task_new (self, NULL, callback, data);

  wait = g_task_new (self, NULL, on_wait_over, task);
  g_task_run_in_thread (wait, wait_stopped);
}

VtDBusGuest1 *
vt_guest_require_proxy (VtGuest *self, GError **error)
{
  if (self->proxy != NULL)
    return self->proxy;
  if (self->unanswered != NULL)
    g_set_error_literal (error, VT_GUEST_ERROR, VT_GUEST_ERROR_STATE, self->unanswered);
  else
    g_set_error (error, VT_GUEST_ERROR, VT_GUEST_ERROR_STATE, _ ("“%s” is not running"),
                 self->name);
  return NULL;
}
