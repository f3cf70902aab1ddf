/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The window's actions with a state. Runs in `vitrine`; a state follows the guest's, once that has
 * changed.
 */
#include "config.h"

#include "vt-window-choices.h"

#include "network-switch.h"
#include "vt-text.h"
#include "vt-window-actions.h"

#include <string.h>

static void
change_scale_to_fit (GSimpleAction *action, GVariant *state, gpointer data)
{
  VtWindow *self = VT_WINDOW (data);

  vt_console_set_fit (vt_console_page_get_console (vt_window_get_console_page (self)),
                      g_variant_get_boolean (state));
  g_simple_action_set_state (action, state);
}

/* "display-2" is open or not. */
static void
change_display (GSimpleAction *action, GVariant *state, gpointer data)
{
  const char *digit = strrchr (g_action_get_name (G_ACTION (action)), '-') + 1;

  vt_heads_set_open (vt_window_get_heads (VT_WINDOW (data)), *digit - '1',
                     g_variant_get_boolean (state));
}

static void
change_automatic (GSimpleAction *action, GVariant *state, gpointer data)
{
  vt_heads_set_automatic (vt_window_get_heads (VT_WINDOW (data)), g_variant_get_boolean (state));
  g_simple_action_set_state (action, state);
}

static void
on_clipboard_set (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (VtWindow) self = data;
  g_autoptr (GError) error = NULL;

  if (!vt_guest_set_finish (VT_GUEST (source), result, &error))
    vt_window_report (self, GTK_MESSAGE_ERROR, error->message);
  vt_window_actions_update (self);
}

/* The state follows the guest's definition, once that has changed. */
static void
change_clipboard_policy (GSimpleAction *action, GVariant *state, gpointer data)
{
  VtWindow *self = VT_WINDOW (data);

  vt_guest_set_async (vt_window_get_guest (self), "clipboard.policy",
                      g_variant_get_string (state, NULL), NULL, on_clipboard_set,
                      g_object_ref (self));
}

static void
on_network_failed (gpointer object, const char *text)
{
  vt_window_report (VT_WINDOW (object), GTK_MESSAGE_ERROR, text);
}

/* The state follows the guest's once it has changed. */
static void
change_network (GSimpleAction *action, GVariant *state, gpointer data)
{
  VtWindow *self = VT_WINDOW (data);
  VtGuest *guest = vt_window_get_guest (self);

  if (guest)
    network_switch_change (guest, g_variant_get_string (state, NULL), on_network_failed,
                           G_OBJECT (self));
}

static const GActionEntry entries[] = {
  { "scale-to-fit", NULL, NULL, "false", change_scale_to_fit },
  { "display-2", NULL, NULL, "false", change_display },
  { "display-3", NULL, NULL, "false", change_display },
  { "display-4", NULL, NULL, "false", change_display },
  { "displays-automatic", NULL, NULL, "true", change_automatic },
  { "clipboard-policy", NULL, "s", "'off'", change_clipboard_policy },
  { "network", NULL, "s", "'offline'", change_network },
};

void
vt_window_choices_add (VtWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
}

static void
update_clipboard (VtWindow *self, VtGuest *guest)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), "clipboard-policy");
  const GuestDefinition *definition = guest ? vt_guest_get_definition (guest) : NULL;

  if (action && definition)
    g_simple_action_set_state (
        G_SIMPLE_ACTION (action),
        g_variant_new_string (clipboard_policy_word (definition->clipboard)));
}

/* Those that the guest has and may use now, and whether their windows are open. */
static void
update_displays (VtWindow *self, VtGuest *guest)
{
  static const char *const names[] = { "display-2", "display-3", "display-4" };
  const GuestDefinition *definition = guest ? vt_guest_get_definition (guest) : NULL;
  gboolean live =
      guest && vt_window_get_open_guest (self) && vt_text_is_live (vt_guest_get_state (guest));

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), names[i]);

      if (!action)
        continue;
      g_simple_action_set_enabled (G_SIMPLE_ACTION (action),
                                   live && definition && definition->heads >= i + 2);
      g_simple_action_set_state (
          G_SIMPLE_ACTION (action),
          g_variant_new_boolean (vt_heads_get_open (vt_window_get_heads (self), i + 1)));
    }
}

/* A guest without a card has nothing to switch. */
static void
show_network (VtWindow *self, VtGuest *guest)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), "network");
  const char *policy = guest ? vt_guest_get_network_policy (guest) : "none";

  if (g_str_equal (policy, "none"))
    g_simple_action_set_enabled (G_SIMPLE_ACTION (action), FALSE);
  else
    g_simple_action_set_state (G_SIMPLE_ACTION (action), g_variant_new_string (policy));
}

void
vt_window_choices_update (VtWindow *self, VtGuest *guest)
{
  update_displays (self, guest);
  update_clipboard (self, guest);
  show_network (self, guest);
}
