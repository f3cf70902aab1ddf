/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The clipboard's question to a person. Runs in `vitrine`; must never take the focus by itself.
 */
#include "config.h"

#include "vt-clipboard-bar.h"

#include <glib/gi18n.h>

struct _VtClipboardBar
{
  GtkBin parent_instance;

  /* owned */
  VtClipboard *clipboard;
  char *guest_name;

  /* borrowed */
  GtkInfoBar *bar;
  GtkLabel *label;
  GtkButton *allow_button;
  GtkButton *refuse_button;

  guint question; /* that is shown; 0: none */
};

G_DEFINE_FINAL_TYPE (VtClipboardBar, vt_clipboard_bar, GTK_TYPE_BIN)

enum
{
  ANSWERED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

static void
refresh (VtClipboardBar *self)
{
  ClipboardDirection direction;
  gboolean to;
  g_autofree char *text = NULL;

  self->question = vt_clipboard_get_question (self->clipboard, &direction);
  if (self->question == 0)
    {
      gtk_widget_hide (GTK_WIDGET (self->bar));
      return;
    }
  to = direction == CLIPBOARD_TO_GUEST;
  /* Translators: %s is a guest's name. */
  text = g_strdup_printf (to ? _ ("%s wants to read the clipboard. Once allowed, paste there again.")
                             : _ ("%s has copied something."),
                          self->guest_name ? self->guest_name : "");
  gtk_label_set_text (self->label, text);
  gtk_button_set_label (self->allow_button, to ? _ ("_Allow Once") : _ ("_Take It"));
  gtk_button_set_label (self->refuse_button, to ? _ ("_Refuse") : _ ("_Ignore"));
  atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (self->bar)), text);
  gtk_widget_show (GTK_WIDGET (self->bar));
}

static void
decide (VtClipboardBar *self, gboolean allow)
{
  guint question = self->question;

  if (question == 0)
    return;
  /* The console has the focus again before anything passes. */
  g_signal_emit (self, signals[ANSWERED], 0);
  vt_clipboard_decide (self->clipboard, question, allow);
}

static void
on_allow (VtClipboardBar *self)
{
  decide (self, TRUE);
}

static void
on_refuse (VtClipboardBar *self)
{
  decide (self, FALSE);
}

void
vt_clipboard_bar_set_clipboard (VtClipboardBar *self, VtClipboard *clipboard)
{
  g_return_if_fail (self->clipboard == NULL);
  self->clipboard = g_object_ref (clipboard);
  g_signal_connect_object (clipboard, "changed", G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
  refresh (self);
}

void
vt_clipboard_bar_set_guest_name (VtClipboardBar *self, const char *name)
{
  g_free (self->guest_name);
  self->guest_name = g_strdup (name);
}

gboolean
vt_clipboard_bar_focus (VtClipboardBar *self)
{
  if (self->question == 0)
    return FALSE;
  gtk_widget_grab_focus (GTK_WIDGET (self->refuse_button));
  return TRUE;
}

/* --- Life --- */

static void
vt_clipboard_bar_dispose (GObject *object)
{
  VtClipboardBar *self = VT_CLIPBOARD_BAR (object);

  if (self->clipboard)
    g_signal_handlers_disconnect_by_data (self->clipboard, self);
  g_clear_object (&self->clipboard);
  G_OBJECT_CLASS (vt_clipboard_bar_parent_class)->dispose (object);
}

static void
vt_clipboard_bar_finalize (GObject *object)
{
  g_free (VT_CLIPBOARD_BAR (object)->guest_name);
  G_OBJECT_CLASS (vt_clipboard_bar_parent_class)->finalize (object);
}

static void
vt_clipboard_bar_class_init (VtClipboardBarClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = vt_clipboard_bar_dispose;
  object_class->finalize = vt_clipboard_bar_finalize;
  signals[ANSWERED] = g_signal_new ("answered", VT_TYPE_CLIPBOARD_BAR, G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 0);
}

static GtkButton *
add_button (VtClipboardBar *self, GCallback callback)
{
  GtkWidget *button = gtk_button_new_with_mnemonic ("");

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_show (button);
  g_signal_connect_object (button, "clicked", callback, self, G_CONNECT_SWAPPED);
  gtk_box_pack_start (GTK_BOX (gtk_info_bar_get_content_area (self->bar)), button, FALSE, FALSE, 0);
  return GTK_BUTTON (button);
}

static void
vt_clipboard_bar_init (VtClipboardBar *self)
{
  self->bar = GTK_INFO_BAR (gtk_info_bar_new ());
  self->label = GTK_LABEL (gtk_label_new (NULL));
  gtk_info_bar_set_message_type (self->bar, GTK_MESSAGE_QUESTION);
  gtk_label_set_line_wrap (self->label, TRUE);
  gtk_label_set_xalign (self->label, 0);
  gtk_widget_set_hexpand (GTK_WIDGET (self->label), TRUE);
  gtk_widget_show (GTK_WIDGET (self->label));
  gtk_container_add (GTK_CONTAINER (gtk_info_bar_get_content_area (self->bar)),
                     GTK_WIDGET (self->label));
  self->allow_button = add_button (self, G_CALLBACK (on_allow));
  self->refuse_button = add_button (self, G_CALLBACK (on_refuse));
  gtk_widget_set_no_show_all (GTK_WIDGET (self->bar), TRUE);
  gtk_container_add (GTK_CONTAINER (self), GTK_WIDGET (self->bar));
}
