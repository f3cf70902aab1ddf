/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A local front end's part of the clipboard: the glass protocol's clipboard messages on one side, the
 * broker on the other. Nothing is queued: each kind of message has one place, the newest counts.
 * Main thread only.
 */
#pragma once

#include "clipboard/clipboard.h"
#include "ipc/glass-wire.h"

typedef struct _GlassClipboard GlassClipboard;

/* The next message to be sent, with a descriptor that stays ours (-1: none). */
typedef struct
{
  union
  {
    guint32 type;
    GlassClipboardOffer offer;
    GlassClipboardWant want;
    GlassClipboardData data;
    GlassClipboardState state;
  };
  gsize size;
  int fd;
} GlassClipboardPacket;

/* `changed` is called when there is something to be sent; never from within a call. */
GlassClipboard *glass_clipboard_new (Clipboard *clipboard,
                                     void (*changed) (gpointer user_data),
                                     gpointer user_data);
void glass_clipboard_free (GlassClipboard *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GlassClipboard, glass_clipboard_free)

/* A checked message of the front end's, with its descriptor, which stays the caller's. FALSE if it
 * breaks the protocol. */
gboolean glass_clipboard_take (GlassClipboard *self, const GlassRequest *request, int fd);

/* FALSE if there is nothing to be sent. */
gboolean glass_clipboard_next (GlassClipboard *self, GlassClipboardPacket *ret_packet);
/* That packet has been sent. */
void glass_clipboard_sent (GlassClipboard *self);
