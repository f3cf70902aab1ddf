/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A connection to a running guest's vmm (common/ipc/org.vitrine.Guest1.xml).
 */
#pragma once

#include "vt-guest-dbus.h"

#include <gio/gio.h>

/* A vmm that takes longer does not answer. */
#define VT_CONTROL_TIMEOUT_MS 5000

/* Connects and reads every property. Errors as of unix_connect; G_IO_ERROR_TIMED_OUT. */
void vt_control_connect_async (const char *uuid,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer data);
VtDBusGuest1 *vt_control_connect_finish (GAsyncResult *result, GError **error);

/* What to say, and advise, of a vmm that does not answer in time. */
const char *vt_control_describe_silence (void);
