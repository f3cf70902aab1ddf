/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A small picture of a guest's screen: live while the guest runs and the widget is on screen, at
 * most once a second; the last one kept on disk otherwise. When a guest ends while it is watched,
 * its last frame becomes the kept picture.
 */
#pragma once

#include "vt-guest.h"

#include <gtk/gtk.h>

#define VT_TYPE_THUMBNAIL (vt_thumbnail_get_type ())
G_DECLARE_FINAL_TYPE (VtThumbnail, vt_thumbnail, VT, THUMBNAIL, GtkDrawingArea)

void vt_thumbnail_set_guest (VtThumbnail *self, VtGuest *guest);

/* Keeps the last frame of a connection that has closed as the guest's picture. */
void vt_thumbnail_keep (VtGuest *guest, VtGlassClient *client);
