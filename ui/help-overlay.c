/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The window of shortcuts. Runs in `vitrine`. Not where GtkApplication looks for one by itself:
 * that would be made with each window and destroyed with it.
 */
#include "config.h"

#include "help-overlay.h"

#include <glib/gi18n.h>

#define KEY "vt-help-overlay"

/* NULL before it is first shown. */
static GtkWindow *
find_overlay (GtkWindow *window)
{
  GtkApplication *application = gtk_window_get_application (window);

  return application ? g_object_get_data (G_OBJECT (application), KEY) : NULL;
}

/* GTK gives its search button a picture only. */
static void
name_search (GtkWidget *widget, gpointer data)
{
  if (GTK_IS_TOGGLE_BUTTON (widget))
    atk_object_set_name (gtk_widget_get_accessible (widget), _ ("Search"));
}

static GtkWindow *
make_overlay (void)
{
  g_autoptr (GtkBuilder) builder =
      gtk_builder_new_from_resource ("/org/vitrine/Vitrine/help-overlay.ui");
  GtkWindow *overlay = GTK_WINDOW (gtk_builder_get_object (builder, "help_overlay"));

  gtk_container_forall (GTK_CONTAINER (gtk_window_get_titlebar (overlay)), name_search, NULL);
  g_signal_connect (overlay, "delete-event", G_CALLBACK (gtk_widget_hide_on_delete), NULL);
  return overlay;
}

static void
on_show (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GtkWindow *window = GTK_WINDOW (data);
  GtkWindow *overlay = find_overlay (window);

  if (!overlay)
    {
      overlay = make_overlay (); /* GTK's, as every window is */
      g_object_set_data (G_OBJECT (gtk_window_get_application (window)), KEY, overlay);
    }
  gtk_window_set_transient_for (overlay, window);
  gtk_window_present (overlay);
}

static void
on_destroy (GtkWindow *window)
{
  GtkWindow *overlay = find_overlay (window);

  if (overlay && gtk_window_get_transient_for (overlay) == window)
    gtk_widget_hide (GTK_WIDGET (overlay));
}

void
help_overlay_add (GtkApplicationWindow *window)
{
  static const GActionEntry entries[] = { { "show-help-overlay", on_show } };

  g_action_map_add_action_entries (G_ACTION_MAP (window), entries, G_N_ELEMENTS (entries), window);
  g_signal_connect (window, "destroy", G_CALLBACK (on_destroy), NULL);
}
