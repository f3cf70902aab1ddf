/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The New Guest assistant: one page, everything preset, so that choosing a file is all that is left
 * to do.
 *
 * Signals: "created" (VtGuest guest, boolean start), then it closes.
 */
#pragma once

#include "vt-library.h"

#include <handy.h>

#define VT_TYPE_NEW_GUEST (vt_new_guest_get_type ())
G_DECLARE_FINAL_TYPE (VtNewGuest, vt_new_guest, VT, NEW_GUEST, HdyWindow)

VtNewGuest *vt_new_guest_new (GtkWindow *parent, VtLibrary *library);
void vt_new_guest_set_iso (VtNewGuest *self, const char *path);
