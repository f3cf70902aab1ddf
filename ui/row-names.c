/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Names of rows for screen readers. Runs in `vitrine`.
 */
#include "config.h"

#include "row-names.h"

/* "I_nitrd" is read as "Initrd". */
static gboolean
without_mnemonic (GBinding *binding, const GValue *from, GValue *to, gpointer data)
{
  g_auto (GStrv) parts = g_strsplit (g_value_get_string (from), "_", -1);

  g_value_take_string (to, g_strjoinv ("", parts));
  return TRUE;
}

void
row_names_bind (HdyPreferencesRow *row)
{
  AtkObject *accessible = gtk_widget_get_accessible (GTK_WIDGET (row));

  if (hdy_preferences_row_get_use_underline (row))
    g_object_bind_property_full (row, "title", accessible, "accessible-name", G_BINDING_SYNC_CREATE,
                                 without_mnemonic, NULL, NULL, NULL);
  else
    g_object_bind_property (row, "title", accessible, "accessible-name", G_BINDING_SYNC_CREATE);
  if (HDY_IS_ACTION_ROW (row) || HDY_IS_EXPANDER_ROW (row))
    g_object_bind_property (row, "subtitle", accessible, "accessible-description",
                            G_BINDING_SYNC_CREATE);
}

static void
bind_below (GtkWidget *widget, gpointer data)
{
  if (HDY_IS_PREFERENCES_ROW (widget))
    row_names_bind (HDY_PREFERENCES_ROW (widget));
  else if (GTK_IS_CONTAINER (widget))
    gtk_container_forall (GTK_CONTAINER (widget), bind_below, NULL);
}

void
row_names_bind_all (GtkContainer *root)
{
  gtk_container_forall (root, bind_below, NULL);
}
