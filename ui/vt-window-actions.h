/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The window's actions. Names and the states of a guest in which each is possible are tables in
 * vt-window-actions.c, actions with a state in vt-window-choices.c, shortcuts in
 * vt-window-accels.c.
 */
#pragma once

#include "vt-window.h"

void vt_window_actions_add (VtWindow *self);

/* Enables what the current guest allows now. */
void vt_window_actions_update (VtWindow *self);

/* The shortcuts of every "win." and "app." action. */
void vt_window_actions_set_accels (GtkApplication *application);
