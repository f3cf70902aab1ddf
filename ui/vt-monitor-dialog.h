/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A QMP console on a running guest, through vmm's allow-list. What the list refuses says why.
 */
#pragma once

#include "vt-guest.h"

#include <handy.h>

#define VT_TYPE_MONITOR_DIALOG (vt_monitor_dialog_get_type ())
G_DECLARE_FINAL_TYPE (VtMonitorDialog, vt_monitor_dialog, VT, MONITOR_DIALOG, HdyWindow)

VtMonitorDialog *vt_monitor_dialog_new (GtkWindow *parent, VtGuest *guest);
