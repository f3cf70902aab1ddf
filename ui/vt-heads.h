/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The windows of a guest's further displays, on behalf of the main window that shows the guest:
 * opened and closed from its menu, or opened when the guest lights a display.
 *
 * Signal: "changed" () vt_heads_get_open has another answer.
 */
#pragma once

#include "vt-clipboard.h"
#include "vt-guest.h"

#include <gtk/gtk.h>

#define VT_TYPE_HEADS (vt_heads_get_type ())
G_DECLARE_FINAL_TYPE (VtHeads, vt_heads, VT, HEADS, GObject)

/* `owner` outlives it; the clipboard is that of whichever guest it shows. */
VtHeads *vt_heads_new (GtkApplicationWindow *owner, VtClipboard *clipboard);

/* Closes the windows of the guest before, whose displays stay as they are. NULL: none. */
void vt_heads_set_guest (VtHeads *self, VtGuest *guest);

/* Which the guest drives now; opens windows for those if that is wanted, once each: one that the
 * user closed stays closed, whatever the guest does. */
void vt_heads_take_lit (VtHeads *self, guint n_heads, guint32 lit);

/* Closing one as a user does, which unplugs the display, or opening it. From 0; never the first. */
void vt_heads_set_open (VtHeads *self, guint head, gboolean open);
gboolean vt_heads_get_open (VtHeads *self, guint head);

void vt_heads_set_automatic (VtHeads *self, gboolean automatic);
