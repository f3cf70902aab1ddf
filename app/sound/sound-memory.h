/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How loud each guest was, from one window to the next: a file of the window's own in
 * $XDG_STATE_HOME/vitrine. It is of no worth to anything else; where it cannot be read or written a
 * guest is at full volume again.
 */
#pragma once

#include <glib.h>

#define SOUND_VOLUME_MAX 100u

typedef struct
{
  guint volume; /* per cent, 0 to SOUND_VOLUME_MAX */
  gboolean muted;
} SoundLevel;

void sound_memory_load (const char *uuid, SoundLevel *ret_level);
/* Nothing of a guest that is deleted. */
void sound_memory_save (const char *uuid, const SoundLevel *level);
/* What is remembered of guests that are there no more; saving does it too. */
void sound_memory_forget_deleted (void);
