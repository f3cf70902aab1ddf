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

/* A text of the clipboard that took longer than this is followed by a rest, ten times as long, in
 * which the viewer is not read: unpacking and packing are no large part of anyone's time. */
#define VNC_TEXT_FREE_MICROSECONDS 1000
#define VNC_TEXT_REST_TIMES 10
#define VNC_TEXT_REST_MS_MAX 2000

typedef struct
{
  void (*sent) (gpointer user_data);   /* after each time that it has sent something */
  void (*rested) (gpointer user_data); /* it is not busy any more; may free it */
} VncSessionHost;

/* Sends ServerInit, with the `name` of what is seen. `server`, `stream` and `host` outlive it. */
VncSession *vnc_session_new (VncServer *server,
                             Stream *stream,
                             const char *name,
                             gboolean view_only,
                             const VncSessionHost *host,
                             gpointer user_data);
void vnc_session_free (VncSession *session);

/* Takes one message at the front of the bytes: its length goes to *ret_used, 0 if it is not whole
 * or it is busy. FALSE if the viewer broke the protocol. */
gboolean vnc_session_take (VncSession *session, const guint8 *data, gsize size, gsize *ret_used);
/* QEMU cannot keep up with it, or it has a rest: read this viewer no further. */
gboolean vnc_session_is_busy (VncSession *session);

/* Sends what there is to send, if the viewer has taken all that was sent before. */
void vnc_session_pump (VncSession *session);

/* The view has changed: another picture, or `damage` (NULL: none) of the present one. */
void vnc_session_update (VncSession *session,
                         ScreenChanges changes,
                         gboolean replaced,
                         const Tiles *damage);
