/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The isolation badge of a guest: icon, colour and words, never the colour alone. Hidden while the
 * guest does not run. Keeps itself up to date.
 */
#pragma once

#include "vt-guest.h"

#include <gtk/gtk.h>

#define VT_TYPE_BADGE (vt_badge_get_type ())
G_DECLARE_FINAL_TYPE (VtBadgeWidget, vt_badge, VT, BADGE, GtkBox)

GtkWidget *vt_badge_new (void);
void vt_badge_set_guest (VtBadgeWidget *self, VtGuest *guest);
