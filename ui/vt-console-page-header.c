/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The header of a guest's page: what it says, and where it is in full screen. Runs in `vitrine`;
 * knows of the guest what its properties say.
 */
#include "config.h"

#include "vt-console-page-private.h"

#include "network-switch.h"
#include "vt-text.h"

#include <glib/gi18n.h>

/* The line under the guest's name: where keys go now, else how the guest is. */
void
vt_console_page_refresh_subtitle (VtConsolePage *self)
{
  GtkStyleContext *context = gtk_widget_get_style_context (GTK_WIDGET (self->header));
  VtGlassClient *client = vt_console_get_client (self->console);
  gboolean grabbed = vt_console_get_grabbed (self->console);
  gboolean pointer = client && !vt_glass_client_is_absolute (client);
  const char *text;

  if (!self->guest)
    return;
  if (grabbed)
    text = pointer ? _ ("Keyboard and pointer are grabbed: press Ctrl+Alt to release")
                   : _ ("Keyboard is grabbed: press Ctrl+Alt to release");
  else if (gtk_widget_has_focus (GTK_WIDGET (self->console)) && client &&
           vt_guest_get_state (self->guest) == VT_GUEST_RUNNING)
    text = _ ("Keys go to the guest: press Ctrl+Alt to leave");
  else
    text = vt_text_state (vt_guest_get_state (self->guest));
  gtk_label_set_text (self->subtitle_label, text);
  gtk_label_set_text (self->grab_label, text);
  gtk_revealer_set_reveal_child (self->grab_revealer, grabbed && self->fullscreen);
  if (grabbed)
    gtk_style_context_add_class (context, "grabbed");
  else
    gtk_style_context_remove_class (context, "grabbed");
}

static void
refresh_badge (VtConsolePage *self)
{
  VtBadge badge = vt_guest_get_badge (self->guest);
  const char *text = vt_text_badge (badge, vt_guest_get_accelerator (self->guest));
  AtkObject *accessible = gtk_widget_get_accessible (GTK_WIDGET (self->badge_button));

  gtk_widget_set_visible (GTK_WIDGET (self->badge_button), badge != VT_BADGE_UNKNOWN);
  atk_object_set_name (accessible, text);
  atk_object_set_description (accessible, vt_guest_get_badge_reason (self->guest));
}

static gboolean
has_several_heads (VtConsolePage *self)
{
  const GuestDefinition *definition = vt_guest_get_definition (self->guest);

  return definition && definition->heads > 1;
}

void
vt_console_page_refresh_header (VtConsolePage *self)
{
  VtGuestState state = vt_guest_get_state (self->guest);

  gtk_label_set_text (self->title_label, vt_guest_get_name (self->guest));
  refresh_badge (self);
  gtk_widget_set_sensitive (GTK_WIDGET (self->keys_button), vt_text_is_live (state));
  gtk_widget_set_sensitive (GTK_WIDGET (self->displays_button), vt_text_is_live (state));
  gtk_widget_set_visible (GTK_WIDGET (self->displays_button), has_several_heads (self));
  vt_console_page_refresh_subtitle (self);
}

static void
refresh_network (VtConsolePage *self)
{
  network_switch_show (self->network_button, self->network_icon, self->guest);
}

void
vt_console_page_set_fullscreen (VtConsolePage *self, gboolean fullscreen)
{
  self->fullscreen = fullscreen;
  hdy_flap_set_fold_policy (self->flap,
                            fullscreen ? HDY_FLAP_FOLD_POLICY_ALWAYS : HDY_FLAP_FOLD_POLICY_NEVER);
  hdy_flap_set_reveal_flap (self->flap, !fullscreen);
  hdy_header_bar_set_show_close_button (self->header, !fullscreen);
  gtk_image_set_from_icon_name (self->fullscreen_icon,
                                fullscreen ? "view-restore-symbolic" : "view-fullscreen-symbolic",
                                GTK_ICON_SIZE_BUTTON);
  vt_console_page_refresh_subtitle (self);
}

void
vt_console_page_popup_menu (VtConsolePage *self)
{
  hdy_flap_set_reveal_flap (self->flap, TRUE);
  gtk_button_clicked (GTK_BUTTON (self->menu_button));
}

static void
on_leave (VtConsolePage *self)
{
  hdy_flap_set_reveal_flap (self->flap, TRUE);
  if (!vt_clipboard_bar_focus (self->question))
    gtk_widget_grab_focus (GTK_WIDGET (self->menu_button));
}

/* That something may pass is never hidden. */
static void
on_clipboard_policy (VtConsolePage *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self->clipboard_button),
                          vt_clipboard_get_policy (self->clipboard) != CLIPBOARD_POLICY_OFF);
}

static void
on_fullscreen_key (VtConsolePage *self)
{
  GActionGroup *group =
      gtk_widget_get_action_group (gtk_widget_get_toplevel (GTK_WIDGET (self)), "win");

  if (group)
    g_action_group_activate_action (group, "fullscreen", NULL);
}

/* In full screen the header comes when the pointer touches the top edge, and goes when the guest
 * has the focus again and the pointer is away from it. */
static gboolean
on_motion (VtConsolePage *self, GdkEventMotion *event)
{
  if (!self->fullscreen)
    return GDK_EVENT_PROPAGATE;
  if (event->y < 1 && !vt_console_get_grabbed (self->console))
    hdy_flap_set_reveal_flap (self->flap, TRUE);
  else if (event->y > 1 && gtk_widget_has_focus (GTK_WIDGET (self->console)))
    hdy_flap_set_reveal_flap (self->flap, FALSE);
  return GDK_EVENT_PROPAGATE;
}

static void
on_console_focus (VtConsolePage *self)
{
  if (self->fullscreen && gtk_widget_has_focus (GTK_WIDGET (self->console)))
    hdy_flap_set_reveal_flap (self->flap, FALSE);
  vt_console_page_refresh_subtitle (self);
}

void
vt_console_page_follow_header (VtConsolePage *self)
{
  g_signal_connect_object (self->guest, "notify::network-policy", G_CALLBACK (refresh_network),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->guest, "notify::state", G_CALLBACK (refresh_network), self,
                           G_CONNECT_SWAPPED);
  refresh_network (self);
}

void
vt_console_page_init_header (VtConsolePage *self)
{
  const struct
  {
    const char *signal;
    GCallback callback;
  } table[] = {
    { "leave", G_CALLBACK (on_leave) },
    { "fullscreen", G_CALLBACK (on_fullscreen_key) },
    { "notify::grabbed", G_CALLBACK (vt_console_page_refresh_subtitle) },
    { "notify::has-focus", G_CALLBACK (on_console_focus) },
    { "motion-notify-event", G_CALLBACK (on_motion) },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    g_signal_connect_object (self->console, table[i].signal, table[i].callback, self,
                             G_CONNECT_SWAPPED);
  g_signal_connect_object (self->clipboard, "changed", G_CALLBACK (on_clipboard_policy), self,
                           G_CONNECT_SWAPPED);
}
