/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Sharing a running guest's console with other machines: what is shared, who looks on, and a form
 * for another share.
 */
#pragma once

#include "vt-guest.h"

#include <handy.h>

#define VT_TYPE_SHARE_DIALOG (vt_share_dialog_get_type ())
G_DECLARE_FINAL_TYPE (VtShareDialog, vt_share_dialog, VT, SHARE_DIALOG, HdyWindow)

VtShareDialog *vt_share_dialog_new (GtkWindow *parent, VtGuest *guest);
