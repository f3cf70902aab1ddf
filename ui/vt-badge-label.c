/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The isolation badge. Runs in `vitrine`; shows what the vmm reported and never improves on it.
 */
#include "config.h"

#include "vt-badge-label.h"

#include "vt-text.h"

struct _VtBadgeLabel
{
  GtkBox parent_instance;

  /* owned */
  VtGuest *guest;

  /* borrowed */
  GtkImage *icon;
  GtkLabel *label;
  const char *style; /* the class set now */
};

G_DEFINE_FINAL_TYPE (VtBadgeLabel, vt_badge_label, GTK_TYPE_BOX)

static void
refresh (VtBadgeLabel *self)
{
  GtkStyleContext *context = gtk_widget_get_style_context (GTK_WIDGET (self));
  VtBadge badge = self->guest ? vt_guest_get_badge (self->guest) : VT_BADGE_UNKNOWN;
  AtkObject *accessible = gtk_widget_get_accessible (GTK_WIDGET (self));
  const char *text;

  gtk_widget_set_visible (GTK_WIDGET (self), badge != VT_BADGE_UNKNOWN);
  if (badge == VT_BADGE_UNKNOWN)
    return;
  text = vt_text_badge (badge, vt_guest_get_accelerator (self->guest));
  gtk_label_set_text (self->label, text);
  gtk_image_set_from_icon_name (self->icon, vt_text_badge_icon (badge), GTK_ICON_SIZE_MENU);
  if (self->style)
    gtk_style_context_remove_class (context, self->style);
  self->style = vt_text_badge_class (badge);
  gtk_style_context_add_class (context, self->style);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), vt_guest_get_badge_reason (self->guest));
  atk_object_set_name (accessible, text);
  atk_object_set_description (accessible, vt_guest_get_badge_reason (self->guest));
}

void
vt_badge_label_set_guest (VtBadgeLabel *self, VtGuest *guest)
{
  if (self->guest == guest)
    return;
  if (self->guest)
    g_signal_handlers_disconnect_by_data (self->guest, self);
  g_set_object (&self->guest, guest);
  if (guest)
    {
      const char *const names[] = { "notify::badge", "notify::badge-reason",
                                    "notify::accelerator" };
      for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
        g_signal_connect_object (guest, names[i], G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
    }
  refresh (self);
}

static void
vt_badge_label_dispose (GObject *object)
{
  VtBadgeLabel *self = VT_BADGE_LABEL (object);

  g_clear_object (&self->guest);
  G_OBJECT_CLASS (vt_badge_label_parent_class)->dispose (object);
}

static void
vt_badge_label_class_init (VtBadgeLabelClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = vt_badge_label_dispose;
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), ATK_ROLE_PANEL);
}

static void
vt_badge_label_init (VtBadgeLabel *self)
{
  gtk_box_set_spacing (GTK_BOX (self), 4);
  gtk_style_context_add_class (gtk_widget_get_style_context (GTK_WIDGET (self)), "badge");
  self->icon = GTK_IMAGE (gtk_image_new ());
  gtk_widget_set_valign (GTK_WIDGET (self->icon), GTK_ALIGN_CENTER);
  self->label = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_xalign (self->label, 0);
  gtk_label_set_line_wrap (self->label, TRUE);
  gtk_box_pack_start (GTK_BOX (self), GTK_WIDGET (self->icon), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (self), GTK_WIDGET (self->label), TRUE, TRUE, 0);
  gtk_widget_show (GTK_WIDGET (self->icon));
  gtk_widget_show (GTK_WIDGET (self->label));
  gtk_widget_set_no_show_all (GTK_WIDGET (self), TRUE);
}

GtkWidget *
vt_badge_label_new (void)
{
  return g_object_new (VT_TYPE_BADGE_LABEL, NULL);
}
