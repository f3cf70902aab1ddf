/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Serves peer-to-peer D-Bus on the control socket: passes calls on, whatever a verb does. Runs in
 * vitrine-vmm, on its main context.
 */
#include "control-private.h"

#include "fds.h"

#include <gio/gunixfdlist.h>

typedef struct
{
  const char *signal;
  ControlVerb verb;
} VerbSignal;

static const VerbSignal verb_signals[] = {
  { "handle-pause", CONTROL_PAUSE },         { "handle-resume", CONTROL_RESUME },
  { "handle-reset", CONTROL_RESET },         { "handle-power-off", CONTROL_POWER_OFF },
  { "handle-force-off", CONTROL_FORCE_OFF }, { "handle-isolation", CONTROL_ISOLATION },
  { "handle-drill", CONTROL_DRILL },         { "handle-end-backup", CONTROL_END_BACKUP },
  { "handle-network", CONTROL_NETWORK },     { "handle-stop-capture", CONTROL_STOP_CAPTURE },
};

/* Verbs with an argument: its handler, whatever that is, reads it from the call. */
static const VerbSignal argument_signals[] = {
  { "handle-set-limits", CONTROL_SET_LIMITS },
  { "handle-share", CONTROL_SHARE },
  { "handle-set-network", CONTROL_SET_NETWORK },
  { "handle-share-link", CONTROL_SHARE_LINK },
  { "handle-unshare", CONTROL_UNSHARE },
  { "handle-disconnect-viewer", CONTROL_DISCONNECT_VIEWER },
  { "handle-allow-viewer", CONTROL_ALLOW_VIEWER },
};

static gboolean
on_verb (VtDBusGuest1 *guest, GDBusMethodInvocation *call, gpointer data)
{
  ControlBinding *binding = data;

  binding->control->called (binding->verb, NULL, call, binding->control->user_data);
  return TRUE;
}

static gboolean
on_options (VtDBusGuest1 *guest, GDBusMethodInvocation *call, GVariant *options, gpointer data)
{
  return on_verb (guest, call, data);
}

static gboolean
on_numbered (VtDBusGuest1 *guest, GDBusMethodInvocation *call, guint number, gpointer data)
{
  return on_verb (guest, call, data);
}

static gboolean
on_monitor (VtDBusGuest1 *guest, GDBusMethodInvocation *call, const char *command, gpointer data)
{
  Control *control = data;

  control->called (CONTROL_MONITOR, command, call, control->user_data);
  return TRUE;
}

static gboolean
on_set_clipboard (VtDBusGuest1 *guest,
                  GDBusMethodInvocation *call,
                  const char *policy,
                  gpointer data)
{
  Control *control = data;

  control->called (CONTROL_SET_CLIPBOARD, policy, call, control->user_data);
  return TRUE;
}

static gboolean
on_start_capture (VtDBusGuest1 *guest,
                  GDBusMethodInvocation *call,
                  GUnixFDList *fds,
                  GVariant *handle,
                  guint64 bytes_max,
                  gpointer data)
{
  Control *control = data;
  g_autoptr (GError) error = NULL;
  int fd = -1;

  if (fds != NULL)
    fd = g_unix_fd_list_get (fds, g_variant_get_handle (handle), &error);
  if (fd < 0)
    g_dbus_method_invocation_return_dbus_error (call, "org.vitrine.Error.Failed",
                                                "No file came with the call");
  else
    control->capture (fd, bytes_max, call, control->user_data);
  return TRUE;
}

void
control_set_capture (Control *control, ControlCapture capture)
{
  control->capture = capture;
  g_signal_connect (control->guest, "handle-start-capture", G_CALLBACK (on_start_capture), control);
}

static gboolean
on_start_backup (VtDBusGuest1 *guest,
                 GDBusMethodInvocation *call,
                 GUnixFDList *list,
                 guint disk,
                 guint seconds,
                 GVariant *listener,
                 GVariant *scratch,
                 GVariant *life,
                 gpointer data)
{
  Control *control = data;
  GVariant *const handles[] = { listener, scratch, life };
  int fds[3] = { -1, -1, -1 };
  gboolean good = list != NULL;

  for (guint i = 0; good && i < G_N_ELEMENTS (fds); i++)
    good = (fds[i] = g_unix_fd_list_get (list, g_variant_get_handle (handles[i]), NULL)) >= 0;
  if (good)
    {
      control->backup (disk, seconds, fds, call, control->user_data);
      return TRUE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    fds_clear (&fds[i]);
  g_dbus_method_invocation_return_dbus_error (call, "org.vitrine.Error.Failed",
                                              "Not all of three descriptors came with the call");
  return TRUE;
}

void
control_set_backup (Control *control, ControlBackup backup)
{
  control->backup = backup;
  g_signal_connect (control->guest, "handle-start-backup", G_CALLBACK (on_start_backup), control);
}

static void
connect_verbs (Control *control)
{
  ControlBinding *next = control->bindings =
      g_new (ControlBinding, G_N_ELEMENTS (verb_signals) + G_N_ELEMENTS (argument_signals));

  for (guint i = 0; i < G_N_ELEMENTS (verb_signals); i++)
    {
      *next = (ControlBinding) { control, verb_signals[i].verb };
      g_signal_connect (control->guest, verb_signals[i].signal, G_CALLBACK (on_verb), next++);
    }
  for (guint i = 0; i < G_N_ELEMENTS (argument_signals); i++)
    {
      gboolean takes_options = argument_signals[i].verb == CONTROL_SHARE ||
                               argument_signals[i].verb == CONTROL_SET_NETWORK ||
                               argument_signals[i].verb == CONTROL_SET_LIMITS;

      *next = (ControlBinding) { control, argument_signals[i].verb };
      g_signal_connect (control->guest, argument_signals[i].signal,
                        takes_options ? G_CALLBACK (on_options) : G_CALLBACK (on_numbered), next++);
    }
  g_signal_connect (control->guest, "handle-monitor", G_CALLBACK (on_monitor), control);
  g_signal_connect (control->guest, "handle-set-clipboard", G_CALLBACK (on_set_clipboard), control);
}

Control *
control_new (int listener, uid_t starter, ControlCalled called, gpointer user_data)
{
  Control *control = g_new0 (Control, 1);

  control->guest = vt_dbus_guest1_skeleton_new ();
  control->starter = starter;
  control->called = called;
  control->user_data = user_data;
  control->cancellable = g_cancellable_new ();
  control->connections = g_ptr_array_new_with_free_func (g_object_unref);
  control->arrivals = g_ptr_array_new ();
  connect_verbs (control);
  control->listener = listener;
  control_watch_listener (control);
  return control;
}

void
control_free (Control *control)
{
  control_end_accepting (control);
  g_clear_handle_id (&control->flush_deadline, g_source_remove);
  g_cancellable_cancel (control->cancellable);
  if (g_dbus_interface_skeleton_get_connection (G_DBUS_INTERFACE_SKELETON (control->guest)) != NULL)
    g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (control->guest));
  g_ptr_array_unref (control->connections);
  g_ptr_array_unref (control->arrivals);
  g_object_unref (control->cancellable);
  g_object_unref (control->guest);
  g_free (control->bindings);
  g_free (control);
}

VtDBusGuest1 *
control_get_guest (Control *control)
{
  return control->guest;
}

void
control_answer (GDBusMethodInvocation *call, const char *text, const GError *error)
{
  if (error != NULL)
    g_dbus_method_invocation_return_dbus_error (call, "org.vitrine.Error.Failed", error->message);
  else
    g_dbus_method_invocation_return_value (call, text != NULL ? g_variant_new ("(s)", text) : NULL);
}

static gboolean
finish_flush (gpointer data)
{
  Control *control = data;

  g_clear_handle_id (&control->flush_deadline, g_source_remove);
  control->flushed (control->flushed_data);
  return G_SOURCE_REMOVE;
}

static void
on_flushed (GObject *source, GAsyncResult *result, gpointer data)
{
  Control *control = data;
  g_autoptr (GError) error = NULL;

  g_dbus_connection_flush_finish (G_DBUS_CONNECTION (source), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || --control->flushing > 0 ||
      control->flush_deadline == 0)
    return;
  finish_flush (control);
}

void
control_send_changes (Control *control)
{
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (control->guest));
}

void
control_flush (Control *control, void (*flushed) (gpointer user_data), gpointer user_data)
{
  control->flushed = flushed;
  control->flushed_data = user_data;
  control->flushing = control->connections->len;
  control_send_changes (control);
  for (guint i = 0; i < control->connections->len; i++)
    g_dbus_connection_flush (control->connections->pdata[i], control->cancellable, on_flushed,
                             control);
  control->flush_deadline =
      g_timeout_add (control->flushing > 0 ? CONTROL_FLUSH_MS : 0, finish_flush, control);
}
