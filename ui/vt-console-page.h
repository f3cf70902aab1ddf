/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One guest's page: its screen while it runs, and otherwise what happened and what can be done.
 * Starts the guest, follows its display through restarts, keeps the header out of the way in full
 * screen.
 *
 * Signals: "heads" () the console's client tells anew which displays the guest has and drives;
 * "problem" (string text) something to tell that does not belong on this page any more.
 */
#pragma once

#include "vt-clipboard.h"
#include "vt-console.h"
#include "vt-guest.h"
#include "vt-message-bar.h"
#include "vt-sound-controls.h"

#define VT_TYPE_CONSOLE_PAGE (vt_console_page_get_type ())
G_DECLARE_FINAL_TYPE (VtConsolePage, vt_console_page, VT, CONSOLE_PAGE, GtkBin)

/* NULL: the page is left; the display connection goes. */
void vt_console_page_set_guest (VtConsolePage *self, VtGuest *guest);
VtGuest *vt_console_page_get_guest (VtConsolePage *self);
VtConsole *vt_console_page_get_console (VtConsolePage *self);
/* For the windows of the guest's further displays, too. */
VtClipboard *vt_console_page_get_clipboard (VtConsolePage *self);
VtSoundControls *vt_console_page_get_sound (VtConsolePage *self);
VtMessageBar *vt_console_page_get_messages (VtConsolePage *self);

/* `force`: even if less memory is free than the guest wants. */
void vt_console_page_start (VtConsolePage *self, gboolean force);
void vt_console_page_cancel_start (VtConsolePage *self);

void vt_console_page_set_fullscreen (VtConsolePage *self, gboolean fullscreen);
/* Puts the focus on the screen, or on the button that matters now. */
void vt_console_page_focus (VtConsolePage *self);
/* The desktop clipboard's text, as keys. */
void vt_console_page_type_clipboard (VtConsolePage *self);
/* FALSE: nothing is being typed. */
gboolean vt_console_page_stop_typing (VtConsolePage *self);
void vt_console_page_popup_menu (VtConsolePage *self);
