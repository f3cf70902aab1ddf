/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A guest's display as the commands use it: connected once more if the display process is replaced
 * meanwhile, waited for, and paced.
 */
#pragma once

#include "ctl-parse.h"
#include "vt-guest.h"

typedef struct _CtlDisplay CtlDisplay;

/* Connects to the head that --head names and waits until the display process has answered. Fails if
 * the guest has no such head. */
CtlDisplay *ctl_display_open (VtGuest *guest, const CtlCall *call, GError **error);
void ctl_display_free (CtlDisplay *display);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CtlDisplay, ctl_display_free)

/* Borrowed; another one after a wait, in which the display process may have been replaced. */
VtGlassClient *ctl_display_client (CtlDisplay *display);

/* Until the guest shows a picture on that head: a few seconds at most. */
gboolean ctl_display_wait_picture (CtlDisplay *display, GError **error);

/* Until the guest takes absolute places of the pointer: a few seconds at most. */
gboolean ctl_display_wait_absolute (CtlDisplay *display, GError **error);

/* Whether it has ended because the guest has, perhaps by what was sent. */
gboolean ctl_display_is_over (CtlDisplay *display);

/* Before an event that matters: fails if the connection or the guest has ended, or if what was sent
 * is not taken. A paused guest takes nothing, and QEMU drops what is sent to it: says so, once, and
 * waits until it goes on. */
gboolean ctl_display_wait_awake (CtlDisplay *display, GError **error);

/* After each event: gives the guest the time that a real keyboard would, and waits until QEMU has
 * taken nearly all of what was sent: it may stand still, and the guest's keyboard holds few keys.
 */
void ctl_display_pace (CtlDisplay *display);

/* After the last event: until the display process has taken all of them. A guest that has ended by
 * them is no failure. */
gboolean ctl_display_flush (CtlDisplay *display, GError **error);
