/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The picture as VNC viewers get it, and the list of their sessions: the shared frame itself,
 * mapped only while there are sessions. A listener's thread draws into it meanwhile, and encoders
 * look at a pixel more than once and must see the same each time: so they are given a copy of each
 * piece, small enough for the processor's cache (pieces.h). Main thread only.
 */
#pragma once

#include "clipboard/clipboard.h"
#include "frame/screen.h"
#include "qemu/qemu-input.h"
#include "sound/sound.h"
#include "vnc/piece-cache.h"

typedef struct _VncServer VncServer;
typedef struct _VncSession VncSession;

typedef struct
{
  QemuInput *(*get_input) (gpointer user_data); /* NULL: QEMU is not linked yet */
  gpointer user_data;
  Sound *sound;
  Clipboard *clipboard;
} VncServerHost;

/* One for each head. All arguments outlive it. */
VncServer *vnc_server_new (Encoders *encoders,
                           Screen *screen,
                           guint head,
                           const VncServerHost *host);
void vnc_server_free (VncServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VncServer, vnc_server_free)

/* The screen has news. */
void vnc_server_update (VncServer *server, const ScreenNews *news);

/* --- For sessions --- */

/* Never without a size: a blank screen is a black one. */
typedef struct
{
  guint32 width;
  guint32 height;
  const guint8 *pixels; /* XRGB8888, width * 4 bytes a row, changing at any time; NULL: black */
  const TileColours *colours; /* of their tiles; NULL: unknown */
  int file;                   /* the memory that they are in; -1 with NULL */
  gboolean absolute;
  gboolean lit; /* the guest drives this head */
  guint32 leds;
} VncView;

/* Borrowed; its contents change with vnc_server_update (). */
const VncView *vnc_server_get_view (VncServer *server);
Encoders *vnc_server_get_encoders (VncServer *server);
/* NULL while there is one viewer only. */
PieceCache *vnc_server_get_cache (VncServer *server);
Screen *vnc_server_get_screen (VncServer *server);
QemuInput *vnc_server_get_input (VncServer *server);
guint vnc_server_get_head (VncServer *server);
/* The guest's, whichever head a viewer looks at. */
Sound *vnc_server_get_sound (VncServer *server);
Clipboard *vnc_server_get_clipboard (VncServer *server);

void vnc_server_add (VncServer *server, VncSession *session);
void vnc_server_remove (VncServer *server, VncSession *session);
