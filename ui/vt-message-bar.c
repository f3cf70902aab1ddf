/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One message under a header. Runs in `vitrine`; text is never read as markup.
 */
#include "config.h"

#include "vt-message-bar.h"

#include <glib/gi18n.h>

struct _VtMessageBar
{
  GtkBin parent_instance;

  /* borrowed */
  GtkInfoBar *bar;
  GtkImage *icon;
  GtkLabel *label;
  GtkButton *button; /* for the way on */
};

G_DEFINE_FINAL_TYPE (VtMessageBar, vt_message_bar, GTK_TYPE_BIN)

static const char *
icon_for (GtkMessageType type)
{
  if (type == GTK_MESSAGE_ERROR)
    return "dialog-error-symbolic";
  return type == GTK_MESSAGE_WARNING ? "dialog-warning-symbolic" : "dialog-information-symbolic";
}

void
vt_message_bar_show (VtMessageBar *self, GtkMessageType type, const char *text)
{
  AtkObject *accessible = gtk_widget_get_accessible (GTK_WIDGET (self->bar));

  gtk_label_set_text (self->label, text);
  gtk_widget_hide (GTK_WIDGET (self->button));
  gtk_image_set_from_icon_name (self->icon, icon_for (type), GTK_ICON_SIZE_MENU);
  gtk_info_bar_set_message_type (self->bar, type);
  atk_object_set_name (accessible, text);
  gtk_widget_show (GTK_WIDGET (self->bar));
  gtk_info_bar_set_revealed (self->bar, TRUE);
}

void
vt_message_bar_offer (VtMessageBar *self,
                      GtkMessageType type,
                      const char *text,
                      const char *label,
                      const char *action)
{
  vt_message_bar_show (self, type, text);
  gtk_button_set_label (self->button, label);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->button), action);
  gtk_widget_show (GTK_WIDGET (self->button));
}

void
vt_message_bar_hide (VtMessageBar *self)
{
  gtk_info_bar_set_revealed (self->bar, FALSE);
  gtk_widget_hide (GTK_WIDGET (self->bar));
}

void
vt_message_bar_withdraw (VtMessageBar *self, const char *text)
{
  if (g_strcmp0 (gtk_label_get_text (self->label), text) == 0)
    vt_message_bar_hide (self);
}

static void
vt_message_bar_class_init (VtMessageBarClass *klass)
{
}

/* GTK's own close button has no name for screen readers. */
static GtkWidget *
make_close_button (VtMessageBar *self)
{
  GtkWidget *button = gtk_button_new_from_icon_name ("window-close-symbolic", GTK_ICON_SIZE_BUTTON);

  gtk_button_set_relief (GTK_BUTTON (button), GTK_RELIEF_NONE);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, _ ("Close this message"));
  atk_object_set_name (gtk_widget_get_accessible (button), _ ("Close this message"));
  g_signal_connect_object (button, "clicked", G_CALLBACK (vt_message_bar_hide), self,
                           G_CONNECT_SWAPPED);
  gtk_widget_show (button);
  return button;
}

static void
vt_message_bar_init (VtMessageBar *self)
{
  self->bar = GTK_INFO_BAR (gtk_info_bar_new ());
  self->label = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_line_wrap (self->label, TRUE);
  gtk_label_set_line_wrap_mode (self->label, PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (self->label, 0);
  gtk_label_set_selectable (self->label, TRUE);
  gtk_widget_set_hexpand (GTK_WIDGET (self->label), TRUE);
  gtk_widget_show (GTK_WIDGET (self->label));
  self->icon = GTK_IMAGE (gtk_image_new ());
  atk_object_set_role (gtk_widget_get_accessible (GTK_WIDGET (self->icon)), ATK_ROLE_FILLER);
  gtk_widget_show (GTK_WIDGET (self->icon));
  gtk_container_add (GTK_CONTAINER (gtk_info_bar_get_content_area (self->bar)),
                     GTK_WIDGET (self->icon));
  gtk_container_add (GTK_CONTAINER (gtk_info_bar_get_content_area (self->bar)),
                     GTK_WIDGET (self->label));
  self->button = GTK_BUTTON (gtk_button_new_with_mnemonic (""));
  gtk_widget_set_valign (GTK_WIDGET (self->button), GTK_ALIGN_CENTER);
  gtk_container_add (GTK_CONTAINER (gtk_info_bar_get_content_area (self->bar)),
                     GTK_WIDGET (self->button));
  gtk_widget_set_no_show_all (GTK_WIDGET (self->bar), TRUE);
  gtk_box_pack_end (GTK_BOX (gtk_info_bar_get_content_area (self->bar)), make_close_button (self),
                    FALSE, FALSE, 0);
  g_signal_connect_swapped (self->bar, "close", G_CALLBACK (vt_message_bar_hide), self);
  gtk_container_add (GTK_CONTAINER (self), GTK_WIDGET (self->bar));
}
