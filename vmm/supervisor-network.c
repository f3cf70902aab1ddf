/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The guest's network between the front ends and its process. Runs in vitrine-vmm.
 */
#include "supervisor-private.h"

static void
on_changed (gpointer data)
{
  Supervisor *self = data;
  VtDBusGuest1 *guest = control_get_guest (self->control);

  if (self->network == NULL)
    return;
  vt_dbus_guest1_set_network_policy (guest, network_get_policy (self->network));
  vt_dbus_guest1_set_capturing (guest, network_is_capturing (self->network));
  if (self->phase != PHASE_RUNNING)
    return;
  supervisor_publish_processes (self);
  supervisor_publish_isolation (self);
  /* Whoever made the change sees it as soon as it has the answer. */
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (guest));
}

static void
on_warning (const char *text, gpointer data)
{
  Supervisor *self = data;

  guest_log ("%s", text);
  vt_dbus_guest1_emit_warning (control_get_guest (self->control), text);
}

gboolean
supervisor_make_network (Supervisor *self, GError **error)
{
  static const NetworkEvents events = { on_changed, on_warning };

  control_set_capture (self->control, supervisor_called_capture);
  self->network =
      network_new (self->launch->net_binary, self->launch->definition, self->launch->tap, &events,
                   self, error);
  on_changed (self);
  return self->network != NULL;
}

static void
on_described (const char *json, gpointer data)
{
  control_answer (data, json, NULL);
}

void
supervisor_called_network (Supervisor *self, ControlVerb verb, GDBusMethodInvocation *call)
{
  GVariant *arguments = g_dbus_method_invocation_get_parameters (call);
  g_autoptr (GVariant) options = NULL;
  g_autoptr (GError) error = NULL;

  if (verb == CONTROL_NETWORK)
    {
      network_query (self->network, on_described, call);
      return;
    }
  if (verb == CONTROL_STOP_CAPTURE)
    network_capture_stop (self->network, &error);
  else
    {
      options = g_variant_get_child_value (arguments, 0);
      network_change (self->network, options, &error);
    }
  control_answer (call, NULL, error);
}

void
supervisor_called_capture (int fd, guint64 bytes_max, GDBusMethodInvocation *call, gpointer data)
{
  Supervisor *self = data;
  g_autoptr (GError) error = NULL;

  if (self->phase != PHASE_RUNNING)
    {
      close (fd);
      g_set_error_literal (&error, G_IO_ERROR, G_IO_ERROR_FAILED, "The guest is not running");
    }
  else
    network_capture_take (self->network, fd, bytes_max, &error);
  control_answer (call, NULL, error);
}
