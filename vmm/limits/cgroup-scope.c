/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Asks the user manager for a scope. Runs in vitrine-vmm before any guest-facing process exists,
 * and lets go of the bus at once. What the manager answers is only waited for: where this process
 * is afterwards is read from the kernel.
 */
#include "cgroup-scope.h"

#include <unistd.h>

#define MANAGER "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER_INTERFACE MANAGER ".Manager"

typedef struct
{
  GMainLoop *loop;
  GCancellable *cancellable; /* by the clock */
  GDBusConnection *bus;
  GError *error;
  char *job;   /* whose end is waited for; NULL until it is known */
  char *ended; /* the result of that job */
} Request;

static void
request_clear (Request *request)
{
  if (request->bus != NULL)
    g_dbus_connection_close_sync (request->bus, NULL, NULL);
  g_clear_object (&request->bus);
  g_clear_error (&request->error);
  g_clear_object (&request->cancellable);
  g_main_loop_unref (request->loop);
  g_free (request->job);
  g_free (request->ended);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Request, request_clear)

static gboolean
on_timeout (gpointer data)
{
  Request *request = data;

  g_cancellable_cancel (request->cancellable);
  g_main_loop_quit (request->loop);
  return G_SOURCE_REMOVE;
}

/* Until what is awaited quits the loop, or time is up. */
static void
wait_for_it (Request *request)
{
  g_autoptr (GSource) timeout = g_timeout_source_new_seconds (CGROUP_SCOPE_SECONDS);

  g_source_set_callback (timeout, on_timeout, request, NULL);
  g_source_attach (timeout, g_main_loop_get_context (request->loop));
  g_main_loop_run (request->loop);
  g_source_destroy (timeout);
}

static void
on_bus (GObject *source, GAsyncResult *result, gpointer data)
{
  Request *request = data;

  request->bus = g_dbus_connection_new_for_address_finish (result, &request->error);
  g_main_loop_quit (request->loop);
}

/* Not by the call that waits: a bus that takes the connection and says nothing would hold up the
 * start of every guest. */
static gboolean
open_bus (Request *request, const char *address, GError **error)
{
  g_dbus_connection_new_for_address (address,
                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                         G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                     NULL, request->cancellable, on_bus, request);
  wait_for_it (request);
  /* Time being up, its answer comes next, and is waited for: it names this struct. */
  while (request->bus == NULL && request->error == NULL)
    g_main_context_iteration (g_main_loop_get_context (request->loop), TRUE);
  if (request->bus != NULL)
    return TRUE;
  if (g_cancellable_is_cancelled (request->cancellable))
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                         "the session bus does not answer");
  else
    g_propagate_error (error, g_steal_pointer (&request->error));
  return FALSE;
}

static void
on_job_removed (GDBusConnection *bus,
                const char *sender,
                const char *path,
                const char *interface,
                const char *signal,
                GVariant *parameters,
                gpointer data)
{
  Request *request = data;
  const char *job, *result;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(uoss)")))
    return;
  g_variant_get (parameters, "(u&o&s&s)", NULL, &job, NULL, &result);
  if (g_strcmp0 (job, request->job) != 0)
    return;
  request->ended = g_strdup (result);
  g_main_loop_quit (request->loop);
}

static char *
start_unit (GDBusConnection *bus, pid_t companion, GError **error)
{
  g_autofree char *name = g_strdup_printf ("app-org.vitrine.Vitrine-guest-%d.scope", getpid ());
  g_autoptr (GVariantBuilder) properties = g_variant_builder_new (G_VARIANT_TYPE ("a(sv)"));
  g_autoptr (GVariantBuilder) others = g_variant_builder_new (G_VARIANT_TYPE ("a(sa(sv))"));
  guint32 pids[] = { getpid (), companion };
  gsize n_pids = companion > 0 ? 2 : 1;
  g_autoptr (GVariant) reply = NULL;
  char *job = NULL;

  g_variant_builder_add (properties, "(sv)", "Description",
                         g_variant_new_string ("A guest of Vitrine"));
  g_variant_builder_add (
      properties, "(sv)", "PIDs",
      g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, pids, n_pids, sizeof *pids));
  g_variant_builder_add (properties, "(sv)", "Delegate", g_variant_new_boolean (TRUE));
  g_variant_builder_add (properties, "(sv)", "CollectMode",
                         g_variant_new_string ("inactive-or-failed"));
  reply = g_dbus_connection_call_sync (
      bus, MANAGER, MANAGER_PATH, MANAGER_INTERFACE, "StartTransientUnit",
      g_variant_new ("(ssa(sv)a(sa(sv)))", name, "fail", properties, others),
      G_VARIANT_TYPE ("(o)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, CGROUP_SCOPE_SECONDS * 1000, NULL,
      error);
  if (reply != NULL)
    g_variant_get (reply, "(o)", &job);
  return job;
}

static gboolean
start_scope (Request *request, pid_t companion, GError **error)
{
  guint subscription = g_dbus_connection_signal_subscribe (
      request->bus, MANAGER, MANAGER_INTERFACE, "JobRemoved", MANAGER_PATH, NULL,
      G_DBUS_SIGNAL_FLAGS_NONE, on_job_removed, request, NULL);
  gboolean good;

  request->job = start_unit (request->bus, companion, error);
  if (request->job != NULL)
    wait_for_it (request);
  good = g_strcmp0 (request->ended, "done") == 0;
  if (request->job != NULL && !good)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                         "systemd's user manager did not start a scope in time");
  g_dbus_connection_signal_unsubscribe (request->bus, subscription);
  return good;
}

static gboolean
ask (const char *address, pid_t companion, GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  gboolean good;

  g_main_context_push_thread_default (context);
  {
    g_auto (Request) request = { .loop = g_main_loop_new (context, FALSE),
                                 .cancellable = g_cancellable_new () };

    good = open_bus (&request, address, error) && start_scope (&request, companion, error);
  }
  g_main_context_pop_thread_default (context);
  if (!good && error != NULL && *error != NULL)
    g_dbus_error_strip_remote_error (*error);
  return good;
}

/* The session's bus, without starting one. A session may have been given another one than that of
 * its user's systemd (dbus-run-session, a remote desktop), so that one is asked next. */
static GStrv
find_buses (void)
{
  g_autoptr (GStrvBuilder) buses = g_strv_builder_new ();
  const char *given = g_getenv ("DBUS_SESSION_BUS_ADDRESS");
  g_autofree char *path = g_build_filename (g_get_user_runtime_dir (), "bus", NULL);
  g_autofree char *escaped = g_dbus_address_escape_value (path);
  g_autofree char *address = g_strconcat ("unix:path=", escaped, NULL);

  if (given != NULL)
    g_strv_builder_add (buses, given);
  if (g_strcmp0 (given, address) != 0 && g_file_test (path, G_FILE_TEST_EXISTS))
    g_strv_builder_add (buses, address);
  return g_strv_builder_end (buses);
}

gboolean
cgroup_scope_enter (pid_t companion, GError **error)
{
  g_auto (GStrv) buses = find_buses ();
  g_autoptr (GError) why = NULL;

  for (guint i = 0; buses[i] != NULL; i++)
    {
      g_clear_error (&why);
      if (ask (buses[i], companion, &why))
        return TRUE;
    }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
               "no control group was delegated to this user (%s)",
               why != NULL ? why->message : "there is no session bus");
  return FALSE;
}
