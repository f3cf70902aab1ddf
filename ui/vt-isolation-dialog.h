/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What isolates a running guest, process by process, as its vmm reads it from the kernel.
 */
#pragma once

#include "vt-guest.h"

#include <handy.h>

#define VT_TYPE_ISOLATION_DIALOG (vt_isolation_dialog_get_type ())
G_DECLARE_FINAL_TYPE (VtIsolationDialog, vt_isolation_dialog, VT, ISOLATION_DIALOG, HdyWindow)

VtIsolationDialog *vt_isolation_dialog_new (GtkWindow *parent, VtGuest *guest);
