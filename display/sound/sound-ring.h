/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The newest sound, for any number of readers that each keep their own place. Who falls behind
 * loses what is oldest and delays nobody. Pure.
 */
#pragma once

#include "sound/sound-frame.h"

#define SOUND_RING_FRAMES 8192u /* 170 ms; a power of two */

typedef struct
{
  guint64 written; /* frames since the start */
  SoundFrame frames[SOUND_RING_FRAMES];
} SoundRing;

void sound_ring_write (SoundRing *ring, const SoundFrame *frames, guint n);

/* Frames that a reader at *place has before it. One that is more than `lag` behind is moved on to
 * `keep` behind. */
guint sound_ring_available (const SoundRing *ring, guint64 *place, guint lag, guint keep);

/* Copies `n` frames from `place`, which sound_ring_available () has allowed. */
void sound_ring_copy (const SoundRing *ring, guint64 place, SoundFrame *out, guint n);
