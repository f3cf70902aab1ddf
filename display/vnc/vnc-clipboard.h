/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One VNC viewer's clipboard as a peer of the broker: classic cut texts, and the extended clipboard
 * for viewers that know it. At most one text each way is kept for it. Main thread only.
 */
#pragma once

#include "clipboard/clipboard.h"

typedef struct _VncClipboard VncClipboard;

/* `ready` is called when there is something to put; it may free this. */
VncClipboard *vnc_clipboard_new (Clipboard *clipboard,
                                 void (*ready) (gpointer user_data),
                                 gpointer user_data);
void vnc_clipboard_free (VncClipboard *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VncClipboard, vnc_clipboard_free)

/* The viewer knows the extended clipboard, or does not any more. */
void vnc_clipboard_set_extended (VncClipboard *self, gboolean extended);

/* A message of so many bytes begins. FALSE: nobody may have it; pass over them. */
gboolean vnc_clipboard_begin (VncClipboard *self, gsize size, gboolean extended);
/* The next bytes of it, not more than there are to come. FALSE if the viewer broke the protocol. */
gboolean vnc_clipboard_feed (VncClipboard *self, const guint8 *data, gsize size);

/* Appends what is to be sent now, whole messages. FALSE: nothing. */
gboolean vnc_clipboard_put (VncClipboard *self, GByteArray *out);
