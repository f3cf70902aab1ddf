/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the guest records: of the sources the one that speaks, and QEMU's inputs, each of which is
 * given by the clock what that has said, or silence.
 */
#include "sound-private.h"

#include "sound/speech.h"

/* What a reader of the microphone lets gather before it starts, so that packets may be a little
 * late; and how much it lets gather before it drops what is old. */
#define INPUT_CUSHION SOUND_MS (20u)
#define INPUT_LAG SOUND_MS (80u)
/* A guest that has not read for so long (it was paused) gets nothing for that time. */
#define INPUT_GAP SOUND_MS (100u)

struct _SoundSource
{
  Sound *sound;
  void (*wanted) (gboolean wanted, gpointer user_data);
  gpointer user_data;
  gboolean told;
  Speech speech;
};

/* --- Sources --- */

static gboolean
is_recording (const Sound *sound)
{
  for (guint i = 0; i < SOUND_INPUTS_MAX; i++)
    if (sound->inputs[i].used && sound->inputs[i].enabled)
      return TRUE;
  return FALSE;
}

void
sound_tell_sources (Sound *sound)
{
  gboolean recording;

  g_mutex_lock (&sound->lock);
  recording = is_recording (sound);
  g_mutex_unlock (&sound->lock);
  for (guint i = 0; i < sound->sources->len; i++)
    {
      SoundSource *source = sound->sources->pdata[i];

      if (source->told == recording)
        continue;
      source->told = recording;
      source->wanted (recording, source->user_data);
      /* The list may be another now; what is left to tell wakes us again. */
      sound_note (sound_lock (sound));
      sound_unlock (sound);
      return;
    }
}

/* With the lock held: another microphone, or none. What the former has said is not for the guest
 * any more. */
static void
set_speaker (Sound *sound, SoundSource *speaker)
{
  if (sound->speaker == speaker)
    return;
  sound->speaker = speaker;
  for (guint i = 0; i < SOUND_INPUTS_MAX; i++)
    {
      sound->inputs[i].place = sound->recorded.written;
      sound->inputs[i].flowing = FALSE;
    }
}

static void
sources_changed (Sound *sound, SoundSource *speaker)
{
  g_autoptr (SoundLocked) locked = sound_lock (sound);

  sound->has_microphone = sound->sources->len > 0;
  set_speaker (sound, speaker);
  sound_note (sound);
}

static SoundSource *
get_last_source (Sound *sound)
{
  return sound->sources->len > 0 ? sound->sources->pdata[sound->sources->len - 1] : NULL;
}

SoundSource *
sound_source_new (Sound *sound,
                  void (*wanted) (gboolean wanted, gpointer user_data),
                  gpointer user_data)
{
  SoundSource *source = g_new0 (SoundSource, 1);

  source->sound = sound;
  source->wanted = wanted;
  source->user_data = user_data;
  g_ptr_array_add (sound->sources, source);
  sources_changed (sound, source); /* it has the word, until another speaks */
  return source;
}

void
sound_source_free (SoundSource *source)
{
  Sound *sound;

  if (source == NULL)
    return;
  sound = source->sound;
  g_ptr_array_remove (sound->sources, source);
  sources_changed (sound, sound->speaker == source ? get_last_source (sound) : sound->speaker);
  g_free (source);
}

void
sound_source_write (SoundSource *source, const SoundFrame *frames, guint n)
{
  Sound *sound = source->sound;
  gint64 now = g_get_monotonic_time ();
  g_autoptr (SoundLocked) locked = sound_lock (sound);

  if (!source->told)
    return;
  speech_hear (&source->speech, frames, n, now);
  if (speech_outdoes (&source->speech, &sound->speaker->speech, now))
    set_speaker (sound, source);
  if (sound->speaker == source)
    sound_ring_write (&sound->recorded, frames, n);
}

/* --- QEMU's inputs --- */

static SoundInput *
find_input (Sound *sound, guint64 id)
{
  for (guint i = 0; i < SOUND_INPUTS_MAX; i++)
    if (sound->inputs[i].used && sound->inputs[i].id == id)
      return &sound->inputs[i];
  return NULL;
}

gboolean
sound_input_open (Sound *sound, guint64 id)
{
  g_autoptr (SoundLocked) locked = sound_lock (sound);

  if (find_input (sound, id) != NULL)
    return FALSE;
  for (guint i = 0; i < SOUND_INPUTS_MAX; i++)
    {
      if (sound->inputs[i].used)
        continue;
      sound->inputs[i] = (SoundInput) { .used = TRUE,
                                        .id = id,
                                        .volume = { SOUND_VOLUME_FULL, SOUND_VOLUME_FULL },
                                        .place = sound->recorded.written };
      return TRUE;
    }
  return FALSE;
}

gboolean
sound_input_close (Sound *sound, guint64 id)
{
  g_autoptr (SoundLocked) locked = sound_lock (sound);
  SoundInput *input = find_input (sound, id);

  if (input == NULL)
    return FALSE;
  input->used = FALSE;
  sound_note (sound);
  return TRUE;
}

gboolean
sound_input_enable (Sound *sound, guint64 id, gboolean enabled)
{
  g_autoptr (SoundLocked) locked = sound_lock (sound);
  SoundInput *input = find_input (sound, id);

  if (input == NULL)
    return FALSE;
  input->enabled = enabled;
  input->start = g_get_monotonic_time ();
  input->given = 0;
  input->place = sound->recorded.written;
  input->flowing = FALSE;
  sound_note (sound);
  return TRUE;
}

gboolean
sound_input_volume (Sound *sound, guint64 id, gboolean mute, const guint8 volume[2])
{
  g_autoptr (SoundLocked) locked = sound_lock (sound);
  SoundInput *input = find_input (sound, id);

  if (input == NULL)
    return FALSE;
  input->mute = mute;
  input->volume[0] = volume[0];
  input->volume[1] = volume[1];
  return TRUE;
}

/* How many frames the clock owes the input. */
static guint
get_due (SoundInput *input)
{
  gint64 now = g_get_monotonic_time ();
  guint64 passed = (guint64) (now - input->start) * (SOUND_RATE / 1000) / 1000;

  if (passed > input->given + INPUT_GAP)
    {
      input->start = now - 1000 * (gint64) (SOUND_CHUNK / SOUND_MS (1u));
      input->given = 0;
      return SOUND_CHUNK;
    }
  return passed - input->given;
}

static void
read_microphone (Sound *sound, SoundInput *input, SoundFrame *out, guint n)
{
  guint available =
      sound_ring_available (&sound->recorded, &input->place, INPUT_LAG, INPUT_CUSHION);

  if (!input->flowing && available < INPUT_CUSHION)
    return;
  input->flowing = available >= n;
  available = MIN (available, n);
  if (!input->mute)
    {
      sound_ring_copy (&sound->recorded, input->place, out, available);
      for (guint i = 0; i < available; i++)
        {
          out[i].left = out[i].left * input->volume[0] / (gint) SOUND_VOLUME_FULL;
          out[i].right = out[i].right * input->volume[1] / (gint) SOUND_VOLUME_FULL;
        }
    }
  input->place += available;
}

int
sound_input_read (Sound *sound, guint64 id, SoundFrame *out, guint max)
{
  g_autoptr (SoundLocked) locked = sound_lock (sound);
  SoundInput *input = find_input (sound, id);
  guint n;

  if (input == NULL)
    return -1;
  if (!input->enabled)
    return 0;
  n = MIN (get_due (input), max);
  input->given += n;
  memset (out, 0, n * sizeof *out);
  if (sound->has_microphone)
    read_microphone (sound, input, out, n);
  return n;
}

void
sound_inputs_end (Sound *sound)
{
  g_autoptr (SoundLocked) locked = sound_lock (sound);

  memset (sound->inputs, 0, sizeof sound->inputs);
  sound_note (sound);
}
