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
  char *job;   /* whose end is waited for; NULL until it is known */
  char *ended; /* the result of that job */
} Wait;

/* The bus of the session, without starting one. */
static GDBusConnection *
open_bus (GError **error)
{
  g_autofree char *path = g_build_filename (g_get_user_runtime_dir (), "bus", NULL);
  g_autofree char *escaped = g_dbus_address_escape_value (path);
  g_autofree char *address = g_strconcat ("unix:path=", escaped, NULL);
  const char *given = g_getenv ("DBUS_SESSION_BUS_ADDRESS");

  if (given == NULL && !g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "there is no session bus");
      return NULL;
    }
  return g_dbus_connection_new_for_address_sync (given != NULL ? given : address,
                                                 G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                     G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                 NULL, NULL, error);
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
  Wait *wait = data;
  const char *job, *result;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(uoss)")))
    return;
  g_variant_get (parameters, "(u&o&s&s)", NULL, &job, NULL, &result);
  if (g_strcmp0 (job, wait->job) != 0)
    return;
  wait->ended = g_strdup (result);
  g_main_loop_quit (wait->loop);
}

static gboolean
on_timeout (gpointer data)
{
  g_main_loop_quit (data);
  return G_SOURCE_REMOVE;
}

static char *
start_unit (GDBusConnection *bus, GError **error)
{
  g_autofree char *name = g_strdup_printf ("app-org.vitrine.Vitrine-guest-%d.scope", getpid ());
  g_autoptr (GVariantBuilder) properties = g_variant_builder_new (G_VARIANT_TYPE ("a(sv)"));
  g_autoptr (GVariantBuilder) others = g_variant_builder_new (G_VARIANT_TYPE ("a(sa(sv))"));
  guint32 pid = getpid ();
  g_autoptr (GVariant) reply = NULL;
  char *job = NULL;

  g_variant_builder_add (properties, "(sv)", "Description",
                         g_variant_new_string ("A guest of Vitrine"));
  g_variant_builder_add (properties, "(sv)", "PIDs",
                         g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, &pid, 1, sizeof pid));
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
enter (GDBusConnection *bus, GMainContext *context, GError **error)
{
  Wait wait = { g_main_loop_new (context, FALSE), NULL, NULL };
  g_autoptr (GSource) timeout = g_timeout_source_new_seconds (CGROUP_SCOPE_SECONDS);
  guint subscription = g_dbus_connection_signal_subscribe (
      bus, MANAGER, MANAGER_INTERFACE, "JobRemoved", MANAGER_PATH, NULL, G_DBUS_SIGNAL_FLAGS_NONE,
      on_job_removed, &wait, NULL);
  gboolean good;

  wait.job = start_unit (bus, error);
  if (wait.job != NULL)
    {
      g_source_set_callback (timeout, on_timeout, wait.loop, NULL);
      g_source_attach (timeout, context);
      g_main_loop_run (wait.loop);
      g_source_destroy (timeout);
    }
  good = g_strcmp0 (wait.ended, "done") == 0;
  if (wait.job != NULL && !good)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                         "systemd's user manager did not start a scope in time");
  g_dbus_connection_signal_unsubscribe (bus, subscription);
  g_main_loop_unref (wait.loop);
  g_free (wait.job);
  g_free (wait.ended);
  return good;
}

gboolean
cgroup_scope_enter (GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GDBusConnection) bus = NULL;
  gboolean good;

  g_main_context_push_thread_default (context);
  bus = open_bus (error);
  good = bus != NULL && enter (bus, context, error);
  if (bus != NULL)
    g_dbus_connection_close_sync (bus, NULL, NULL);
  g_main_context_pop_thread_default (context);
  if (!good)
    g_prefix_error (error, "no control group was delegated to this user (");
  if (!good && error != NULL && *error != NULL)
    {
      g_autofree char *text = g_strconcat ((*error)->message, ")", NULL);

      g_free ((*error)->message);
      (*error)->message = g_steal_pointer (&text);
    }
  return good;
}
