/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The application: one instance a session where there is a session bus, its command line
 * (`vitrine [NAME]`, `vitrine --new FILE.iso`), its windows. Closing all windows ends it; guests go
 * on.
 */
#pragma once

#include <gtk/gtk.h>

#define VT_TYPE_APPLICATION (vt_application_get_type ())
G_DECLARE_FINAL_TYPE (VtApplication, vt_application, VT, APPLICATION, GtkApplication)

VtApplication *vt_application_new (void);
