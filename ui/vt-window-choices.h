/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Those of the window's actions that have a state: what a menu shows with a mark. Part of
 * vt-window-actions.h, which calls this.
 */
#pragma once

#include "vt-window.h"

void vt_window_choices_add (VtWindow *self);

/* Shows what the guest (NULL: there is none) has now, and takes away what it cannot have. */
void vt_window_choices_update (VtWindow *self, VtGuest *guest);
