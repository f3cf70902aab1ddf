/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The guest's voices (its sound card, its PC speaker) made into one stream, each with the volume
 * that the guest has given it. QEMU keeps them apart and leaves their volumes to us, because a card
 * that its driver has not woken yet mutes itself and must not mute the speaker. Pure.
 */
#pragma once

#include "sound/sound-parse.h"

#define SOUND_VOICES_MAX 8u
/* A voice that is on but says nothing holds the others up by no more than this. */
#define SOUND_MIX_WAIT SOUND_MS (20u)

typedef struct
{
  gboolean used;
  guint64 id;
  gboolean enabled;
  gboolean mute;
  guint8 volume[2];
  guint n_pending; /* frames */
  SoundFrame pending[SOUND_MIX_WAIT + SOUND_CHUNK];
} SoundVoice;

typedef struct
{
  SoundVoice voices[SOUND_VOICES_MAX];
} SoundMix;

/* FALSE: there are too many, or one of that id already. */
gboolean sound_mix_open (SoundMix *mix, guint64 id);
/* Of an id that is not open (here and below): nothing happens, and FALSE. */
gboolean sound_mix_close (SoundMix *mix, guint64 id);
gboolean sound_mix_enable (SoundMix *mix, guint64 id, gboolean enabled);
gboolean sound_mix_set_volume (SoundMix *mix, guint64 id, gboolean mute, const guint8 volume[2]);
gboolean sound_mix_is_open (SoundMix *mix, guint64 id);

/* Whether any voice is on. */
gboolean sound_mix_is_playing (const SoundMix *mix);

/* Adds at most SOUND_CHUNK frames of a voice; `data` may be unaligned. What is ready is then to be
 * taken. */
void sound_mix_add (SoundMix *mix, guint64 id, const guint8 *data, guint n);
/* Frames that are ready; at most `SOUND_MIX_WAIT + SOUND_CHUNK`. */
guint sound_mix_ready (const SoundMix *mix);
/* Takes them: `n` is what sound_mix_ready () said. */
void sound_mix_take (SoundMix *mix, SoundFrame *out, guint n);
