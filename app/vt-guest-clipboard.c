/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The clipboard's policy of a guest, running or not. Runs in the front ends; never blocks but for
 * writing one small file.
 */
#include "config.h"

#include "vt-guest-private.h"


static void
save (GTask *task)
{
  VtGuest *self = g_task_get_source_object (task);
  const GuestDefinition *present = vt_guest_get_definition (self);
  g_autoptr (GuestDefinition) definition = NULL;
  g_autoptr (GError) error = NULL;

  if (present == NULL)
    {
      g_task_return_new_error (task, VT_GUEST_ERROR, VT_GUEST_ERROR_STATE, "%s",
                               vt_guest_get_state_reason (self));
      return;
    }
  definition = guest_definition_copy (present);
  definition->clipboard = GPOINTER_TO_UINT (g_task_get_task_data (task));
  if (!guest_store_update (self->store, definition, &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  vt_guest_reload (self);
  g_task_return_pointer (task, NULL, NULL);
}

static void
on_called (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_proxy_call_finish (G_DBUS_PROXY (source), result, &error);

  if (reply != NULL)
    save (task);
  else
    vt_guest_return_remote_error (task, g_steal_pointer (&error));
}

static void
on_settled (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;
  VtGuest *self = VT_GUEST (source);
  guint policy = GPOINTER_TO_UINT (g_task_get_task_data (task));
  VtDBusGuest1 *proxy = NULL;

  if (!vt_guest_settle_finish (self, result, &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  if (self->proxy == NULL && !guest_store_is_running (self->store, self->uuid))
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
  g_dbus_proxy_call (G_DBUS_PROXY (proxy), "SetClipboard",
                     g_variant_new ("(s)", clipboard_policy_word (policy)),
                     G_DBUS_CALL_FLAGS_NONE, -1, g_task_get_cancellable (task), on_called,
                     g_object_ref (task));
}

void
vt_guest_set_clipboard_async (VtGuest *self,
                              ClipboardPolicy policy,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer data)
{
  GTask *task = g_task_new (self, cancellable, callback, data);

  g_return_if_fail (clipboard_policy_word (policy) != NULL);
  g_task_set_task_data (task, GUINT_TO_POINTER (policy), NULL);
  vt_guest_settle_async (self, cancellable, on_settled, task);
}

gboolean
vt_guest_set_clipboard_finish (VtGuest *self, GAsyncResult *result, GError **error)
{
  return vt_guest_verb_finish (self, result, error);
}
