/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Serves peer-to-peer D-Bus on the control socket. Runs in vitrine-vmm, on its main context;
 * decides who may connect, not what a verb does.
 */
#include "control.h"

#include "fds.h"
#include "guest-log.h"

#include <gio/gunixconnection.h>
#include <gio/gunixfdlist.h>
#include <glib-unix.h>
#include <sys/socket.h>

#define CONTROL_PATH "/org/vitrine/Guest"

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

/* What one more connection may take beside its own descriptor; and the wait where they are short.
 */
#define GREETING_FDS 8
#define ACCEPT_LATER_SECONDS 1

typedef struct
{
  Control *control;
  ControlVerb verb;
} Binding;

/* A connection that authenticates. */
typedef struct
{
  Control *control; /* NULL: gone */
  GCancellable *cancellable;
  guint timer;
  const char *why; /* it was ended, or NULL */
} Arrival;

struct _Control
{
  VtDBusGuest1 *guest;
  uid_t starter;
  ControlCalled called;
  ControlCapture capture;
  ControlBackup backup;
  gpointer user_data;
  int listener; /* borrowed */
  guint accept;
  guint accept_later; /* while there is no descriptor for another connection */
  GCancellable *cancellable;
  GPtrArray *connections; /* of GDBusConnection */
  GPtrArray *arrivals;    /* of Arrival, each owned by its call; the oldest first */
  Binding bindings[G_N_ELEMENTS (verb_signals)];
  Binding argument_bindings[G_N_ELEMENTS (argument_signals)];

  guint flushing;
  guint flush_deadline;
  void (*flushed) (gpointer user_data);
  gpointer flushed_data;
};

static gboolean
on_verb (VtDBusGuest1 *guest, GDBusMethodInvocation *call, gpointer data)
{
  Binding *binding = data;

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
on_closed (GDBusConnection *connection, gboolean vanished, GError *error, gpointer data)
{
  Control *control = data;
  GDBusInterfaceSkeleton *skeleton = G_DBUS_INTERFACE_SKELETON (control->guest);

  if (g_dbus_interface_skeleton_has_connection (skeleton, connection))
    g_dbus_interface_skeleton_unexport_from_connection (skeleton, connection);
  g_signal_handlers_disconnect_by_data (connection, control);
  g_ptr_array_remove_fast (control->connections, connection);
}

/* GLib takes a message that has no number, cannot answer it, and crashes over that. Runs in GDBus's
 * thread. */
static GDBusMessage *
refuse_without_number (GDBusConnection *connection,
                       GDBusMessage *message,
                       gboolean incoming,
                       gpointer data)
{
  if (!incoming || g_dbus_message_get_serial (message) != 0)
    return message;
  g_object_unref (message);
  g_dbus_connection_close (connection, NULL, NULL, NULL);
  return NULL;
}

static void
end_arrival (Arrival *arrival, const char *why)
{
  arrival->why = why;
  g_clear_handle_id (&arrival->timer, g_source_remove);
  g_cancellable_cancel (arrival->cancellable);
}

static gboolean
on_arrival_timer (gpointer data)
{
  Arrival *arrival = data;

  arrival->timer = 0;
  end_arrival (arrival, "it did not authenticate in time");
  return G_SOURCE_REMOVE;
}

static void
arrival_free (Arrival *arrival)
{
  if (arrival->control != NULL)
    g_ptr_array_remove (arrival->control->arrivals, arrival);
  g_clear_handle_id (&arrival->timer, g_source_remove);
  g_object_unref (arrival->cancellable);
  g_free (arrival);
}

/* Of those that are not over yet, the one that has had the most time makes room for another. */
static void
limit_arrivals (Control *control)
{
  Arrival *oldest = NULL;
  guint n = 0;

  for (guint i = control->arrivals->len; i > 0; i--)
    {
      Arrival *arrival = control->arrivals->pdata[i - 1];

      if (arrival->why != NULL)
        continue;
      oldest = arrival;
      n++;
    }
  if (n >= CONTROL_ARRIVING_MAX)
    end_arrival (oldest, "others wanted to authenticate");
}

/* What GDBus says of a failure holds the words that came, whatever these are. */
static void
log_failure (const char *why)
{
  g_autofree char *quoted = guest_log_quote (why);

  guest_log ("A connection to the control socket failed: %s", quoted);
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer data)
{
  Arrival *arrival = data;
  Control *control = arrival->control;
  g_autofree char *why = g_strdup (arrival->why);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection = g_dbus_connection_new_finish (result, &error);

  arrival_free (arrival);
  if (control == NULL)
    return;
  if (connection == NULL)
    {
      log_failure (why != NULL ? why : error->message);
      return;
    }
  g_signal_connect (connection, "closed", G_CALLBACK (on_closed), control);
  /* GDBus reads from the start, and may have met nonsense and said so to nobody. */
  if (g_dbus_connection_is_closed (connection))
    {
      g_signal_handlers_disconnect_by_data (connection, control);
      return;
    }
  g_dbus_connection_set_exit_on_close (connection, FALSE);
  g_dbus_connection_add_filter (connection, refuse_without_number, NULL, NULL);
  g_ptr_array_add (control->connections, g_object_ref (connection));
  if (!g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (control->guest), connection,
                                         CONTROL_PATH, &error))
    guest_log ("The control interface cannot be exported: %s", error->message);
  g_dbus_connection_start_message_processing (connection);
}

static gboolean
allow_mechanism (GDBusAuthObserver *observer, const char *mechanism, gpointer data)
{
  return g_str_equal (mechanism, "EXTERNAL");
}

static gboolean
is_allowed (Control *control, int fd)
{
  g_autoptr (GError) error = NULL;
  uid_t uid;

  if (control->connections->len + control->arrivals->len >= CONTROL_CONNECTIONS_MAX)
    {
      guest_log ("Too many connections to the control socket; another one is refused");
      return FALSE;
    }
  if (!fds_peer_uid (fd, &uid, &error))
    return FALSE;
  if (uid == 0 || uid == control->starter)
    return TRUE;
  guest_log ("User %u was refused at the control socket", uid);
  return FALSE;
}

void
control_serve_take (Control *control, int fd)
{
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, NULL);
  g_autoptr (GSocketConnection) stream = NULL;
  g_autoptr (GDBusAuthObserver) observer = g_dbus_auth_observer_new ();
  g_autofree char *guid = g_dbus_generate_guid ();
  Arrival *arrival;

  if (socket == NULL)
    {
      close (fd);
      return;
    }
  stream = g_socket_connection_factory_create_connection (socket);
  g_signal_connect (observer, "allow-mechanism", G_CALLBACK (allow_mechanism), NULL);
  limit_arrivals (control);
  arrival = g_new0 (Arrival, 1);
  arrival->control = control;
  arrival->cancellable = g_cancellable_new ();
  arrival->timer = g_timeout_add_seconds (CONTROL_ARRIVING_SECONDS, on_arrival_timer, arrival);
  g_ptr_array_add (control->arrivals, arrival);
  g_dbus_connection_new (G_IO_STREAM (stream), guid,
                         G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER |
                             G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                         observer, arrival->cancellable, on_connected, arrival);
}

static void watch_listener (Control *control);

static gboolean
on_accept_later (gpointer data)
{
  Control *control = data;

  control->accept_later = 0;
  watch_listener (control);
  return G_SOURCE_REMOVE;
}

/* Who connects while descriptors are short waits, and must neither wake us for ever nor be the end
 * of the guest: GLib ends a program that has none left for its own use. */
static gboolean
on_accept (int listener, GIOCondition condition, gpointer data)
{
  Control *control = data;
  autofd fd = -1;

  if (!fds_have_room (listener, 1 + GREETING_FDS))
    {
      control->accept = 0;
      control->accept_later =
          g_timeout_add_seconds (ACCEPT_LATER_SECONDS, on_accept_later, control);
      return G_SOURCE_REMOVE;
    }
  fd = accept4 (listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd >= 0 && is_allowed (control, fd))
    control_serve_take (control, fds_steal (&fd));
  return G_SOURCE_CONTINUE;
}

static void
watch_listener (Control *control)
{
  control->accept = g_unix_fd_add (control->listener, G_IO_IN, on_accept, control);
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
  for (guint i = 0; i < G_N_ELEMENTS (verb_signals); i++)
    {
      control->bindings[i] = (Binding) { control, verb_signals[i].verb };
      g_signal_connect (control->guest, verb_signals[i].signal, G_CALLBACK (on_verb),
                        &control->bindings[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (argument_signals); i++)
    {
      gboolean takes_options = argument_signals[i].verb == CONTROL_SHARE ||
                               argument_signals[i].verb == CONTROL_SET_NETWORK ||
                               argument_signals[i].verb == CONTROL_SET_LIMITS;

      control->argument_bindings[i] = (Binding) { control, argument_signals[i].verb };
      g_signal_connect (control->guest, argument_signals[i].signal,
                        takes_options ? G_CALLBACK (on_options) : G_CALLBACK (on_numbered),
                        &control->argument_bindings[i]);
    }
  g_signal_connect (control->guest, "handle-monitor", G_CALLBACK (on_monitor), control);
  g_signal_connect (control->guest, "handle-set-clipboard", G_CALLBACK (on_set_clipboard), control);
  control->listener = listener;
  watch_listener (control);
  return control;
}

void
control_free (Control *control)
{
  g_clear_handle_id (&control->accept, g_source_remove);
  g_clear_handle_id (&control->accept_later, g_source_remove);
  g_clear_handle_id (&control->flush_deadline, g_source_remove);
  g_cancellable_cancel (control->cancellable);
  for (guint i = 0; i < control->arrivals->len; i++)
    {
      Arrival *arrival = control->arrivals->pdata[i];

      arrival->control = NULL;
      end_arrival (arrival, "");
    }
  for (guint i = 0; i < control->connections->len; i++)
    g_signal_handlers_disconnect_by_data (control->connections->pdata[i], control);
  if (g_dbus_interface_skeleton_get_connection (G_DBUS_INTERFACE_SKELETON (control->guest)) != NULL)
    g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (control->guest));
  g_ptr_array_unref (control->connections);
  g_ptr_array_unref (control->arrivals);
  g_object_unref (control->cancellable);
  g_object_unref (control->guest);
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
control_flush (Control *control, void (*flushed) (gpointer user_data), gpointer user_data)
{
  control->flushed = flushed;
  control->flushed_data = user_data;
  control->flushing = control->connections->len;
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (control->guest));
  for (guint i = 0; i < control->connections->len; i++)
    g_dbus_connection_flush (control->connections->pdata[i], control->cancellable, on_flushed,
                             control);
  control->flush_deadline =
      g_timeout_add (control->flushing > 0 ? CONTROL_FLUSH_MS : 0, finish_flush, control);
}
