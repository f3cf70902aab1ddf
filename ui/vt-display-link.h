/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Keeps a connection to a guest's display for as long as it is wanted and the guest runs. When the
 * display process is replaced, connects anew at once; where that fails, tries again a bounded
 * number of times (nothing polls for ever).
 *
 * Signals:
 *   "client" ()  vt_display_link_get_client has another answer, NULL included
 *   "lost" (const char *reason)  given up while the guest runs; vt_display_link_retry starts anew
 */
#pragma once

#include "vt-guest.h"

#define VT_TYPE_DISPLAY_LINK (vt_display_link_get_type ())
G_DECLARE_FINAL_TYPE (VtDisplayLink, vt_display_link, VT, DISPLAY_LINK, GObject)

/* To one of the guest's heads, from 0. */
VtDisplayLink *vt_display_link_new (VtGuest *guest, guint head);
void vt_display_link_set_wanted (VtDisplayLink *self, gboolean wanted);
void vt_display_link_retry (VtDisplayLink *self);

/* Borrowed. A client whose connection has closed stays, with its last frame, until another takes
 * its place or the guest is no longer live. */
VtGlassClient *vt_display_link_get_client (VtDisplayLink *self);
