/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Changes of a guest that take effect while it runs: each kind is said to its vmm, then all is
 * written to its definition. Runs in the front ends; never blocks but for writing one small file.
 */
#include "config.h"

#include "vt-guest-private.h"


static gboolean
clipboard_differs (const GuestDefinition *from, const GuestDefinition *to)
{
  return from->clipboard != to->clipboard;
}

static GVariant *
clipboard_arguments (const GuestDefinition *to)
{
  return g_variant_new ("(s)", clipboard_policy_word (to->clipboard));
}

static gboolean
limits_differ (const GuestDefinition *from, const GuestDefinition *to)
{
  return memcmp (&from->limits, &to->limits, sizeof to->limits) != 0;
}

static GVariant *
limits_arguments (const GuestDefinition *to)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "cpu", "u", to->limits.cpu);
  g_variant_dict_insert (&dict, "memory", "u", to->limits.memory);
  g_variant_dict_insert (&dict, "disk-rate", "u", to->limits.disk_rate);
  g_variant_dict_insert (&dict, "disk-iops", "u", to->limits.disk_iops);
  g_variant_dict_insert (&dict, "processes", "u", to->limits.processes);
  g_variant_dict_insert (&dict, "descriptors", "u", to->limits.descriptors);
  return g_variant_new ("(@a{sv})", g_variant_dict_end (&dict));
}

static const struct
{
  const char *method;
  gboolean (*differs) (const GuestDefinition *from, const GuestDefinition *to);
  GVariant *(*arguments) (const GuestDefinition *to);
} kinds[] = {
  { "SetClipboard", clipboard_differs, clipboard_arguments },
  { "SetLimits", limits_differ, limits_arguments },
};

typedef struct
{
  GuestDefinition *wanted;
  guint next; /* of `kinds` */
} Change;

static void
change_free (gpointer data)
{
  Change *change = data;

  guest_definition_free (change->wanted);
  g_free (change);
}

static void
save (GTask *task)
{
  VtGuest *self = g_task_get_source_object (task);
  Change *change = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  if (!guest_store_update (self->store, change->wanted, &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  vt_guest_reload (self);
  g_task_return_pointer (task, NULL, NULL);
}

static void say_next (GTask *task);

static void
on_said (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_proxy_call_finish (G_DBUS_PROXY (source), result, &error);

  if (reply != NULL)
    say_next (task);
  else
    vt_guest_return_remote_error (task, g_steal_pointer (&error));
}

/* The next kind that differs; what is written down already counts as the present. */
static void
say_next (GTask *task)
{
  VtGuest *self = g_task_get_source_object (task);
  Change *change = g_task_get_task_data (task);
  const GuestDefinition *present = vt_guest_get_definition (self);
  g_autoptr (GError) error = NULL;
  VtDBusGuest1 *proxy;

  while (change->next < G_N_ELEMENTS (kinds) && present != NULL &&
         !kinds[change->next].differs (present, change->wanted))
    change->next++;
  if (change->next == G_N_ELEMENTS (kinds))
    {
      save (task);
      return;
    }
  proxy = vt_guest_require_proxy (self, &error);
  if (proxy == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  g_dbus_proxy_call (G_DBUS_PROXY (proxy), kinds[change->next].method,
                     kinds[change->next].arguments (change->wanted), G_DBUS_CALL_FLAGS_NONE, -1,
                     g_task_get_cancellable (task), on_said, g_object_ref (task));
  change->next++;
}

static void
on_settled (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;
  VtGuest *self = VT_GUEST (source);

  if (!vt_guest_settle_finish (self, result, &error))
    g_task_return_error (task, g_steal_pointer (&error));
  else if (self->proxy == NULL && !guest_store_is_running (self->store, self->uuid))
    save (task);
  else
    say_next (task);
}

void
vt_guest_change_async (VtGuest *self,
                       const GuestDefinition *wanted,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer data)
{
  GTask *task = g_task_new (self, cancellable, callback, data);
  Change *change = g_new0 (Change, 1);

  change->wanted = guest_definition_copy (wanted);
  g_task_set_task_data (task, change, change_free);
  vt_guest_settle_async (self, cancellable, on_settled, task);
}

gboolean
vt_guest_change_finish (VtGuest *self, GAsyncResult *result, GError **error)
{
  return vt_guest_verb_finish (self, result, error);
}

void
vt_guest_set_clipboard_async (VtGuest *self,
                              ClipboardPolicy policy,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer data)
{
  const GuestDefinition *present = vt_guest_get_definition (self);
  g_autoptr (GuestDefinition) wanted = NULL;

  g_return_if_fail (clipboard_policy_word (policy) != NULL);
  if (present == NULL)
    {
      g_task_report_new_error (self, callback, data, NULL, VT_GUEST_ERROR, VT_GUEST_ERROR_STATE,
                               "%s", vt_guest_get_state_reason (self));
      return;
    }
  wanted = guest_definition_copy (present);
  wanted->clipboard = policy;
  vt_guest_change_async (self, wanted, cancellable, callback, data);
}

gboolean
vt_guest_set_clipboard_finish (VtGuest *self, GAsyncResult *result, GError **error)
{
  return vt_guest_change_finish (self, result, error);
}

GVariant *
vt_guest_dup_limits (VtGuest *self)
{
  GVariant *limits = self->proxy != NULL ? vt_dbus_guest1_get_limits (self->proxy) : NULL;

  return limits != NULL ? g_variant_ref (limits) : NULL;
}
