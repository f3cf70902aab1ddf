/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The monitor page. Runs in `vitrine`; sends nothing to QEMU itself: vmm decides what passes.
 */
#include "config.h"

#include "vt-monitor-dialog.h"

#include "monitor-text.h"
#include "monitor-words.h"

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>
#include <string.h>

#define LINES_MAX 5000
#define HISTORY_MAX 200u /* commands */

struct _VtMonitorDialog
{
  HdyWindow parent_instance;

  /* template */
  HdyHeaderBar *header;
  GtkScrolledWindow *scroller;
  GtkTextView *output;
  GtkEntry *entry;
  GtkButton *send_button;

  /* owned */
  VtGuest *guest;
  GCancellable *cancellable;
  GPtrArray *history; /* of char *, oldest first */

  guint recalled; /* what the entry shows of the history; its length: something new */
};

G_DEFINE_FINAL_TYPE (VtMonitorDialog, vt_monitor_dialog, HDY_TYPE_WINDOW)

static void
append (VtMonitorDialog *self, const char *prefix, const char *text)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->output);
  g_autofree char *line = g_strdup_printf ("%s%s\n", prefix, text);
  GtkTextIter start, end;
  int extra = gtk_text_buffer_get_line_count (buffer) - LINES_MAX;

  if (extra > 0)
    {
      gtk_text_buffer_get_start_iter (buffer, &start);
      gtk_text_buffer_get_iter_at_line (buffer, &end, extra);
      gtk_text_buffer_delete (buffer, &start, &end);
    }
  gtk_text_buffer_get_end_iter (buffer, &end);
  gtk_text_buffer_insert (buffer, &end, line, -1);
  gtk_text_buffer_get_end_iter (buffer, &end);
  gtk_text_buffer_place_cursor (buffer, &end);
  gtk_text_view_scroll_mark_onscreen (self->output, gtk_text_buffer_get_insert (buffer));
}

/* What was asked in JSON is answered in JSON. */
typedef struct
{
  VtMonitorDialog *dialog; /* owned */
  gboolean is_json;
} Question;

static char *
indent (const char *reply)
{
  g_autoptr (JsonNode) node = json_from_string (reply, NULL);

  return node ? json_to_string (node, TRUE) : g_utf8_make_valid (reply, -1);
}

static void
on_reply (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Question *question = data;
  g_autoptr (VtMonitorDialog) self = question->dialog;
  g_autoptr (GError) error = NULL;
  g_autofree char *reply = vt_guest_monitor_finish (VT_GUEST (source), result, &error);
  g_autofree char *text = NULL;

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  if (reply)
    text = question->is_json ? indent (reply) : monitor_text_format (reply);
  append (self, "", text ? text : error->message);
}

static void
ask (VtMonitorDialog *self, const char *typed)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *json = monitor_words_to_json (typed, &error);
  Question *question;

  if (!json)
    {
      append (self, "", error->message);
      return;
    }
  question = g_new0 (Question, 1);
  question->dialog = g_object_ref (self);
  question->is_json = *typed == '{';
  vt_guest_monitor_async (self->guest, json, self->cancellable, on_reply, question);
}

static void
remember (VtMonitorDialog *self, const char *typed)
{
  guint n = self->history->len;

  if (n == 0 || strcmp (self->history->pdata[n - 1], typed) != 0)
    g_ptr_array_add (self->history, g_strdup (typed));
  if (self->history->len > HISTORY_MAX)
    g_ptr_array_remove_index (self->history, 0);
  self->recalled = self->history->len;
}

static void
send_command (VtMonitorDialog *self)
{
  g_autofree char *typed = g_strstrip (g_strdup (gtk_entry_get_text (self->entry)));
  g_autofree char *help = NULL;

  if (*typed == '\0')
    return;
  append (self, "> ", typed);
  remember (self, typed);
  gtk_entry_set_text (self->entry, "");
  if (monitor_words_is_help (typed))
    {
      help = monitor_words_help ();
      append (self, "", help);
    }
  else
    ask (self, typed);
}

static void
show_help (VtMonitorDialog *self)
{
  g_autofree char *help = monitor_words_help ();

  append (self, "", help);
  gtk_widget_grab_focus (GTK_WIDGET (self->entry));
}

/* --- Earlier commands, and those that there are --- */

static void
recall (VtMonitorDialog *self, int step)
{
  int wanted = (int) self->recalled + step;

  if (wanted < 0 || wanted > (int) self->history->len)
    return;
  self->recalled = wanted;
  gtk_entry_set_text (self->entry,
                      self->recalled < self->history->len ? self->history->pdata[wanted] : "");
  gtk_editable_set_position (GTK_EDITABLE (self->entry), -1);
}

/* Up and Down, as in a shell; while words are offered they choose among those. */
static gboolean
on_entry_key (GtkWidget *entry, GdkEventKey *event, gpointer data)
{
  VtMonitorDialog *self = data;
  guint plain = event->state & gtk_accelerator_get_default_mod_mask ();

  if (plain != 0 || (event->keyval != GDK_KEY_Up && event->keyval != GDK_KEY_Down))
    return GDK_EVENT_PROPAGATE;
  if (self->recalled == self->history->len && *gtk_entry_get_text (self->entry) != '\0')
    return GDK_EVENT_PROPAGATE;
  recall (self, event->keyval == GDK_KEY_Up ? -1 : 1);
  return GDK_EVENT_STOP;
}

static void
add_completion (VtMonitorDialog *self)
{
  g_autoptr (GtkListStore) words = gtk_list_store_new (1, G_TYPE_STRING);
  g_autoptr (GtkEntryCompletion) completion = gtk_entry_completion_new ();

  for (guint i = 0; monitor_words_offer (i) != NULL; i++)
    gtk_list_store_insert_with_values (words, NULL, -1, 0, monitor_words_offer (i), -1);
  gtk_entry_completion_set_model (completion, GTK_TREE_MODEL (words));
  gtk_entry_completion_set_text_column (completion, 0);
  gtk_entry_completion_set_popup_single_match (completion, FALSE);
  gtk_entry_set_completion (self->entry, completion);
}

static gboolean
vt_monitor_dialog_key_press_event (GtkWidget *widget, GdkEventKey *event)
{
  if (GTK_WIDGET_CLASS (vt_monitor_dialog_parent_class)->key_press_event (widget, event))
    return GDK_EVENT_STOP;
  if (event->keyval != GDK_KEY_Escape)
    return GDK_EVENT_PROPAGATE;
  gtk_window_close (GTK_WINDOW (widget));
  return GDK_EVENT_STOP;
}

VtMonitorDialog *
vt_monitor_dialog_new (GtkWindow *parent, VtGuest *guest)
{
  VtMonitorDialog *self = g_object_new (VT_TYPE_MONITOR_DIALOG, "transient-for", parent,
                                        "destroy-with-parent", TRUE, NULL);
  /* Translators: %s is a guest's name. */
  g_autofree char *title = g_strdup_printf (_ ("Monitor of %s"), vt_guest_get_name (guest));

  self->guest = g_object_ref (guest);
  gtk_window_set_title (GTK_WINDOW (self), title);
  hdy_header_bar_set_title (self->header, title);
  gtk_widget_grab_focus (GTK_WIDGET (self->entry));
  /* The entry says so too, but not while it has the focus. */
  append (self, "", gtk_entry_get_placeholder_text (self->entry));
  return self;
}

static void
vt_monitor_dialog_dispose (GObject *object)
{
  VtMonitorDialog *self = VT_MONITOR_DIALOG (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->guest);
  G_OBJECT_CLASS (vt_monitor_dialog_parent_class)->dispose (object);
}

static void
vt_monitor_dialog_finalize (GObject *object)
{
  g_clear_object (&VT_MONITOR_DIALOG (object)->cancellable);
  g_ptr_array_unref (VT_MONITOR_DIALOG (object)->history);
  G_OBJECT_CLASS (vt_monitor_dialog_parent_class)->finalize (object);
}

static void
vt_monitor_dialog_class_init (VtMonitorDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = vt_monitor_dialog_dispose;
  G_OBJECT_CLASS (klass)->finalize = vt_monitor_dialog_finalize;
  widget_class->key_press_event = vt_monitor_dialog_key_press_event;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/vitrine/Vitrine/vt-monitor-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, VtMonitorDialog, header);
  gtk_widget_class_bind_template_child (widget_class, VtMonitorDialog, scroller);
  gtk_widget_class_bind_template_child (widget_class, VtMonitorDialog, output);
  gtk_widget_class_bind_template_child (widget_class, VtMonitorDialog, entry);
  gtk_widget_class_bind_template_child (widget_class, VtMonitorDialog, send_button);
  gtk_widget_class_bind_template_callback (widget_class, show_help);
}

static void
vt_monitor_dialog_init (VtMonitorDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->cancellable = g_cancellable_new ();
  self->history = g_ptr_array_new_with_free_func (g_free);
  add_completion (self);
  g_signal_connect (self->entry, "key-press-event", G_CALLBACK (on_entry_key), self);
  g_signal_connect_swapped (self->entry, "activate", G_CALLBACK (send_command), self);
  g_signal_connect_swapped (self->send_button, "clicked", G_CALLBACK (send_command), self);
}
