/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A bar for one message under a page's header: an error where it happened, or a note. Closed by its
 * button or Escape; a newer message replaces an older one.
 */
#pragma once

#include <gtk/gtk.h>

#define VT_TYPE_MESSAGE_BAR (vt_message_bar_get_type ())
G_DECLARE_FINAL_TYPE (VtMessageBar, vt_message_bar, VT, MESSAGE_BAR, GtkBin)

/* `text` is plain text. GTK_MESSAGE_ERROR, _WARNING or _INFO. */
void vt_message_bar_show (VtMessageBar *self, GtkMessageType type, const char *text);
void vt_message_bar_hide (VtMessageBar *self);
/* Hides it if it still says that. */
void vt_message_bar_withdraw (VtMessageBar *self, const char *text);
