/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One message under a header. Runs in `vitrine`; text is never read as markup.
 */
#include "config.h"

#include "vt-message-bar.h"

struct _VtMessageBar
{
  GtkBin parent_instance;

  /* borrowed */
  GtkInfoBar *bar;
  GtkLabel *label;
};

G_DEFINE_FINAL_TYPE (VtMessageBar, vt_message_bar, GTK_TYPE_BIN)

void
vt_message_bar_show (VtMessageBar *self, GtkMessageType type, const char *text)
{
  AtkObject *accessible = gtk_widget_get_accessible (GTK_WIDGET (self->bar));

  gtk_label_set_text (self->label, text);
  gtk_info_bar_set_message_type (self->bar, type);
  atk_object_set_name (accessible, text);
  gtk_widget_show (GTK_WIDGET (self->bar));
  gtk_info_bar_set_revealed (self->bar, TRUE);
}

void
vt_message_bar_hide (VtMessageBar *self)
{
  gtk_info_bar_set_revealed (self->bar, FALSE);
  gtk_widget_hide (GTK_WIDGET (self->bar));
}

static void
vt_message_bar_class_init (VtMessageBarClass *klass)
{
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
  gtk_container_add (GTK_CONTAINER (gtk_info_bar_get_content_area (self->bar)),
                     GTK_WIDGET (self->label));
  gtk_info_bar_set_show_close_button (self->bar, TRUE);
  gtk_widget_set_no_show_all (GTK_WIDGET (self->bar), TRUE);
  g_signal_connect_swapped (self->bar, "response", G_CALLBACK (vt_message_bar_hide), self);
  gtk_container_add (GTK_CONTAINER (self), GTK_WIDGET (self->bar));
}
