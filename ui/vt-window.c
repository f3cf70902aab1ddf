/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The main window. Runs in `vitrine`; closing it stops no guest.
 */
#include "config.h"

#include "vt-window.h"

#include "help-overlay.h"
#include "vt-backup-dialog.h"
#include "vt-new-guest.h"
#include "vt-text.h"
#include "vt-window-actions.h"

#include <glib/gi18n.h>

struct _VtWindow
{
  HdyApplicationWindow parent_instance;

  /* template */
  GtkStack *stack;
  VtLibraryPage *library_page;
  VtConsolePage *console_page;

  /* owned */
  VtLibrary *library;
  VtHeads *heads;   /* windows of the open guest's further displays */
  VtGuest *watched; /* the current guest, whose state enables the actions */

  guint grow_source;
  guint frame_width; /* guest pixels, to be made room for; 0: done */
  guint frame_height;
  gboolean fullscreen;
  gboolean maximized;
  gboolean told; /* that guests go on without the window */
};

G_DEFINE_FINAL_TYPE (VtWindow, vt_window, HDY_TYPE_APPLICATION_WINDOW)

static gboolean
shows_library (VtWindow *self)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), "library") == 0;
}

VtGuest *
vt_window_get_open_guest (VtWindow *self)
{
  return shows_library (self) ? NULL : vt_console_page_get_guest (self->console_page);
}

VtGuest *
vt_window_get_guest (VtWindow *self)
{
  return shows_library (self) ? vt_library_page_get_selected (self->library_page)
                              : vt_console_page_get_guest (self->console_page);
}

VtLibrary *
vt_window_get_library (VtWindow *self)
{
  return self->library;
}

VtConsolePage *
vt_window_get_console_page (VtWindow *self)
{
  return self->console_page;
}

VtLibraryPage *
vt_window_get_library_page (VtWindow *self)
{
  return self->library_page;
}

VtHeads *
vt_window_get_heads (VtWindow *self)
{
  return self->heads;
}

gboolean
vt_window_is_fullscreen (VtWindow *self)
{
  return self->fullscreen;
}

static void
watch_current (VtWindow *self)
{
  static const char *const notifies[] = { "notify::state", "notify::remedy",
                                          "notify::network-policy" };
  VtGuest *guest = vt_window_get_guest (self);

  if (self->watched != guest)
    {
      if (self->watched)
        g_signal_handlers_disconnect_by_func (self->watched, vt_window_actions_update, self);
      g_set_object (&self->watched, guest);
      for (gsize i = 0; guest && i < G_N_ELEMENTS (notifies); i++)
        g_signal_connect_object (guest, notifies[i], G_CALLBACK (vt_window_actions_update), self,
                                 G_CONNECT_SWAPPED);
    }
  vt_window_actions_update (self);
}

void
vt_window_open_guest (VtWindow *self, VtGuest *guest)
{
  vt_message_bar_hide (vt_library_page_get_messages (self->library_page));
  vt_heads_set_guest (self->heads, guest);
  vt_console_page_set_guest (self->console_page, guest);
  gtk_stack_set_visible_child_name (self->stack, "guest");
  gtk_window_set_title (GTK_WINDOW (self), vt_guest_get_name (guest));
  watch_current (self);
  vt_console_page_focus (self->console_page);
}

static void
tell_once (VtWindow *self, VtGuest *guest)
{
  g_autofree char *text = NULL;

  if (self->told || !vt_text_is_live (vt_guest_get_state (guest)))
    return;
  self->told = TRUE;
  text = g_strdup_printf (_ ("%s keeps running, also when this window is closed."),
                          vt_guest_get_name (guest));
  vt_window_report (self, GTK_MESSAGE_INFO, text);
}

void
vt_window_show_library (VtWindow *self)
{
  g_autoptr (VtGuest) guest = NULL;

  if (self->fullscreen)
    gtk_window_unfullscreen (GTK_WINDOW (self));
  if (shows_library (self))
    return;
  g_set_object (&guest, vt_console_page_get_guest (self->console_page));
  gtk_stack_set_visible_child_name (self->stack, "library");
  vt_console_page_set_guest (self->console_page, NULL);
  vt_heads_set_guest (self->heads, NULL);
  gtk_window_set_title (GTK_WINDOW (self), _ ("Vitrine"));
  if (guest)
    {
      vt_library_page_select (self->library_page, guest);
      tell_once (self, guest);
    }
  watch_current (self);
}

static void
on_created (VtWindow *self, VtGuest *guest, gboolean start)
{
  if (start)
    {
      vt_window_open_guest (self, guest);
      vt_console_page_start (self->console_page, FALSE);
    }
  else
    {
      vt_window_show_library (self);
      vt_library_page_select (self->library_page, guest);
    }
}

void
vt_window_new_guest (VtWindow *self, const char *iso)
{
  VtNewGuest *assistant = vt_new_guest_new (GTK_WINDOW (self), self->library);

  if (iso)
    vt_new_guest_set_iso (assistant, iso);
  g_signal_connect_object (assistant, "created", G_CALLBACK (on_created), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (assistant));
}

void
vt_window_report (VtWindow *self, GtkMessageType type, const char *text)
{
  vt_message_bar_show (shows_library (self) ? vt_library_page_get_messages (self->library_page)
                                            : vt_console_page_get_messages (self->console_page),
                       type, text);
}

static void
on_heads (VtWindow *self)
{
  VtGlassClient *client = vt_console_get_client (vt_console_page_get_console (self->console_page));

  if (client)
    vt_heads_take_lit (self->heads, vt_glass_client_get_n_heads (client),
                       vt_glass_client_get_lit (client));
}

static void
on_problem (VtWindow *self, const char *text)
{
  vt_window_report (self, GTK_MESSAGE_ERROR, text);
}

/* A guest whose frame does not fit makes the window grow as far as the monitor allows: scaling down
 * is never as sharp. On a HiDPI monitor there is room for as many device pixels a guest pixel as a
 * logical pixel has, or, on a small one, for one. */
static void
grow_for_frame (VtWindow *self)
{
  GtkWidget *console = GTK_WIDGET (vt_console_page_get_console (self->console_page));
  GdkWindow *window = gtk_widget_get_window (GTK_WIDGET (self));
  int zoom = gtk_widget_get_scale_factor (console);
  int frame_width = (int) self->frame_width;
  int frame_height = (int) self->frame_height;
  int other_x, other_y; /* what of the window is not console */
  int now_x, now_y;
  GdkRectangle area;

  self->frame_width = self->frame_height = 0;
  if (!window || self->fullscreen || self->maximized)
    return;
  gdk_monitor_get_workarea (
      gdk_display_get_monitor_at_window (gdk_window_get_display (window), window), &area);
  gtk_window_get_size (GTK_WINDOW (self), &now_x, &now_y);
  other_x = now_x - gtk_widget_get_allocated_width (console);
  other_y = now_y - gtk_widget_get_allocated_height (console);
  if (frame_width + other_x > area.width || frame_height + other_y > area.height)
    {
      frame_width = (frame_width + zoom - 1) / zoom;
      frame_height = (frame_height + zoom - 1) / zoom;
    }
  if (frame_width + other_x > now_x || frame_height + other_y > now_y)
    gtk_window_resize (GTK_WINDOW (self), MIN (MAX (frame_width + other_x, now_x), area.width),
                       MIN (MAX (frame_height + other_y, now_y), area.height));
}

static gboolean
grow_idle (gpointer data)
{
  VtWindow *self = data;

  self->grow_source = 0;
  grow_for_frame (self);
  return G_SOURCE_REMOVE;
}

/* A page that was just shown has no size yet: its allocation comes next. A window cannot be resized
 * from within an allocation, so that is left to the main loop. */
static void
queue_grow (VtWindow *self)
{
  GtkWidget *console = GTK_WIDGET (vt_console_page_get_console (self->console_page));

  if (self->frame_width > 0 && !self->grow_source && gtk_widget_get_mapped (console) &&
      gtk_widget_get_allocated_width (console) > 1)
    self->grow_source = g_idle_add (grow_idle, self);
}

static void
on_frame_size (VtWindow *self, guint width, guint height)
{
  self->frame_width = width;
  self->frame_height = height;
  queue_grow (self);
}

static void
on_drag_data (GtkWidget *widget,
              GdkDragContext *context,
              int x,
              int y,
              GtkSelectionData *data,
              guint info,
              guint time)
{
  g_auto (GStrv) uris = gtk_selection_data_get_uris (data);
  g_autofree char *path = uris && uris[0] ? g_filename_from_uri (uris[0], NULL, NULL) : NULL;

  gtk_drag_finish (context, path != NULL, FALSE, time);
  if (path)
    vt_window_new_guest (VT_WINDOW (widget), path);
  else
    vt_window_report (VT_WINDOW (widget), GTK_MESSAGE_ERROR,
                      _ ("Only a file of this computer can be dropped here."));
}

static gboolean
vt_window_key_press_event (GtkWidget *widget, GdkEventKey *event)
{
  VtWindow *self = VT_WINDOW (widget);
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (widget));

  /* The guest's keys, what edits text, and an open menu come before shortcuts. */
  if (focus &&
      (VT_IS_CONSOLE (focus) || GTK_IS_EDITABLE (focus) ||
       gtk_widget_get_ancestor (focus, GTK_TYPE_POPOVER)) &&
      gtk_window_propagate_key_event (GTK_WINDOW (widget), event))
    return GDK_EVENT_STOP;
  if (GTK_WIDGET_CLASS (vt_window_parent_class)->key_press_event (widget, event))
    return GDK_EVENT_STOP;
  return shows_library (self) && vt_library_page_handle_key (self->library_page, event);
}

static gboolean
vt_window_window_state_event (GtkWidget *widget, GdkEventWindowState *event)
{
  VtWindow *self = VT_WINDOW (widget);
  gboolean fullscreen = !!(event->new_window_state & GDK_WINDOW_STATE_FULLSCREEN);

  self->maximized =
      !!(event->new_window_state & (GDK_WINDOW_STATE_MAXIMIZED | GDK_WINDOW_STATE_TILED));
  if (self->fullscreen != fullscreen)
    {
      self->fullscreen = fullscreen;
      vt_console_page_set_fullscreen (self->console_page, fullscreen);
      vt_window_actions_update (self);
    }
  return GTK_WIDGET_CLASS (vt_window_parent_class)->window_state_event (widget, event);
}

static void
close_window (gpointer window)
{
  gtk_window_close (GTK_WINDOW (window));
}

/* Guests go on without the window; a copy of their disk does not. */
static gboolean
vt_window_delete_event (GtkWidget *widget, GdkEventAny *event)
{
  return vt_backup_dialog_holds (GTK_WINDOW (widget), close_window, widget);
}

static void
vt_window_dispose (GObject *object)
{
  VtWindow *self = VT_WINDOW (object);

  g_clear_handle_id (&self->grow_source, g_source_remove);
  if (self->heads)
    g_signal_handlers_disconnect_by_data (self->heads, self);
  g_clear_object (&self->heads);
  g_clear_object (&self->watched);
  g_clear_object (&self->library);
  G_OBJECT_CLASS (vt_window_parent_class)->dispose (object);
}

static void
vt_window_class_init (VtWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = vt_window_dispose;
  widget_class->key_press_event = vt_window_key_press_event;
  widget_class->delete_event = vt_window_delete_event;
  widget_class->window_state_event = vt_window_window_state_event;
  widget_class->drag_data_received = on_drag_data;
  g_type_ensure (VT_TYPE_LIBRARY_PAGE);
  g_type_ensure (VT_TYPE_CONSOLE_PAGE);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/vitrine/Vitrine/vt-window.ui");
  gtk_widget_class_bind_template_child (widget_class, VtWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, VtWindow, library_page);
  gtk_widget_class_bind_template_child (widget_class, VtWindow, console_page);
}

static void
vt_window_init (VtWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_drag_dest_set (GTK_WIDGET (self), GTK_DEST_DEFAULT_ALL, NULL, 0, GDK_ACTION_COPY);
  gtk_drag_dest_add_uri_targets (GTK_WIDGET (self));
  g_signal_connect_swapped (self->library_page, "activate-guest", G_CALLBACK (vt_window_open_guest),
                            self);
  g_signal_connect_swapped (self->library_page, "selection", G_CALLBACK (watch_current), self);
  self->heads = vt_heads_new (GTK_APPLICATION_WINDOW (self),
                              vt_console_page_get_clipboard (self->console_page));
  g_signal_connect_object (self->heads, "changed", G_CALLBACK (vt_window_actions_update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_swapped (self->console_page, "heads", G_CALLBACK (on_heads), self);
  g_signal_connect_swapped (self->console_page, "problem", G_CALLBACK (on_problem), self);
  g_signal_connect_swapped (vt_console_page_get_console (self->console_page), "frame-size",
                            G_CALLBACK (on_frame_size), self);
  g_signal_connect_data (vt_console_page_get_console (self->console_page), "size-allocate",
                         G_CALLBACK (queue_grow), self, NULL, G_CONNECT_SWAPPED | G_CONNECT_AFTER);
}

VtWindow *
vt_window_new (GtkApplication *application, VtLibrary *library)
{
  VtWindow *self = g_object_new (VT_TYPE_WINDOW, "application", application, NULL);

  self->library = g_object_ref (library);
  vt_window_actions_add (self);
  help_overlay_add (GTK_APPLICATION_WINDOW (self));
  vt_library_page_set_library (self->library_page, library);
  watch_current (self);
  return self;
}
