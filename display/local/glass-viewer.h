/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One local front end on its socket: what it has been shown, what it has yet to be told, what it
 * holds down. Nothing is queued for it: all that it has missed is a few flags and one map of tiles,
 * sent when it reads and has acknowledged. Main thread only.
 */
#pragma once

#include "clipboard/clipboard.h"
#include "heads.h"
#include "sound/sound.h"

/* How long it may take to say HELLO. */
#define GLASS_HELLO_SECONDS 10
/* Packets taken from one viewer before the others have their turn. */
#define GLASS_READ_BURST 64
/* Bytes that the kernel may hold for a viewer that does not read. Small, because each packet may
 * pin a frame or a cursor. */
#define GLASS_SEND_BUFFER 8192

typedef struct _GlassViewer GlassViewer;

/* What a viewer needs of its server. */
typedef struct
{
  Heads *heads;
  Clipboard *clipboard;
  Sound *sound;
  QemuInput *(*get_input) (gpointer user_data); /* NULL: QEMU is not linked yet */
  void (*welcomed) (gpointer user_data);
  void (*gone) (GlassViewer *viewer, gpointer user_data); /* must free it */
  gpointer user_data;
} GlassViewerHost;

/* Takes the socket, which is non-blocking. `host` outlives the viewer. */
GlassViewer *glass_viewer_new (int socket, const GlassViewerHost *host);
void glass_viewer_free (GlassViewer *viewer);

/* NULL before its HELLO. */
Head *glass_viewer_get_head (GlassViewer *viewer);
/* Its head's news are new: merges them and sends what can be sent. May call host->gone. */
void glass_viewer_update (GlassViewer *viewer);
/* So is what is to be said of the heads. May call host->gone. */
void glass_viewer_update_heads (GlassViewer *viewer);

/* Reads on, if its input was too much for QEMU to take. */
void glass_viewer_resume (GlassViewer *viewer);

gboolean glass_viewer_is_welcomed (GlassViewer *viewer);
