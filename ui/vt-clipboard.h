/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Joins the desktop's clipboard to a guest's while one of that guest's consoles has the keyboard
 * focus. One for all windows of a guest: its displays share a clipboard, and what the guest itself
 * copied must not come back to it as the desktop's when the focus moves to its next display.
 *
 * What the desktop has is offered to the guest and read only when the guest pastes; what the guest has
 * is taken when it is copied, for a later paste happens where no console has the focus. Text passes,
 * and pictures as PNG, which no program of Vitrine's decodes.
 *
 * Signals: "changed" ()                  policy or question
 *          "message" (const char *text)  something the person should know
 */
#pragma once

#include "clipboard-policy.h"
#include "vt-console.h"

#define VT_TYPE_CLIPBOARD (vt_clipboard_get_type ())
G_DECLARE_FINAL_TYPE (VtClipboard, vt_clipboard, VT, CLIPBOARD, GObject)

VtClipboard *vt_clipboard_new (void);

/* One more whose focus counts, until it is destroyed. */
void vt_clipboard_add_console (VtClipboard *self, VtConsole *console);
/* NULL: no guest. */
void vt_clipboard_set_client (VtClipboard *self, VtGlassClient *client);

/* Which way it may pass, as the guest's vmm says; off at first. What the display process says can only
 * be stricter: it may have been taken over. */
void vt_clipboard_set_policy (VtClipboard *self, ClipboardPolicy policy);
ClipboardPolicy vt_clipboard_get_policy (VtClipboard *self);
/* The number of what a person is asked, and about which direction; 0: nothing. */
guint vt_clipboard_get_question (VtClipboard *self, ClipboardDirection *ret_direction);
/* Their answer to that number. The console should have the focus by then. */
void vt_clipboard_decide (VtClipboard *self, guint question, gboolean allow);
