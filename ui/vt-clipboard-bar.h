/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Asks the person about each passage between a guest's clipboard and the desktop's where the policy
 * says so; every window of the guest has one. Shows nothing otherwise.
 *
 * Signal: "answered" ()  a question was answered here; give this window's console the focus
 */
#pragma once

#include "vt-clipboard.h"

#define VT_TYPE_CLIPBOARD_BAR (vt_clipboard_bar_get_type ())
G_DECLARE_FINAL_TYPE (VtClipboardBar, vt_clipboard_bar, VT, CLIPBOARD_BAR, GtkBin)

/* Whose questions. Once. */
void vt_clipboard_bar_set_clipboard (VtClipboardBar *self, VtClipboard *clipboard);
void vt_clipboard_bar_set_guest_name (VtClipboardBar *self, const char *name);

/* Puts the focus on the question, if there is one. */
gboolean vt_clipboard_bar_focus (VtClipboardBar *self);
