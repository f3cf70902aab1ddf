/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the two parts of a session's server share: spice-console.c (for the session) and
 * spice-card.c (the graphics card that the library sees, and its screen). Not for anyone else.
 */
#pragma once

#include "spice/spice-agent.h"
#include "spice/spice-console.h"
#include "spice/spice-cursor.h"
#include "spice/spice-input.h"
#include "spice/spice-pieces.h"
#include "spice/spice-sound.h"

typedef enum
{
  SCREEN_NONE,     /* there is no screen */
  SCREEN_CREATING, /* the worker has been told */
  SCREEN_WAITING,  /* for a viewer to open its display channel */
  SCREEN_SHOWING,  /* the worker has been told to, as it is now */
  SCREEN_OPEN,     /* changes follow */
  SCREEN_DRAINING, /* it is to go once nothing is on its way */
  SCREEN_CLOSING,  /* the worker has been told */
} SpiceScreenState;

struct _SpiceConsole
{
  const SpiceConsoleHost *host; /* borrowed */
  SpiceServer *server;          /* owned */
  QXLInstance qxl;
  SpiceInput *input;   /* owned */
  SpiceAgent *agent;   /* owned */
  SpiceSound *sound;   /* owned */
  SpicePieces *pieces; /* owned */
  SpiceCursor *cursor; /* owned */

  SpiceScreenState state;
  gboolean started;      /* the viewer has a display channel */
  gboolean with_viewer;  /* it had when the screen was made, and was sent it */
  SpicePicture *picture; /* owned; what is shown or to be shown */
  guint32 width;         /* of the library's screen */
  guint32 height;
  SpiceCanvas canvas;

  GArray *links; /* of Link */

  gint closing;  /* atomic: the worker is to be given nothing any more */
  GSource *wake; /* owned; the worker has news for the main loop */
  gint done;     /* atomic: a Cookie, 0: none */
};

/* --- spice-card.c --- */

/* Gives the server its card. */
void spice_card_add (SpiceConsole *console);
/* The screen goes on to what it is to be, where it can. */
void spice_card_step (SpiceConsole *console);
/* Whether the screen is of the picture's size. */
gboolean spice_card_fits (SpiceConsole *console);
/* A source's function, of the SpiceConsole: the worker has news. */
gboolean spice_card_woken (gpointer console);
