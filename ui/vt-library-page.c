/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The library page. Runs in `vitrine`; a view of VtLibrary's list, which is the only truth.
 */
#include "config.h"

#include "vt-library-page.h"

#include "vt-guest-tile.h"

#include <handy.h>

struct _VtLibraryPage
{
  GtkBox parent_instance;

  /* template */
  HdySearchBar *search_bar;
  GtkSearchEntry *search_entry;
  GtkToggleButton *search_button;
  GtkMenuButton *menu_button;
  VtMessageBar *messages;
  GtkStack *stack;
  GtkFlowBox *flow_box;

  /* owned */
  VtLibrary *library;
};

G_DEFINE_FINAL_TYPE (VtLibraryPage, vt_library_page, GTK_TYPE_BOX)

enum
{
  ACTIVATE_GUEST,
  SELECTION,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
refresh (VtLibraryPage *self)
{
  const char *text = gtk_entry_get_text (GTK_ENTRY (self->search_entry));
  gboolean searching = hdy_search_bar_get_search_mode (self->search_bar);
  guint n_shown = 0;
  GtkFlowBoxChild *child;

  for (int i = 0; (child = gtk_flow_box_get_child_at_index (self->flow_box, i)); i++)
    {
      gboolean shown = !searching || vt_guest_tile_matches (VT_GUEST_TILE (child), text);

      gtk_widget_set_visible (GTK_WIDGET (child), shown);
      n_shown += shown;
    }
  if (g_list_model_get_n_items (G_LIST_MODEL (self->library)) == 0)
    gtk_stack_set_visible_child_name (self->stack, "empty");
  else
    gtk_stack_set_visible_child_name (self->stack, n_shown ? "guests" : "nothing");
}

static GtkWidget *
make_tile (gpointer item, gpointer data)
{
  return vt_guest_tile_new (VT_GUEST (item));
}

static void
on_child_activated (VtLibraryPage *self, GtkFlowBoxChild *child)
{
  g_signal_emit (self, signals[ACTIVATE_GUEST], 0, vt_guest_tile_get_guest (VT_GUEST_TILE (child)));
}

static void
on_selection (VtLibraryPage *self)
{
  g_signal_emit (self, signals[SELECTION], 0);
}

/* Moving by keyboard chooses: the window's actions act on the focused tile. */
static void
on_focus_child (VtLibraryPage *self, GtkWidget *child)
{
  if (child && GTK_IS_FLOW_BOX_CHILD (child))
    gtk_flow_box_select_child (self->flow_box, GTK_FLOW_BOX_CHILD (child));
}

static void
on_items_changed (VtLibraryPage *self)
{
  refresh (self);
  on_selection (self);
}

void
vt_library_page_set_library (VtLibraryPage *self, VtLibrary *library)
{
  g_return_if_fail (!self->library);
  self->library = g_object_ref (library);
  gtk_flow_box_bind_model (self->flow_box, G_LIST_MODEL (library), make_tile, NULL, NULL);
  g_signal_connect_object (library, "items-changed", G_CALLBACK (on_items_changed), self,
                           G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  refresh (self);
  if (g_list_model_get_n_items (G_LIST_MODEL (library)) > 0)
    gtk_widget_grab_focus (GTK_WIDGET (gtk_flow_box_get_child_at_index (self->flow_box, 0)));
}

VtGuest *
vt_library_page_get_selected (VtLibraryPage *self)
{
  g_autoptr (GList) chosen = gtk_flow_box_get_selected_children (self->flow_box);

  return chosen ? vt_guest_tile_get_guest (VT_GUEST_TILE (chosen->data)) : NULL;
}

void
vt_library_page_select (VtLibraryPage *self, VtGuest *guest)
{
  GtkFlowBoxChild *child;

  for (int i = 0; (child = gtk_flow_box_get_child_at_index (self->flow_box, i)); i++)
    {
      if (vt_guest_tile_get_guest (VT_GUEST_TILE (child)) != guest)
        continue;
      gtk_flow_box_select_child (self->flow_box, child);
      gtk_widget_grab_focus (GTK_WIDGET (child));
    }
}

void
vt_library_page_search (VtLibraryPage *self)
{
  gtk_toggle_button_set_active (self->search_button, TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (self->search_entry));
}

gboolean
vt_library_page_handle_key (VtLibraryPage *self, GdkEventKey *event)
{
  return hdy_search_bar_handle_event (self->search_bar, (GdkEvent *) event);
}

void
vt_library_page_popup_menu (VtLibraryPage *self)
{
  gtk_button_clicked (GTK_BUTTON (self->menu_button));
}

VtMessageBar *
vt_library_page_get_messages (VtLibraryPage *self)
{
  return self->messages;
}

static void
vt_library_page_dispose (GObject *object)
{
  g_clear_object (&VT_LIBRARY_PAGE (object)->library);
  G_OBJECT_CLASS (vt_library_page_parent_class)->dispose (object);
}

static void
vt_library_page_class_init (VtLibraryPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = vt_library_page_dispose;
  g_type_ensure (VT_TYPE_MESSAGE_BAR);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/vitrine/Vitrine/vt-library-page.ui");
  gtk_widget_class_bind_template_child (widget_class, VtLibraryPage, search_bar);
  gtk_widget_class_bind_template_child (widget_class, VtLibraryPage, search_entry);
  gtk_widget_class_bind_template_child (widget_class, VtLibraryPage, search_button);
  gtk_widget_class_bind_template_child (widget_class, VtLibraryPage, menu_button);
  gtk_widget_class_bind_template_child (widget_class, VtLibraryPage, messages);
  gtk_widget_class_bind_template_child (widget_class, VtLibraryPage, stack);
  gtk_widget_class_bind_template_child (widget_class, VtLibraryPage, flow_box);

  signals[ACTIVATE_GUEST] = g_signal_new ("activate-guest", VT_TYPE_LIBRARY_PAGE, G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 1, VT_TYPE_GUEST);
  signals[SELECTION] = g_signal_new ("selection", VT_TYPE_LIBRARY_PAGE, G_SIGNAL_RUN_LAST, 0, NULL,
                                     NULL, NULL, G_TYPE_NONE, 0);
}

static void
vt_library_page_init (VtLibraryPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  hdy_search_bar_connect_entry (self->search_bar, GTK_ENTRY (self->search_entry));
  g_signal_connect_swapped (self->search_entry, "search-changed", G_CALLBACK (refresh), self);
  g_signal_connect_swapped (self->search_bar, "notify::search-mode-enabled", G_CALLBACK (refresh),
                            self);
  g_signal_connect_swapped (self->flow_box, "child-activated", G_CALLBACK (on_child_activated),
                            self);
  g_signal_connect_swapped (self->flow_box, "selected-children-changed", G_CALLBACK (on_selection),
                            self);
  g_signal_connect_swapped (self->flow_box, "set-focus-child", G_CALLBACK (on_focus_child), self);
}
