/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The settings of a guest: a draft of its definition, each change checked as the file would be,
 * written as a whole by Save. To be read only while the guest runs.
 */
#pragma once

#include "vt-guest.h"

#include <handy.h>

#define VT_TYPE_SETTINGS (vt_settings_get_type ())
G_DECLARE_FINAL_TYPE (VtSettings, vt_settings, VT, SETTINGS, HdyWindow)

VtSettings *vt_settings_new (GtkWindow *parent, VtGuest *guest);
