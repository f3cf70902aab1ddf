/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The window of one of a guest's further displays ("heads"): its screen, or a page that says that
 * it is off. Opening it plugs a monitor of the window's size into the guest; closing it by the
 * user's hand unplugs it.
 */
#pragma once

#include "vt-clipboard.h"
#include "vt-guest.h"

#include <handy.h>

#define VT_TYPE_HEAD_WINDOW (vt_head_window_get_type ())
G_DECLARE_FINAL_TYPE (VtHeadWindow, vt_head_window, VT, HEAD_WINDOW, HdyApplicationWindow)

/* `head` from 0; never the first, which is that of the main window `owner`. What is copied and pasted
 * passes by the one clipboard of the guest, whose policy is the owner's action. */
VtHeadWindow *vt_head_window_new (GtkApplicationWindow *owner,
                                  VtGuest *guest,
                                  guint head,
                                  VtClipboard *clipboard);
gboolean vt_head_window_is_of (VtHeadWindow *self, VtGuest *guest, guint head);
