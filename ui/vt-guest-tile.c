/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A guest in the library. Runs in `vitrine`; decides nothing, starts nothing: its menu calls the
 * window's actions.
 */
#include "config.h"

#include "vt-guest-tile.h"

#include "vt-badge-label.h"
#include "vt-text.h"
#include "vt-thumbnail.h"

#include <glib/gi18n.h>

struct _VtGuestTile
{
  GtkFlowBoxChild parent_instance;

  /* template */
  GtkEventBox *event_box;
  VtThumbnail *thumbnail;
  GtkImage *placeholder;
  GtkLabel *name_label;
  GtkLabel *state_label;
  GtkMenuButton *menu_button;
  GtkButton *badge_button;
  VtBadgeLabel *badge;

  /* owned */
  VtGuest *guest;
};

G_DEFINE_FINAL_TYPE (VtGuestTile, vt_guest_tile, GTK_TYPE_FLOW_BOX_CHILD)

static void
refresh (VtGuestTile *self)
{
  VtGuestState state = vt_guest_get_state (self->guest);
  const char *name = vt_guest_get_name (self->guest);
  const char *reason = vt_guest_get_state_reason (self->guest);
  const char *word = vt_text_state (state);
  AtkObject *accessible = gtk_widget_get_accessible (GTK_WIDGET (self));
  /* Translators: a guest in the library for screen readers: name, state. */
  g_autofree char *spoken = g_strdup_printf (_ ("%s, %s"), name, word);
  /* Translators: %s is a guest's name. */
  g_autofree char *menu = g_strdup_printf (_ ("Actions for %s"), name);

  gtk_label_set_text (self->name_label, name);
  gtk_label_set_text (self->state_label, word);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->state_label), reason && *reason ? reason : NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->placeholder), !vt_text_is_live (state));
  gtk_image_set_from_icon_name (self->placeholder,
                                state == VT_GUEST_BROKEN || state == VT_GUEST_FAILED
                                    ? "dialog-warning-symbolic"
                                    : "system-shutdown-symbolic",
                                GTK_ICON_SIZE_DIALOG);
  atk_object_set_name (accessible, spoken);
  atk_object_set_description (accessible, reason ? reason : "");
  atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (self->menu_button)), menu);
  atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (self->thumbnail)),
                       _ ("Picture of the guest's screen"));
  gtk_widget_queue_draw (GTK_WIDGET (self->thumbnail));
}

/* Of a guest that does not run nothing is known, and nothing is shown. */
static void
refresh_badge (VtGuestTile *self)
{
  VtBadge badge = vt_guest_get_badge (self->guest);
  const char *text = vt_text_badge (badge, vt_guest_get_accelerator (self->guest));
  AtkObject *accessible = gtk_widget_get_accessible (GTK_WIDGET (self->badge_button));
  /* Translators: the button with the isolation badge in the library: a guest's name, its badge. */
  g_autofree char *spoken =
      g_strdup_printf (_ ("Isolation of %s: %s"), vt_guest_get_name (self->guest), text);

  gtk_widget_set_visible (GTK_WIDGET (self->badge_button), badge != VT_BADGE_UNKNOWN);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->badge_button),
                               vt_guest_get_badge_reason (self->guest));
  atk_object_set_name (accessible, spoken);
  atk_object_set_description (accessible, vt_guest_get_badge_reason (self->guest));
}

static void
select_self (VtGuestTile *self)
{
  GtkWidget *box = gtk_widget_get_parent (GTK_WIDGET (self));

  if (GTK_IS_FLOW_BOX (box))
    gtk_flow_box_select_child (GTK_FLOW_BOX (box), GTK_FLOW_BOX_CHILD (self));
}

/* The window's action works on the guest that is selected. */
static void
on_badge_clicked (VtGuestTile *self)
{
  GActionGroup *actions =
      gtk_widget_get_action_group (gtk_widget_get_toplevel (GTK_WIDGET (self)), "win");

  select_self (self);
  if (actions)
    g_action_group_activate_action (actions, "isolation", NULL);
}

static gboolean
on_popup_menu (GtkWidget *widget)
{
  select_self (VT_GUEST_TILE (widget));
  gtk_button_clicked (GTK_BUTTON (VT_GUEST_TILE (widget)->menu_button));
  return TRUE;
}

static gboolean
on_button_press (VtGuestTile *self, GdkEventButton *event)
{
  if (!gdk_event_triggers_context_menu ((GdkEvent *) event))
    return GDK_EVENT_PROPAGATE;
  gtk_widget_grab_focus (GTK_WIDGET (self));
  return on_popup_menu (GTK_WIDGET (self));
}

VtGuest *
vt_guest_tile_get_guest (VtGuestTile *self)
{
  return self->guest;
}

gboolean
vt_guest_tile_matches (VtGuestTile *self, const char *text)
{
  return *text == '\0' || g_str_match_string (text, vt_guest_get_name (self->guest), TRUE);
}

GtkWidget *
vt_guest_tile_new (VtGuest *guest)
{
  static const char *const names[] = { "notify::name", "notify::state", "notify::state-reason" };
  static const char *const of_badge[] = { "notify::badge", "notify::badge-reason",
                                          "notify::accelerator", "notify::name" };
  VtGuestTile *self = g_object_new (VT_TYPE_GUEST_TILE, NULL);

  self->guest = g_object_ref (guest);
  vt_thumbnail_set_guest (self->thumbnail, guest);
  vt_badge_label_set_guest (self->badge, guest);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_signal_connect_object (guest, names[i], G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
  for (gsize i = 0; i < G_N_ELEMENTS (of_badge); i++)
    g_signal_connect_object (guest, of_badge[i], G_CALLBACK (refresh_badge), self,
                             G_CONNECT_SWAPPED);
  refresh (self);
  refresh_badge (self);
  return GTK_WIDGET (self);
}

static void
vt_guest_tile_dispose (GObject *object)
{
  g_clear_object (&VT_GUEST_TILE (object)->guest);
  G_OBJECT_CLASS (vt_guest_tile_parent_class)->dispose (object);
}

static void
vt_guest_tile_class_init (VtGuestTileClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = vt_guest_tile_dispose;
  widget_class->popup_menu = on_popup_menu;
  g_type_ensure (VT_TYPE_THUMBNAIL);
  g_type_ensure (VT_TYPE_BADGE_LABEL);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/vitrine/Vitrine/vt-guest-tile.ui");
  gtk_widget_class_bind_template_child (widget_class, VtGuestTile, event_box);
  gtk_widget_class_bind_template_child (widget_class, VtGuestTile, thumbnail);
  gtk_widget_class_bind_template_child (widget_class, VtGuestTile, placeholder);
  gtk_widget_class_bind_template_child (widget_class, VtGuestTile, name_label);
  gtk_widget_class_bind_template_child (widget_class, VtGuestTile, state_label);
  gtk_widget_class_bind_template_child (widget_class, VtGuestTile, menu_button);
  gtk_widget_class_bind_template_child (widget_class, VtGuestTile, badge_button);
  gtk_widget_class_bind_template_child (widget_class, VtGuestTile, badge);
}

static void
vt_guest_tile_init (VtGuestTile *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_swapped (self->event_box, "button-press-event", G_CALLBACK (on_button_press),
                            self);
  /* Opening the menu by the button must choose this guest first: the actions follow the choice. */
  g_signal_connect_swapped (self->menu_button, "pressed", G_CALLBACK (select_self), self);
  g_signal_connect_swapped (self->menu_button, "clicked", G_CALLBACK (select_self), self);
  g_signal_connect_swapped (self->badge_button, "clicked", G_CALLBACK (on_badge_clicked), self);
}
