/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Shared consoles between the front ends, the shares and the display process. Runs in vitrine-vmm.
 */
#include "supervisor-private.h"

static void
on_send (const void *packet, gsize size, const int *fds, guint n_fds, gpointer data)
{
  Supervisor *self = data;

  if (self->display != NULL)
    display_link_send (self->display, packet, size, fds, n_fds);
}

static void
on_distrust (const char *why, gpointer data)
{
  Supervisor *self = data;

  if (self->display != NULL)
    display_link_replace (self->display, why);
}

static void
on_changed (gpointer data)
{
  Supervisor *self = data;
  VtDBusGuest1 *guest = control_get_guest (self->control);

  if (self->display != NULL)
    display_link_set_attentive (self->display, shares_are_alive (self->shares));
  vt_dbus_guest1_set_shares (guest, shares_describe (self->shares));
  vt_dbus_guest1_set_remote_viewers (guest, shares_describe_viewers (self->shares));
  /* Whoever made the change sees it as soon as it has the answer. */
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (guest));
}

void
supervisor_init_shares (Supervisor *self)
{
  static const SharesEvents events = { on_send, on_distrust, on_changed };

  self->shares = shares_new (&events, self->launch->host->novnc, self->launch->definition->name,
                             self->launch->definition->heads, self);
  on_changed (self);
}

static void
share (Supervisor *self, GVariant *options, GDBusMethodInvocation *call)
{
  g_autoptr (GError) error = NULL;
  GVariant *made = shares_add (self->shares, options, &error);

  if (made == NULL)
    {
      guest_log ("A share was refused: %s", error->message);
      control_answer (call, NULL, error);
      return;
    }
  g_dbus_method_invocation_return_value (call, g_variant_new ("(@a{sv})", made));
}

static void
make_link (Supervisor *self, guint id, GDBusMethodInvocation *call)
{
  g_autoptr (GError) error = NULL;
  GVariant *link = shares_make_link (self->shares, id, &error);

  if (link == NULL)
    control_answer (call, NULL, error);
  else
    g_dbus_method_invocation_return_value (call, link);
}

void
supervisor_called_share (Supervisor *self, ControlVerb verb, GDBusMethodInvocation *call)
{
  GVariant *arguments = g_dbus_method_invocation_get_parameters (call);
  g_autoptr (GVariant) argument = g_variant_get_child_value (arguments, 0);
  g_autoptr (GError) error = NULL;

  if (verb == CONTROL_SHARE)
    {
      share (self, argument, call);
      return;
    }
  if (verb == CONTROL_SHARE_LINK)
    {
      make_link (self, g_variant_get_uint32 (argument), call);
      return;
    }
  if (verb == CONTROL_UNSHARE)
    shares_end (self->shares, g_variant_get_uint32 (argument), &error);
  else if (verb == CONTROL_DISCONNECT_VIEWER)
    shares_drop_viewer (self->shares, g_variant_get_uint32 (argument), &error);
  else
    shares_allow_viewer (self->shares, g_variant_get_uint32 (argument), &error);
  control_answer (call, NULL, error);
}
