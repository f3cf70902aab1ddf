/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A VNC viewer that is in: what it has been shown, what it asked for, what it holds down. Nothing
 * is queued for it: an update is made piece by piece as the viewer takes it, and what changes
 * meanwhile is one map of tiles. Main thread only.
 */
#pragma once

#include "front/stream.h"
#include "vnc/vnc-server.h"

/* Encoding for one viewer before the others have their turn. */
#define VNC_TURN_MICROSECONDS 3000

/* Sends ServerInit. `server` and `stream` outlive it; `sent` is called after each time that it has
 * sent something. */
VncSession *vnc_session_new (VncServer *server,
                             Stream *stream,
                             gboolean view_only,
                             void (*sent) (gpointer user_data),
                             gpointer user_data);
void vnc_session_free (VncSession *session);

/* Takes one message at the front of the bytes: its length goes to *ret_used, 0 if it is not whole
 * or input is too much for QEMU. FALSE if the viewer broke the protocol. */
gboolean vnc_session_take (VncSession *session, const guint8 *data, gsize size, gsize *ret_used);
/* QEMU cannot keep up with it: read this viewer no further. */
gboolean vnc_session_is_busy (VncSession *session);

/* Sends what there is to send, if the viewer has taken all that was sent before. */
void vnc_session_pump (VncSession *session);

/* The view has changed: another picture, or `damage` (NULL: none) of the present one. */
void vnc_session_update (VncSession *session,
                         ScreenChanges changes,
                         gboolean replaced,
                         const Tiles *damage);
