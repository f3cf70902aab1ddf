/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The settings of a guest: a draft of its definition, each change checked as the file would be,
 * written as a whole by Save. While the guest runs, what can change then takes effect at once by
 * Save, and the rest is to be read only.
 */
#pragma once

#include "vt-library.h"

#include <handy.h>

#define VT_TYPE_SETTINGS (vt_settings_get_type ())
G_DECLARE_FINAL_TYPE (VtSettings, vt_settings, VT, SETTINGS, HdyWindow)

/* `library` says what the host can hold; borrowed. */
VtSettings *vt_settings_new (GtkWindow *parent, VtLibrary *library, VtGuest *guest);
