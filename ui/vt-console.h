/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The screen of a guest: shows the frame of a glass client and sends it keys and pointer. Sharp
 * where the frame fits, scaled down where it does not; dark around it. Repaints what changed only.
 *
 * Signals:
 *   "leave" ()         the user pressed Ctrl+Alt: the grab is gone, move the focus elsewhere
 *   "fullscreen" ()    F11
 *   "frame-size" (uint width, uint height)  guest pixels; 0, 0: no picture
 * Properties: "grabbed" boolean (read, notifies).
 */
#pragma once

#include "vt-glass-client.h"

#include <gtk/gtk.h>

#define VT_TYPE_CONSOLE (vt_console_get_type ())
G_DECLARE_FINAL_TYPE (VtConsole, vt_console, VT, CONSOLE, GtkDrawingArea)

/* Input goes to the new client at once; the old picture stays until the new one has a frame. NULL:
 * no guest, no picture. */
void vt_console_set_client (VtConsole *self, VtGlassClient *client);
VtGlassClient *vt_console_get_client (VtConsole *self);

/* For screen readers. */
void vt_console_set_guest_name (VtConsole *self, const char *name);

/* Whether the frame is enlarged to fill the widget. */
void vt_console_set_fit (VtConsole *self, gboolean fit);
gboolean vt_console_get_fit (VtConsole *self);

/* Whether the guest is asked to take the widget's size. */
void vt_console_set_follow (VtConsole *self, gboolean follow);

/* All keys and the pointer to the guest, until Ctrl+Alt. */
void vt_console_set_grabbed (VtConsole *self, gboolean grabbed);
gboolean vt_console_get_grabbed (VtConsole *self);

/* Presses and releases "ctrl-alt-delete" and its like (app/keymap.h). */
gboolean vt_console_send_chord (VtConsole *self, const char *chord, GError **error);
