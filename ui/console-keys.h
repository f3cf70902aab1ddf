/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What becomes of a key press in the console: which go to the guest, which are Vitrine's own, and
 * which the guest still believes to be held. Pure, so that "always releasable" can be tested.
 *
 * Ctrl and Alt pressed together and let go, nothing else between: leave the console.
 * Ctrl+Alt+G: grab, or release the grab. F11 alone, ungrabbed: full screen.
 */
#pragma once

#include "ipc/glass-wire.h"

#include <glib.h>

typedef enum
{
  CONSOLE_KEYS_SEND,        /* to the guest */
  CONSOLE_KEYS_SWALLOW,     /* to nobody */
  CONSOLE_KEYS_LEAVE,       /* send it, then release everything and leave the console */
  CONSOLE_KEYS_TOGGLE_GRAB, /* to nobody */
  CONSOLE_KEYS_FULLSCREEN,  /* to nobody */
} ConsoleKeysAction;

typedef struct
{
  guint8 held[GLASS_KEY_MAX + 1];    /* what the guest believes to be down */
  guint8 ignored[GLASS_KEY_MAX + 1]; /* pressed for us: its release is for us too */
  gboolean armed;                    /* Ctrl+Alt is down and nothing else was pressed since */
} ConsoleKeys;

/* `qnum` is 1..GLASS_KEY_MAX; `grabbed`: the console holds the keyboard by a grab. */
ConsoleKeysAction console_keys_press (ConsoleKeys *keys, guint qnum, gboolean grabbed);
ConsoleKeysAction console_keys_release (ConsoleKeys *keys, guint qnum);

/* The next key to release when the console loses the keyboard, 0 when none is left. */
guint console_keys_take_held (ConsoleKeys *keys);

/* A button press between Ctrl+Alt and its release means that they belong to the guest. */
void console_keys_disarm (ConsoleKeys *keys);
