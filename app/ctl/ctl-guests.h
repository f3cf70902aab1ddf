/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the commands share: finding guests, waiting for asynchronous calls, and being interrupted.
 */
#pragma once

#include "ctl-parse.h"
#include "vt-library.h"

/* All guests, read at the first call. Borrowed; NULL with an error. */
VtLibrary *ctl_library (GError **error);

/* The guest that the call's first argument names, its state known. Borrowed. */
VtGuest *ctl_guest (const CtlCall *call, GError **error);

/* The same, but fails unless a vmm serves the guest. */
VtGuest *ctl_running_guest (const CtlCall *call, GError **error);

gboolean ctl_is_running (VtGuest *guest);

/* Once the states of all guests are known. */
gboolean ctl_settle_all (VtLibrary *library, GError **error);

/* An asynchronous call made to look like a plain one:
 *   g_auto (CtlWait) wait = { NULL };
 *   foo_async (…, ctl_wait_done, &wait);
 *   return foo_finish (…, ctl_wait_result (&wait), error); */
typedef struct
{
  GAsyncResult *result;
} CtlWait;
void ctl_wait_done (GObject *source, GAsyncResult *result, gpointer wait);
GAsyncResult *ctl_wait_result (CtlWait *wait);
void ctl_wait_clear (CtlWait *wait);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CtlWait, ctl_wait_clear)

/* Cancelled when the person presses Ctrl-C or the program is asked to end. Owned here. */
GCancellable *ctl_interrupt (void);
