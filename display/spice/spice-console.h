/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The console as one SPICE session sees it: a server of the library, with a screen, a keyboard and
 * a pointer. Each session has one of its own, and thereby a worker thread of its own: in the
 * library, viewers of one server wait for the slowest. Main thread only.
 */
#pragma once

#include "spice/spice-picture.h"
#include "clipboard/clipboard.h"
#include "qemu/qemu-input.h"
#include "sound/sound.h"

typedef struct _SpiceConsole SpiceConsole;

/* What all sessions share of the guest; all borrowed, and outliving them. */
typedef struct
{
  QemuInput *(*get_input) (gpointer user_data); /* NULL: QEMU is not linked yet */
  gpointer user_data;
  Clipboard *clipboard;
  Sound *sound;
  gboolean microphone; /* the guest may hear its viewers */
} SpiceMedia;

typedef struct
{
  const SpiceMedia *media;
  const char *name; /* for the viewer */
  Screen *screen;
  guint head; /* its number */
  gboolean view_only;
  gboolean slow; /* the way to the viewer is long: prefer fewer bytes to less work */
  /* Whether all that the library has sent has left for the viewer: only then is it asked to do what
   * it would wait for the viewer in. */
  gboolean (*is_quiet) (gpointer user_data);
  /* The viewer said to the agent what it may not; from the main loop. */
  void (*broken) (gpointer user_data);
  gpointer user_data;
} SpiceConsoleHost;

/* `host` outlives it; `picture` is the present one. NULL if the library cannot. */
SpiceConsole *spice_console_new (const SpiceConsoleHost *host, SpicePicture *picture);
/* After the other ends of its channels have been closed: then it waits for nobody. */
void spice_console_free (SpiceConsole *console);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SpiceConsole, spice_console_free)

/* Takes one end of a socket pair on which the other will open a channel. */
gboolean spice_console_add_channel (SpiceConsole *console, int socket);
/* The channel on this socket is open. */
void spice_console_opened (SpiceConsole *console, int socket);
/* The viewer has opened its display or cursor channel. */
void spice_console_start_display (SpiceConsole *console);
void spice_console_start_cursor (SpiceConsole *console);
/* It has opened or closed its playback or record channel. */
void spice_console_set_hearing (SpiceConsole *console, gboolean hearing);
void spice_console_set_speaking (SpiceConsole *console, gboolean speaking);

/* The screen has news, and this picture is the present one. */
void spice_console_update (SpiceConsole *console, const ScreenNews *news, SpicePicture *picture);
gboolean spice_console_is_input_busy (SpiceConsole *console);
/* What is_quiet () says may have changed. */
void spice_console_poke (SpiceConsole *console);
