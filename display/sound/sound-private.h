/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the parts of the guest's sound share: sound.c (lock, main loop), sound-playing.c (outputs
 * and sinks), sound-recording.c (inputs and sources). The lock is held for a mix or a copy of a few
 * milliseconds of samples, never while a socket is written, so neither thread waits for the other.
 * Nothing here grows. Not for anyone else.
 */
#pragma once

#include "sound.h"

typedef struct
{
  gboolean used;
  guint64 id;
  gboolean enabled;
  gboolean mute;
  guint8 volume[2];
  gint64 start;     /* µs, monotonic: since then ... */
  guint64 given;    /* ... so many frames */
  guint64 place;    /* in the microphone's ring */
  gboolean flowing; /* the cushion has been there */
} SoundInput;

struct _Sound
{
  GMutex lock; /* guards what follows */
  SoundMix mix;
  SoundRing played;
  SoundRing recorded;
  SoundInput inputs[SOUND_INPUTS_MAX];
  gboolean has_microphone; /* a source is current */
  guint n_sinks;           /* nobody listens: nobody is woken */
  gboolean noted;          /* something to tell since the lock was taken */
  gboolean woken;          /* the main loop is, and has not looked yet */

  /* main thread only */
  GSource *wake;        /* owned */
  GPtrArray *sinks;     /* of SoundSink, borrowed */
  GPtrArray *sources;   /* of SoundSource, borrowed */
  SoundSource *speaker; /* of them; what it says is recorded */
  void (*hearing_changed) (gboolean heard, gpointer user_data);
  gpointer hearing_data;
  guint64 round; /* of telling sinks */
};

/* Holds the lock to the end of the block: g_autoptr (SoundLocked). */
typedef Sound SoundLocked;
SoundLocked *sound_lock (Sound *sound);
void sound_unlock (SoundLocked *sound);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SoundLocked, sound_unlock)

/* With the lock held: the main loop has something to tell. */
void sound_note (Sound *sound);

/* --- What it tells then; main thread, without the lock --- */

/* Each sink once, though any may be freed meanwhile. */
void sound_tell_sinks (Sound *sound);
/* All sources are wanted if the guest records: who will speak is not known before. */
void sound_tell_sources (Sound *sound);
