/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Types the text of the desktop's clipboard on a guest's keyboard, for guests without an agent, and
 * shows how far it is. Its button stops it, and has the keyboard meanwhile: nothing that is pressed
 * gets between what is typed.
 *
 * Signals: "ended" ()                    typed, stopped or refused; give the console the focus
 *          "message" (const char *text)  why not all was typed
 */
#pragma once

#include "vt-glass-client.h"

#include <gtk/gtk.h>

/* Characters at a time: some minutes of a keyboard's pace. */
#define VT_TYPING_MAX 4096u

#define VT_TYPE_TYPING_BAR (vt_typing_bar_get_type ())
G_DECLARE_FINAL_TYPE (VtTypingBar, vt_typing_bar, VT, TYPING_BAR, GtkBin)

/* NULL: no guest; what is being typed ends. */
void vt_typing_bar_set_client (VtTypingBar *self, VtGlassClient *client);

/* Nothing if it is typing already. */
void vt_typing_bar_begin (VtTypingBar *self);
/* FALSE: it is not typing. */
gboolean vt_typing_bar_stop (VtTypingBar *self);
