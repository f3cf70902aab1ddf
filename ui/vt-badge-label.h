/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The isolation badge of a guest: icon, colour and words, never the colour alone. Hidden while the
 * guest does not run. Keeps itself up to date.
 */
#pragma once

#include "vt-guest.h"

#include <gtk/gtk.h>

#define VT_TYPE_BADGE_LABEL (vt_badge_label_get_type ())
G_DECLARE_FINAL_TYPE (VtBadgeLabel, vt_badge_label, VT, BADGE_LABEL, GtkBox)

GtkWidget *vt_badge_label_new (void);
void vt_badge_label_set_guest (VtBadgeLabel *self, VtGuest *guest);
