/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a guest's page says while there is no screen to show: that it starts, is off, has ended,
 * failed or cannot be reached, why, and the buttons for what can be done about it.
 *
 * Signals, one a button: "start", "force-start", "retry", "cancel". Force Off and Settings are the
 * window's actions.
 */
#pragma once

#include "vt-guest.h"

#include <gtk/gtk.h>

#define VT_TYPE_GUEST_STATUS (vt_guest_status_get_type ())
G_DECLARE_FINAL_TYPE (VtGuestStatus, vt_guest_status, VT, GUEST_STATUS, GtkBin)

void vt_guest_status_show_starting (VtGuestStatus *self,
                                    VtGuest *guest,
                                    const char *step,
                                    gboolean can_cancel);
/* `error`: why a start failed; `can_force`: it can be overruled. */
void vt_guest_status_show_start_error (VtGuestStatus *self,
                                       VtGuest *guest,
                                       const char *error,
                                       gboolean can_force);
/* `ended`: why it ended while it was watched, or NULL. */
void vt_guest_status_show_stopped (VtGuestStatus *self, VtGuest *guest, const char *ended);
void vt_guest_status_show_lost (VtGuestStatus *self, const char *reason);
/* A guest that is VT_GUEST_FAILED or VT_GUEST_BROKEN. */
void vt_guest_status_show_bad (VtGuestStatus *self, VtGuest *guest);

/* The screen is shown instead: nothing may move unseen (a spinner wakes the window 60 times a
 * second, mapped or not). */
void vt_guest_status_rest (VtGuestStatus *self);

/* Puts the focus on the button that matters. */
void vt_guest_status_focus (VtGuestStatus *self);
