/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What can be asked of a guest: verbs over the control connection, its display, and changes of its
 * definition. Runs in the front ends; never blocks but for writing one small file.
 */
#include "config.h"

#include "vt-guest-private.h"

#include "bounded-text.h"
#include "guest-kill.h"
#include "paths.h"
#include "vt-control.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* A vmm that ends may close the connection before its answer has left. */
static gboolean
is_connection_gone (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_DISCONNECTED);
}

typedef struct
{
  const char *method;
  char *argument; /* or NULL */
  gboolean has_reply;
  gboolean ends;    /* done when the guest has ended, by force if need be */
  gboolean may_end; /* the guest may end before there is an answer */
  gboolean is_done;
  int timeout_msec; /* -1: D-Bus's own */
} Call;

static void
call_free (Call *call)
{
  g_free (call->argument);
  g_free (call);
}

/* The vmm has let go of the guest. */
static void
on_ended_settled (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;

  g_task_return_pointer (task, NULL, NULL);
}

void
vt_guest_return_remote_error (GTask *task, GError *taken)
{
  g_autoptr (GError) error = taken;
  g_autofree char *text = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    {
      g_task_return_new_error (task, VT_GUEST_ERROR, VT_GUEST_ERROR_STATE, "%s",
                               vt_control_describe_silence ());
      return;
    }
  if (!g_dbus_error_is_remote_error (error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  g_dbus_error_strip_remote_error (error);
  text = bounded_text_line (error->message);
  g_task_return_new_error (task, VT_GUEST_ERROR, VT_GUEST_ERROR_STATE, "%s", text);
}

static void
return_reply (GTask *task, GVariant *reply)
{
  const char *text;

  if (!g_variant_is_of_type (reply, G_VARIANT_TYPE ("(s)")))
    {
      g_task_return_new_error (task, VT_GUEST_ERROR, VT_GUEST_ERROR_PROTOCOL,
                               _ ("The program that runs the guest sent a reply of another kind"));
      return;
    }
  g_variant_get (reply, "(&s)", &text);
  if (strlen (text) > BOUNDED_JSON_MAX)
    g_task_return_new_error (task, VT_GUEST_ERROR, VT_GUEST_ERROR_PROTOCOL,
                             _ ("The program that runs the guest sent more than %u bytes"),
                             BOUNDED_JSON_MAX);
  else
    g_task_return_pointer (task, g_strdup (text), g_free);
}

static void
on_called (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_proxy_call_finish (G_DBUS_PROXY (source), result, &error);
  VtGuest *self = g_task_get_source_object (task);
  Call *call = g_task_get_task_data (task);

  if (call->is_done)
    return;
  call->is_done = TRUE;
  if (call->ends && (reply != NULL || is_connection_gone (error)))
    vt_guest_when_ended (self, on_ended_settled, g_steal_pointer (&task));
  else if (reply == NULL && call->may_end && is_connection_gone (error))
    g_task_return_pointer (task, NULL, NULL);
  else if (reply == NULL)
    vt_guest_return_remote_error (task, g_steal_pointer (&error));
  else if (call->has_reply)
    return_reply (task, reply);
  else
    g_task_return_pointer (task, NULL, NULL);
}

/* --- a vmm that hangs --- */

static void
kill_in_thread (GTask *inner, gpointer source, gpointer data, GCancellable *cancellable)
{
  VtGuest *self = VT_GUEST (source);
  GError *error = NULL;

  if (guest_kill (self->store, self->uuid, &error))
    g_task_return_boolean (inner, TRUE);
  else
    g_task_return_error (inner, error);
}

static void
on_killed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  VtGuest *self = VT_GUEST (source);
  Call *call = g_task_get_task_data (task);
  GError *error = NULL;

  if (call->is_done) /* its connection was lost, which is the end as well */
    return;
  call->is_done = TRUE;
  if (g_task_propagate_boolean (G_TASK (result), &error))
    vt_guest_when_ended (self, on_ended_settled, g_steal_pointer (&task));
  else
    g_task_return_error (task, error);
}

static void
kill_hung (VtGuest *self, GTask *task)
{
  g_autoptr (GTask) inner = g_task_new (self, NULL, on_killed, g_object_ref (task));

  g_task_run_in_thread (inner, kill_in_thread);
}

#define ASK_AGAIN_MS 1000

static void ask_for_life (VtDBusGuest1 *proxy, GTask *task);

static gboolean
on_ask_again (gpointer data)
{
  GTask *task = data;
  VtGuest *self = g_task_get_source_object (task);
  const Call *call = g_task_get_task_data (task);

  if (!call->is_done && self->proxy != NULL)
    ask_for_life (self->proxy, task);
  return G_SOURCE_REMOVE;
}

/* Not an error but silence is what says that a vmm hangs. */
static void
on_asked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_proxy_call_finish (G_DBUS_PROXY (source), result, &error);
  const Call *call = g_task_get_task_data (task);

  if (!call->is_done && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    kill_hung (g_task_get_source_object (task), task);
  else if (!call->is_done && error == NULL)
    g_timeout_add_full (G_PRIORITY_DEFAULT, ASK_AGAIN_MS, on_ask_again, g_object_ref (task),
                        g_object_unref);
}

/* The end itself may take its time; but whoever works on it answers a simple question. */
static void
ask_for_life (VtDBusGuest1 *proxy, GTask *task)
{
  g_dbus_proxy_call (G_DBUS_PROXY (proxy), "org.freedesktop.DBus.Properties.Get",
                     g_variant_new ("(ss)", "org.vitrine.Guest1", "State"), G_DBUS_CALL_FLAGS_NONE,
                     VT_CONTROL_TIMEOUT_MS, NULL, on_asked, g_object_ref (task));
}

/* Whether a vmm holds the guest that nobody can talk to. */
static gboolean
is_hung (VtGuest *self)
{
  return self->proxy == NULL && guest_store_is_running (self->store, self->uuid);
}

/* --- calls --- */

static void
on_settled (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;
  VtGuest *self = VT_GUEST (source);
  const Call *call = g_task_get_task_data (task);
  VtDBusGuest1 *proxy = NULL;

  if (call->ends && is_hung (self))
    {
      kill_hung (self, task);
      return;
    }
  if (vt_guest_settle_finish (self, result, &error))
    proxy = vt_guest_require_proxy (self, &error);
  if (proxy == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  g_dbus_proxy_call (G_DBUS_PROXY (proxy), call->method,
                     call->argument != NULL ? g_variant_new ("(s)", call->argument) : NULL,
                     G_DBUS_CALL_FLAGS_NONE, call->timeout_msec, g_task_get_cancellable (task),
                     on_called, g_object_ref (task));
  if (call->ends)
    ask_for_life (proxy, task);
}

static void
call_async (VtGuest *self,
            Call call,
            GCancellable *cancellable,
            GAsyncReadyCallback callback,
            gpointer data)
{
  GTask *task = g_task_new (self, cancellable, callback, data);

  g_task_set_task_data (task, g_memdup2 (&call, sizeof call), (GDestroyNotify) call_free);
  vt_guest_settle_async (self, cancellable, on_settled, task);
}

static const Call verbs[] = {
  [VT_VERB_PAUSE] = { "Pause", .timeout_msec = -1 },
  [VT_VERB_RESUME] = { "Resume", .timeout_msec = -1 },
  [VT_VERB_RESET] = { "Reset", .timeout_msec = -1 },
  [VT_VERB_POWER_OFF] = { "PowerOff", .may_end = TRUE, .timeout_msec = -1 },
  [VT_VERB_STOP_CAPTURE] = { "StopCapture", .timeout_msec = -1 },
  [VT_VERB_END_BACKUP] = { "EndBackup", .timeout_msec = -1 },
  /* It flushes the disks first, which takes as long as it takes. */
  [VT_VERB_FORCE_OFF] = { "ForceOff", .ends = TRUE, .timeout_msec = G_MAXINT },
};

void
vt_guest_verb_async (VtGuest *self,
                     VtVerb verb,
                     GCancellable *cancellable,
                     GAsyncReadyCallback callback,
                     gpointer data)
{
  g_return_if_fail (verb < G_N_ELEMENTS (verbs));
  call_async (self, verbs[verb], cancellable, callback, data);
}

gboolean
vt_guest_verb_finish (VtGuest *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GError) own = NULL;

  g_task_propagate_pointer (G_TASK (result), &own);
  if (own == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&own));
  return FALSE;
}

void
vt_guest_monitor_async (VtGuest *self,
                        const char *json,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer data)
{
  const Call call = { "Monitor", g_utf8_make_valid (json, -1), .has_reply = TRUE,
                      .timeout_msec = -1 };

  call_async (self, call, cancellable, callback, data);
}

char *
vt_guest_monitor_finish (VtGuest *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
vt_guest_drill_async (VtGuest *self,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer data)
{
  /* A hundred ways in each jail, some of which end the program. */
  const Call call = { "Drill", .has_reply = TRUE, .timeout_msec = G_MAXINT };

  call_async (self, call, cancellable, callback, data);
}

char *
vt_guest_drill_finish (VtGuest *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
vt_guest_isolation_async (VtGuest *self,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer data)
{
  const Call call = { "Isolation", .has_reply = TRUE, .timeout_msec = -1 };

  call_async (self, call, cancellable, callback, data);
}

char *
vt_guest_isolation_finish (VtGuest *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
vt_guest_network_async (VtGuest *self,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer data)
{
  const Call call = { "Network", .has_reply = TRUE, .timeout_msec = -1 };

  call_async (self, call, cancellable, callback, data);
}

char *
vt_guest_network_finish (VtGuest *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

VtGlassClient *
vt_guest_open_display (VtGuest *self, guint head, GError **error)
{
  g_autofree char *path = paths_socket (self->uuid, "display", error);
  g_autoptr (GError) inner = NULL;
  VtGlassClient *client;

  if (path == NULL)
    return NULL;
  client = vt_glass_client_new (path, head, &inner);
  if (client != NULL)
    return client;
  if (self->proxy == NULL && !guest_store_is_running (self->store, self->uuid))
    g_set_error (error, VT_GUEST_ERROR, VT_GUEST_ERROR_STATE, _ ("“%s” is not running"),
                 self->name);
  else
    g_propagate_error (error, g_steal_pointer (&inner));
  return NULL;
}

static gboolean
require_stopped (VtGuest *self, GError **error)
{
  if (self->proxy == NULL && !self->starting && !guest_store_is_running (self->store, self->uuid))
    return TRUE;
  g_set_error (error, VT_GUEST_ERROR, VT_GUEST_ERROR_STATE, _ ("“%s” is running; stop it first"),
               self->name);
  return FALSE;
}

gboolean
vt_guest_save (VtGuest *self, const GuestDefinition *definition, GError **error)
{
  g_return_val_if_fail (strcmp (definition->uuid, self->uuid) == 0, FALSE);
  if (!require_stopped (self, error) || !guest_store_update (self->store, definition, error))
    return FALSE;
  vt_guest_reload (self);
  return TRUE;
}

gboolean
vt_guest_delete (VtGuest *self, GError **error)
{
  g_autoptr (VtGuest) held = g_object_ref (self);

  if (!require_stopped (self, error) || !guest_store_remove (self->store, self->uuid, error))
    return FALSE;
  g_signal_emit (self, vt_guest_signals[VT_GUEST_REMOVED], 0);
  return TRUE;
}
