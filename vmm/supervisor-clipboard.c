/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The clipboard's policy of a running guest: told to the display process, which enforces it, and
 * followed by the agent's channel in QEMU. Runs in vitrine-vmm; never sees a clipboard.
 */
#include "supervisor-private.h"

#include "machine/agent.h"

typedef struct
{
  Supervisor *self;
  GDBusMethodInvocation *call;
} Change;

static void
tell_display (Supervisor *self)
{
  LinkMessage message = { LINK_CLIPBOARD, self->clipboard };

  if (self->display != NULL)
    display_link_send (self->display, &message, sizeof message, NULL, 0);
}

static void
set_policy (Supervisor *self, ClipboardPolicy policy)
{
  VtDBusGuest1 *guest = control_get_guest (self->control);

  self->clipboard = policy;
  vt_dbus_guest1_set_clipboard (guest, clipboard_policy_word (policy));
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (guest));
  tell_display (self);
}

void
supervisor_init_clipboard (Supervisor *self)
{
  self->has_agent = self->launch->definition->clipboard != CLIPBOARD_POLICY_OFF;
  set_policy (self, self->launch->definition->clipboard);
}

void
supervisor_clipboard_display_ready (Supervisor *self)
{
  tell_display (self);
}

static void
on_plugged (JsonNode *result, const GError *error, gpointer data)
{
  g_autofree Change *change = data;
  Supervisor *self = change->self;

  if (error != NULL)
    {
      g_autoptr (GError) explained = g_error_copy (error);

      g_prefix_error (&explained, "QEMU cannot add the channel of the guest's agent: ");
      self->has_agent = FALSE;
      set_policy (self, CLIPBOARD_POLICY_OFF);
      guest_log ("The clipboard stays off: %s", explained->message);
      control_answer (change->call, NULL, explained);
      return;
    }
  control_answer (change->call, NULL, NULL);
}

void
supervisor_called_clipboard (Supervisor *self, const char *word, GDBusMethodInvocation *call)
{
  ClipboardPolicy policy;
  Change *change;

  if (!clipboard_policy_from_word (word, &policy))
    {
      g_autoptr (GError) error =
          g_error_new_literal (G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                               "The clipboard's policy is off, to-guest, from-guest, both or ask");

      control_answer (call, NULL, error);
      return;
    }
  guest_log ("The clipboard's policy is %s now", clipboard_policy_word (policy));
  set_policy (self, policy);
  if (policy == CLIPBOARD_POLICY_OFF || self->has_agent)
    {
      control_answer (call, NULL, NULL);
      return;
    }
  self->has_agent = TRUE;
  change = g_new (Change, 1);
  *change = (Change) { self, call };
  agent_plug (self->qmp, on_plugged, change);
}
