/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The first page: all guests as tiles, search, and what to do when there is none.
 *
 * Signals: "activate-guest" (VtGuest) opened by Return or double click; "selection" () changed.
 */
#pragma once

#include "vt-library.h"
#include "vt-message-bar.h"

#include <gtk/gtk.h>

#define VT_TYPE_LIBRARY_PAGE (vt_library_page_get_type ())
G_DECLARE_FINAL_TYPE (VtLibraryPage, vt_library_page, VT, LIBRARY_PAGE, GtkBox)

void vt_library_page_set_library (VtLibraryPage *self, VtLibrary *library);

/* The chosen guest, or NULL. Borrowed. */
VtGuest *vt_library_page_get_selected (VtLibraryPage *self);
void vt_library_page_select (VtLibraryPage *self, VtGuest *guest);

void vt_library_page_search (VtLibraryPage *self);
/* Offers a key press that nothing else wanted: typing starts a search. */
gboolean vt_library_page_handle_key (VtLibraryPage *self, GdkEventKey *event);
void vt_library_page_popup_menu (VtLibraryPage *self);
VtMessageBar *vt_library_page_get_messages (VtLibraryPage *self);
