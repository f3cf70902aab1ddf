/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The guest's sound between QEMU and everyone who hears it or speaks to it. The main loop brings
 * what QEMU plays and passes it on; a thread fetches what QEMU records, and never waits. Sinks (the
 * window, VNC and SPICE viewers) each follow the same ring; one that does not read loses sound.
 * Sources offer a microphone; of several the one that speaks is heard, and only while the guest
 * records.
 */
#pragma once

#include "sound/sound-mix.h"
#include "sound/sound-ring.h"

/* A sink further behind than this is moved up to SOUND_KEEP. */
#define SOUND_LAG SOUND_MS (100u)
#define SOUND_KEEP SOUND_MS (20u)
#define SOUND_INPUTS_MAX 4u

typedef struct _Sound Sound;
typedef struct _SoundSink SoundSink;
typedef struct _SoundSource SoundSource;

Sound *sound_new (void);
/* After the last use by QEMU's listeners; sinks and sources are gone by then. */
void sound_free (Sound *sound);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Sound, sound_free)

/* --- Main thread: hearing --- */

/* Follows what is played from now on. `ready` runs in the main context after new sound has come, at
 * most 100 times a second, and when playing has begun or ended; it may free its sink. */
SoundSink *sound_sink_new (Sound *sound, void (*ready) (gpointer user_data), gpointer user_data);
void sound_sink_free (SoundSink *sink);
/* The oldest frames that the sink has not taken, at most `max`; how many. They stay until ... */
guint sound_sink_peek (SoundSink *sink, SoundFrame *out, guint max);
/* ... this: it has passed on `n` of them. */
void sound_sink_take (SoundSink *sink, guint n);
/* Whether the guest's sound is on; while it is not, or before QEMU has been asked for it, nothing
 * comes. */
gboolean sound_is_playing (Sound *sound);

/* Tells one watcher (NULL: none) when the first sink has come and when the last has gone: whether
 * anybody hears. At once if somebody does. */
void sound_watch_hearing (Sound *sound,
                          void (*changed) (gboolean heard, gpointer user_data),
                          gpointer user_data);

/* --- Main thread: speaking --- */

/* Offers a microphone. `wanted` says whether its sound is to be sent now: at once if so, and with
 * each change. Without the guest's permission it never is. */
SoundSource *sound_source_new (Sound *sound,
                               void (*wanted) (gboolean wanted, gpointer user_data),
                               gpointer user_data);
void sound_source_free (SoundSource *source);
/* Passed over unless it is wanted. */
void sound_source_write (SoundSource *source, const SoundFrame *frames, guint n);

/* --- Main thread: QEMU's outputs, by the numbers that it gives them. FALSE: it broke a rule --- */

gboolean sound_output_open (Sound *sound, guint64 id);
gboolean sound_output_close (Sound *sound, guint64 id);
gboolean sound_output_enable (Sound *sound, guint64 id, gboolean enabled);
gboolean sound_output_volume (Sound *sound, guint64 id, gboolean mute, const guint8 volume[2]);
/* `data`: n frames, perhaps unaligned. */
gboolean sound_output_write (Sound *sound, guint64 id, const guint8 *data, guint n);
/* The link to QEMU's outputs has ended: so have they. */
void sound_outputs_end (Sound *sound);

/* --- Any thread: QEMU's inputs; only once they are registered does anything listen --- */

gboolean sound_input_open (Sound *sound, guint64 id);
gboolean sound_input_close (Sound *sound, guint64 id);
gboolean sound_input_enable (Sound *sound, guint64 id, gboolean enabled);
gboolean sound_input_volume (Sound *sound, guint64 id, gboolean mute, const guint8 volume[2]);
/* At most `max` frames, and never more than time has passed; silence where there is no microphone.
 * -1: it broke a rule. */
int sound_input_read (Sound *sound, guint64 id, SoundFrame *out, guint max);
void sound_inputs_end (Sound *sound);
