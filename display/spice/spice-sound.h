/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The guest's sound for a SPICE viewer, and the viewer's microphone for the guest where that is
 * permitted. Main thread only.
 */
#pragma once

#include "sound/sound.h"

#include <spice.h>

typedef struct _SpiceSound SpiceSound;

SpiceSound *spice_sound_new (SpiceServer *server, Sound *sound, gboolean microphone);
/* The viewer has opened or closed its playback channel: one without hears nothing, and the guest is
 * not asked for sound for its sake. */
void spice_sound_set_hearing (SpiceSound *sound, gboolean hearing);
/* The viewer has opened or closed its record channel. Only while it is open its microphone counts:
 * one that has none takes the guest's ear from nobody. */
void spice_sound_set_speaking (SpiceSound *sound, gboolean speaking);
/* Before the library's end. */
void spice_sound_stop (SpiceSound *sound);
/* After it. */
void spice_sound_free (SpiceSound *sound);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SpiceSound, spice_sound_free)
