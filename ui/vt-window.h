/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The main window: the library and one guest's page. Its actions ("win.") are in
 * vt-window-actions.c and act on the current guest: the page's, or the chosen one of the library.
 */
#pragma once

#include "vt-console-page.h"
#include "vt-heads.h"
#include "vt-library-page.h"
#include "vt-library.h"

#include <handy.h>

#define VT_TYPE_WINDOW (vt_window_get_type ())
G_DECLARE_FINAL_TYPE (VtWindow, vt_window, VT, WINDOW, HdyApplicationWindow)

VtWindow *vt_window_new (GtkApplication *application, VtLibrary *library);

/* The current guest, or NULL. Borrowed. */
VtGuest *vt_window_get_guest (VtWindow *self);
/* The guest whose page is shown, or NULL. Borrowed. */
VtGuest *vt_window_get_open_guest (VtWindow *self);
VtLibrary *vt_window_get_library (VtWindow *self);
VtConsolePage *vt_window_get_console_page (VtWindow *self);
VtLibraryPage *vt_window_get_library_page (VtWindow *self);
VtHeads *vt_window_get_heads (VtWindow *self);

void vt_window_open_guest (VtWindow *self, VtGuest *guest);
void vt_window_show_library (VtWindow *self);

/* The assistant, with this ISO chosen already unless NULL. */
void vt_window_new_guest (VtWindow *self, const char *iso);

gboolean vt_window_is_fullscreen (VtWindow *self);

/* A message on the page that is shown. */
void vt_window_report (VtWindow *self, GtkMessageType type, const char *text);
