/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The monitor page. Runs in `vitrine`; sends nothing to QEMU itself: vmm decides what passes.
 */
#include "config.h"

#include "vt-monitor-dialog.h"

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>

#define LINES_MAX 5000

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

/* The reply indented for reading; as it came if it is not JSON. */
static char *
indent (const char *reply)
{
  g_autoptr (JsonNode) node = json_from_string (reply, NULL);

  return node ? json_to_string (node, TRUE) : g_utf8_make_valid (reply, -1);
}

static void
on_reply (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (VtMonitorDialog) self = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *reply = vt_guest_monitor_finish (VT_GUEST (source), result, &error);
  g_autofree char *text = reply ? indent (reply) : NULL;

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  append (self, "", text ? text : error->message);
}

/* "query-status" is short for {"execute": "query-status"}. */
static char *
to_json (const char *typed)
{
  if (*typed == '{')
    return g_strdup (typed);
  return g_strdup_printf ("{\"execute\": \"%s\"}", typed);
}

static void
send_command (VtMonitorDialog *self)
{
  g_autofree char *typed = g_strstrip (g_strdup (gtk_entry_get_text (self->entry)));
  g_autofree char *json = to_json (typed);

  if (*typed == '\0')
    return;
  append (self, "> ", typed);
  gtk_entry_set_text (self->entry, "");
  vt_guest_monitor_async (self->guest, json, self->cancellable, on_reply, g_object_ref (self));
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
}

static void
vt_monitor_dialog_init (VtMonitorDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->cancellable = g_cancellable_new ();
  g_signal_connect_swapped (self->entry, "activate", G_CALLBACK (send_command), self);
  g_signal_connect_swapped (self->send_button, "clicked", G_CALLBACK (send_command), self);
}
