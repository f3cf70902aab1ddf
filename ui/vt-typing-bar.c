/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The clipboard, typed. Runs in `vitrine`; must never wait for the desktop or the guest, nor leave a
 * key held down.
 */
#include "config.h"

#include "vt-typing-bar.h"

#include "keymap.h"
#include "strokes.h"

#include <glib/gi18n.h>

/* As vitrinectl type does it: slower than a PS/2 keyboard's line, quicker than any hand. */
#define PACE_MS 15

typedef enum
{
  STEP_SHIFT_DOWN,
  STEP_DOWN,
  STEP_UP,
  STEP_SHIFT_UP,
  N_STEPS,
} Step;

struct _VtTypingBar
{
  GtkBin parent_instance;

  /* owned */
  VtGlassClient *client;
  GArray *strokes; /* of Stroke; NULL: not typing */

  /* borrowed */
  GtkInfoBar *bar;
  GtkLabel *label;
  GtkProgressBar *progress;
  GtkButton *stop_button;

  guint at;    /* the stroke */
  Step step;   /* of it, the next */
  guint timer;
};

G_DEFINE_FINAL_TYPE (VtTypingBar, vt_typing_bar, GTK_TYPE_BIN)

enum
{
  ENDED,
  MESSAGE,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

static void
refuse (VtTypingBar *self, const char *text)
{
  g_signal_emit (self, signals[MESSAGE], 0, text);
  g_signal_emit (self, signals[ENDED], 0);
}

static gboolean
is_typed (VtTypingBar *self)
{
  return self->at >= self->strokes->len;
}

/* One event; a stroke without shift has two of the four. */
static void
send_step (VtTypingBar *self, gboolean releases_only)
{
  const Stroke *stroke = &g_array_index (self->strokes, Stroke, self->at);
  gboolean is_shift = self->step == STEP_SHIFT_DOWN || self->step == STEP_SHIFT_UP;
  gboolean down = self->step == STEP_SHIFT_DOWN || self->step == STEP_DOWN;

  if ((stroke->shift || !is_shift) && !(down && releases_only))
    vt_glass_client_key (self->client, is_shift ? keymap_from_name ("shift") : stroke->key, down);
  self->step = (self->step + 1) % N_STEPS;
  if (self->step == STEP_SHIFT_DOWN)
    self->at++;
  else if (!stroke->shift && self->step == STEP_SHIFT_UP)
    {
      self->step = STEP_SHIFT_DOWN;
      self->at++;
    }
}

static void
stop (VtTypingBar *self)
{
  if (!self->strokes)
    return;
  while (!is_typed (self) && self->step != STEP_SHIFT_DOWN)
    send_step (self, TRUE);
  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_pointer (&self->strokes, g_array_unref);
  gtk_widget_hide (GTK_WIDGET (self->bar));
}

/* The display process is behind: the next key waits for it. */
static gboolean
on_pace (gpointer data)
{
  VtTypingBar *self = data;

  if (!vt_glass_client_is_drained (self->client))
    return G_SOURCE_CONTINUE;
  if (self->step == STEP_SHIFT_DOWN &&
      !g_array_index (self->strokes, Stroke, self->at).shift)
    self->step = STEP_DOWN;
  send_step (self, FALSE);
  gtk_progress_bar_set_fraction (self->progress, (double) self->at / self->strokes->len);
  if (!is_typed (self))
    return G_SOURCE_CONTINUE;
  self->timer = 0;
  stop (self);
  g_signal_emit (self, signals[ENDED], 0);
  return G_SOURCE_REMOVE;
}

static void
on_stop (VtTypingBar *self)
{
  stop (self);
  g_signal_emit (self, signals[ENDED], 0);
}

static void
on_closed (VtTypingBar *self)
{
  if (!self->strokes)
    return;
  stop (self);
  refuse (self, _ ("The guest's display was lost; not all of the text was typed."));
}

static void
begin (VtTypingBar *self, GArray *strokes)
{
  self->strokes = g_array_ref (strokes);
  self->at = 0;
  self->step = STEP_SHIFT_DOWN;
  gtk_progress_bar_set_fraction (self->progress, 0);
  gtk_widget_show (GTK_WIDGET (self->bar));
  gtk_widget_grab_focus (GTK_WIDGET (self->stop_button));
  self->timer = g_timeout_add (PACE_MS, on_pace, self);
}

static void
take_text (VtTypingBar *self, const char *text)
{
  g_autoptr (GArray) strokes = NULL;
  g_autofree char *message = NULL;
  gunichar character = 0;
  glong length = g_utf8_strlen (text, -1);

  if (length > VT_TYPING_MAX)
    {
      message = g_strdup_printf (_ ("The clipboard holds %ld characters, and at most %u are typed; "
                                    "nothing was typed."),
                                 length, VT_TYPING_MAX);
      refuse (self, message);
      return;
    }
  strokes = strokes_from_text (text, &character);
  if (!strokes)
    {
      g_autofree char *shown = strokes_show_character (character);

      message = g_strdup_printf (
          _ ("The character %s is not on a US keyboard; nothing was typed"), shown);
      refuse (self, message);
    }
  else if (strokes->len > 0)
    begin (self, strokes);
}

static void
on_text (GtkClipboard *clipboard, const char *text, gpointer data)
{
  g_autoptr (VtTypingBar) self = data;

  if (!self->client || self->strokes)
    return;
  if (!text || !*text)
    refuse (self, _ ("The clipboard holds no text; nothing was typed."));
  else
    take_text (self, text);
}

void
vt_typing_bar_begin (VtTypingBar *self)
{
  if (self->client && !self->strokes)
    gtk_clipboard_request_text (gtk_clipboard_get (GDK_SELECTION_CLIPBOARD), on_text,
                                g_object_ref (self));
}

void
vt_typing_bar_set_client (VtTypingBar *self, VtGlassClient *client)
{
  if (self->client == client)
    return;
  stop (self);
  if (self->client)
    g_signal_handlers_disconnect_by_data (self->client, self);
  g_set_object (&self->client, client);
  if (client)
    g_signal_connect_object (client, "closed", G_CALLBACK (on_closed), self, G_CONNECT_SWAPPED);
}

gboolean
vt_typing_bar_stop (VtTypingBar *self)
{
  if (!self->strokes)
    return FALSE;
  on_stop (self);
  return TRUE;
}

static void
vt_typing_bar_dispose (GObject *object)
{
  vt_typing_bar_set_client (VT_TYPING_BAR (object), NULL);
  G_OBJECT_CLASS (vt_typing_bar_parent_class)->dispose (object);
}

static void
vt_typing_bar_class_init (VtTypingBarClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = vt_typing_bar_dispose;
  signals[ENDED] = g_signal_new ("ended", VT_TYPE_TYPING_BAR, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 0);
  signals[MESSAGE] = g_signal_new ("message", VT_TYPE_TYPING_BAR, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
vt_typing_bar_init (VtTypingBar *self)
{
  GtkContainer *content;

  self->bar = GTK_INFO_BAR (gtk_info_bar_new ());
  self->label = GTK_LABEL (gtk_label_new (NULL));
  self->progress = GTK_PROGRESS_BAR (gtk_progress_bar_new ());
  self->stop_button = GTK_BUTTON (gtk_button_new_with_mnemonic (_ ("_Stop")));
  content = GTK_CONTAINER (gtk_info_bar_get_content_area (self->bar));
  gtk_label_set_text (self->label, _ ("Typing the clipboard's text"));
  atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (self->bar)),
                       gtk_label_get_text (self->label));
  atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (self->progress)),
                       gtk_label_get_text (self->label));
  gtk_label_set_line_wrap (self->label, TRUE);
  gtk_label_set_xalign (self->label, 0);
  gtk_widget_set_hexpand (GTK_WIDGET (self->label), TRUE);
  gtk_widget_set_valign (GTK_WIDGET (self->progress), GTK_ALIGN_CENTER);
  gtk_widget_set_valign (GTK_WIDGET (self->stop_button), GTK_ALIGN_CENTER);
  gtk_container_add (content, GTK_WIDGET (self->label));
  gtk_container_add (content, GTK_WIDGET (self->progress));
  gtk_container_add (content, GTK_WIDGET (self->stop_button));
  gtk_widget_show_all (GTK_WIDGET (content));
  gtk_widget_set_no_show_all (GTK_WIDGET (self->bar), TRUE);
  gtk_container_add (GTK_CONTAINER (self), GTK_WIDGET (self->bar));
  g_signal_connect_object (self->stop_button, "clicked", G_CALLBACK (on_stop), self,
                           G_CONNECT_SWAPPED);
}
