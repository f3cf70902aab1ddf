/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What there is to tell of a guest beside its screen, for as long as it is true: why it is paused,
 * what is wrong with it, who can see its console and who asks to.
 */
#pragma once

#include "vt-guest.h"
#include "vt-message-bar.h"

#define VT_TYPE_GUEST_NEWS (vt_guest_news_get_type ())
G_DECLARE_FINAL_TYPE (VtGuestNews, vt_guest_news, VT, GUEST_NEWS, GObject)

/* Tells it by these widgets, which outlive the guest that is set: the button is there while the
 * console is shared, and says by its label with how many. */
VtGuestNews *vt_guest_news_new (VtMessageBar *messages, GtkButton *shared, GtkLabel *viewers);

/* NULL: none. What was told of another guest is taken back. */
void vt_guest_news_set_guest (VtGuestNews *self, VtGuest *guest);
