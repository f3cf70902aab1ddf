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
/* The same, with a button for the way on: `label` is a mnemonic, `action` one as "win.resume". */
void vt_message_bar_offer (VtMessageBar *self,
                           GtkMessageType type,
                           const char *text,
                           const char *label,
                           const char *action);
void vt_message_bar_hide (VtMessageBar *self);
/* Hides it if it still says that. */
void vt_message_bar_withdraw (VtMessageBar *self, const char *text);
