/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Joins the desktop's clipboard to a guest's while that guest's console has the keyboard focus, and
 * asks the person about each passage where the policy says so. Shows nothing otherwise.
 *
 * The desktop's text is offered to the guest and read only when the guest pastes; the guest's text is
 * taken when it is copied, for a later paste happens where the console has no focus.
 *
 * Property: "policy" uint (ClipboardPolicy, read, notifies).
 * Signals: "answered" ()              a question was answered; give the console the focus
 *          "message" (const char *text)  something the person should know
 */
#pragma once

#include "clipboard-policy.h"
#include "vt-console.h"

#define VT_TYPE_CLIPBOARD_BAR (vt_clipboard_bar_get_type ())
G_DECLARE_FINAL_TYPE (VtClipboardBar, vt_clipboard_bar, VT, CLIPBOARD_BAR, GtkBin)

/* Whose focus counts. Once; borrowed, must outlive the bar's map. */
void vt_clipboard_bar_set_console (VtClipboardBar *self, VtConsole *console);
/* NULL: no guest. */
void vt_clipboard_bar_set_client (VtClipboardBar *self, VtGlassClient *client);
void vt_clipboard_bar_set_guest_name (VtClipboardBar *self, const char *name);
ClipboardPolicy vt_clipboard_bar_get_policy (VtClipboardBar *self);

/* Puts the focus on the question, if there is one. */
gboolean vt_clipboard_bar_focus (VtClipboardBar *self);
