/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One guest in the library: thumbnail, name, state, isolation badge and a menu of what can be done.
 * The menu's actions are the window's ("win."), which act on the selected tile.
 */
#pragma once

#include "vt-guest.h"

#include <gtk/gtk.h>

#define VT_TYPE_GUEST_TILE (vt_guest_tile_get_type ())
G_DECLARE_FINAL_TYPE (VtGuestTile, vt_guest_tile, VT, GUEST_TILE, GtkFlowBoxChild)

GtkWidget *vt_guest_tile_new (VtGuest *guest);
VtGuest *vt_guest_tile_get_guest (VtGuestTile *self);

/* Whether the name contains the text, case and accents ignored. */
gboolean vt_guest_tile_matches (VtGuestTile *self, const char *text);
