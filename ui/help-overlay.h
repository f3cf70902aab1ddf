/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The window of shortcuts, one for all windows of the application. Made when it is first asked for,
 * and then only hidden: to destroy it with a screen reader's bridge loaded makes GTK look for
 * parents of labels that are gone.
 */
#pragma once

#include <gtk/gtk.h>

/* Adds the action "show-help-overlay". */
void help_overlay_add (GtkApplicationWindow *window);
