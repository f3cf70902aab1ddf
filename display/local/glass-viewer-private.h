/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the two halves of a local viewer's session share: glass-viewer.c (what it says) and
 * glass-tell.c (what it is told). Not for anyone else.
 */
#pragma once

#include "local/glass-clipboard.h"
#include "local/glass-sound.h"
#include "local/glass-viewer.h"

/* What is still to be told, in the order of telling. */
typedef enum
{
  TELL_WELCOME = 1 << 0,
  TELL_FRAME = 1 << 1,
  TELL_POINTER_MODE = 1 << 2,
  TELL_CURSOR = 1 << 3,
  TELL_CURSOR_POSITION = 1 << 4,
  TELL_LEDS = 1 << 5,
  TELL_DAMAGE = 1 << 6,
  TELL_SOUND_STATE = 1 << 7,
  TELL_SOUND = 1 << 8,
  TELL_HEADS = 1 << 9,
  TELL_CLIPBOARD = 1 << 10,
} GlassTell;
#define TELL_ALL                                                                                   \
  (TELL_WELCOME | TELL_HEADS | TELL_FRAME | TELL_POINTER_MODE | TELL_CURSOR |                      \
   TELL_CURSOR_POSITION | TELL_LEDS)

struct _GlassViewer
{
  const GlassViewerHost *host; /* borrowed */
  int socket;                  /* owned */
  guint read_source;
  guint write_source; /* 0: the socket takes what we send */
  guint hello_timer;
  gboolean welcomed;
  Head *head;                /* borrowed; NULL: not welcomed */
  gboolean left;             /* nobody hears us; what it typed before leaving is still to be read */
  InputSource *input;        /* owned; NULL before its first input */
  GlassClipboard *clipboard; /* owned; NULL before HELLO */

  GlassSound sound;
  guint32 sound_told; /* GlassSoundState */

  GlassTell tell;
  guint32 serial;           /* of the last DAMAGE or SCANOUT */
  gboolean unacknowledged;  /* that serial has not come back */
  gboolean scanout_unacked; /* and it was a SCANOUT: until then no other, which would pin memory */
  guint64 generation;       /* of the frame it has */
  Tiles damage;             /* in that frame, not yet told */
  guint n_updates;
};

/* --- glass-tell.c --- */

/* Sends until there is nothing more, or the viewer must read or acknowledge first. FALSE if it is
 * gone. One that has left goes when all that it sent is read: vitrinectl types and leaves. */
gboolean glass_tell (GlassViewer *viewer);
/* There is sound, or another state of it, for the GlassViewer; there is news of the clipboard. */
void glass_tell_sound (gpointer viewer);
void glass_tell_clipboard (gpointer viewer);
