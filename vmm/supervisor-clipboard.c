/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The clipboard's policy of a running guest: told to the display process, which enforces it, and
 * followed by the way to the guest's agent. Runs in vitrine-vmm; never sees a clipboard.
 */
#include "supervisor-private.h"

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
  self->agent = INNER_SOCKET_NONE;
  set_policy (self, self->launch->definition->clipboard);
}

void
supervisor_clipboard_display_ready (Supervisor *self)
{
  tell_display (self);
  supervisor_join_agent (self);
}

/* The change cannot be. */
static void
refuse (Supervisor *self, GDBusMethodInvocation *call, const GError *error)
{
  g_autoptr (GError) explained = g_error_copy (error);

  g_prefix_error (&explained, "QEMU cannot add the channel of the guest's agent: ");
  set_policy (self, CLIPBOARD_POLICY_OFF);
  guest_log ("The clipboard stays off: %s", explained->message);
  control_answer (call, NULL, explained);
}

static void
on_plugged (JsonNode *result, const GError *error, gpointer data)
{
  g_autofree Change *change = data;
  Supervisor *self = change->self;

  self->has_agent = error == NULL;
  if (error != NULL)
    {
      refuse (self, change->call, error);
      return;
    }
  supervisor_join_agent (self);
  control_answer (change->call, NULL, NULL);
}

void
supervisor_called_clipboard (Supervisor *self, const char *word, GDBusMethodInvocation *call)
{
  g_autoptr (GError) error = NULL;
  ClipboardPolicy policy;
  gboolean was_off;
  Change *change;

  if (!clipboard_policy_from_word (word, &policy))
    {
      error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                                   "The clipboard's policy is off, to-guest, from-guest, both or "
                                   "ask");
      control_answer (call, NULL, error);
      return;
    }
  guest_log ("The clipboard's policy is %s now", clipboard_policy_word (policy));
  was_off = self->clipboard == CLIPBOARD_POLICY_OFF;
  set_policy (self, policy);
  if (policy == CLIPBOARD_POLICY_OFF && !was_off)
    supervisor_agent_closed (self);
  if (policy == CLIPBOARD_POLICY_OFF || self->has_agent)
    {
      if (was_off)
        supervisor_join_agent (self);
      control_answer (call, NULL, NULL);
      return;
    }
  change = g_new (Change, 1);
  *change = (Change) { self, call };
  if (!supervisor_plug_agent (self, on_plugged, change, &error))
    on_plugged (NULL, error, change);
}
