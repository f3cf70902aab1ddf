/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the guest plays: QEMU's outputs, mixed into one ring, and the sinks that follow it.
 */
#include "sound-private.h"

struct _SoundSink
{
  Sound *sound;
  void (*ready) (gpointer user_data);
  gpointer user_data;
  guint64 place;
  guint64 round; /* in which it was told */
};

/* --- Sinks --- */

void
sound_tell_sinks (Sound *sound)
{
  sound->round++;
  for (guint i = 0; i < sound->sinks->len;)
    {
      SoundSink *sink = sound->sinks->pdata[i];

      if (sink->round == sound->round)
        {
          i++;
          continue;
        }
      sink->round = sound->round;
      sink->ready (sink->user_data);
      i = 0;
    }
}

static void
tell_hearing (Sound *sound)
{
  if (sound->hearing_changed != NULL)
    sound->hearing_changed (sound->sinks->len > 0, sound->hearing_data);
}

void
sound_watch_hearing (Sound *sound,
                     void (*changed) (gboolean heard, gpointer user_data),
                     gpointer user_data)
{
  sound->hearing_changed = changed;
  sound->hearing_data = user_data;
  if (sound->sinks->len > 0)
    tell_hearing (sound);
}

/* How many there are is for every thread to know. */
static void
count_sinks (Sound *sound)
{
  g_autoptr (SoundLocked) locked = sound_lock (sound);

  sound->n_sinks = sound->sinks->len;
}

SoundSink *
sound_sink_new (Sound *sound, void (*ready) (gpointer user_data), gpointer user_data)
{
  SoundSink *sink = g_new0 (SoundSink, 1);

  sink->sound = sound;
  sink->ready = ready;
  sink->user_data = user_data;
  g_mutex_lock (&sound->lock);
  sink->place = sound->played.written;
  g_mutex_unlock (&sound->lock);
  g_ptr_array_add (sound->sinks, sink);
  count_sinks (sound);
  if (sound->sinks->len == 1)
    tell_hearing (sound);
  return sink;
}

void
sound_sink_free (SoundSink *sink)
{
  Sound *sound;

  if (sink == NULL)
    return;
  sound = sink->sound;
  g_ptr_array_remove (sound->sinks, sink);
  g_free (sink);
  count_sinks (sound);
  if (sound->sinks->len == 0)
    tell_hearing (sound);
}

guint
sound_sink_peek (SoundSink *sink, SoundFrame *out, guint max)
{
  g_autoptr (SoundLocked) locked = sound_lock (sink->sound);
  guint n = sound_ring_available (&sink->sound->played, &sink->place, SOUND_LAG, SOUND_KEEP);

  n = MIN (n, max);
  sound_ring_copy (&sink->sound->played, sink->place, out, n);
  return n;
}

void
sound_sink_take (SoundSink *sink, guint n)
{
  sink->place += n;
}

gboolean
sound_is_playing (Sound *sound)
{
  g_autoptr (SoundLocked) locked = sound_lock (sound);

  return sound_mix_is_playing (&sound->mix);
}

/* --- QEMU's outputs --- */

/* Playing may have begun or ended. Returns `ok`. */
static gboolean
outputs_changed (Sound *sound, gboolean ok)
{
  if (sound->n_sinks > 0)
    sound_note (sound);
  return ok;
}

gboolean
sound_output_open (Sound *sound, guint64 id)
{
  g_autoptr (SoundLocked) locked = sound_lock (sound);

  return sound_mix_open (&sound->mix, id);
}

gboolean
sound_output_close (Sound *sound, guint64 id)
{
  g_autoptr (SoundLocked) locked = sound_lock (sound);

  return outputs_changed (sound, sound_mix_close (&sound->mix, id));
}

gboolean
sound_output_enable (Sound *sound, guint64 id, gboolean enabled)
{
  g_autoptr (SoundLocked) locked = sound_lock (sound);

  return outputs_changed (sound, sound_mix_enable (&sound->mix, id, enabled));
}

gboolean
sound_output_volume (Sound *sound, guint64 id, gboolean mute, const guint8 volume[2])
{
  g_autoptr (SoundLocked) locked = sound_lock (sound);

  return sound_mix_set_volume (&sound->mix, id, mute, volume);
}

/* With the lock held: what every voice has said goes into the ring. */
static void
mix_ready (Sound *sound)
{
  SoundFrame mixed[SOUND_MIX_WAIT + SOUND_CHUNK];
  guint n = sound_mix_ready (&sound->mix);

  if (n == 0)
    return;
  sound_mix_take (&sound->mix, mixed, n);
  sound_ring_write (&sound->played, mixed, n);
  if (sound->n_sinks > 0)
    sound_note (sound);
}

gboolean
sound_output_write (Sound *sound, guint64 id, const guint8 *data, guint n)
{
  g_autoptr (SoundLocked) locked = sound_lock (sound);

  if (!sound_mix_is_open (&sound->mix, id))
    return FALSE;
  while (n > 0)
    {
      guint part = MIN (n, SOUND_CHUNK);

      sound_mix_add (&sound->mix, id, data, part);
      mix_ready (sound);
      data += part * sizeof (SoundFrame);
      n -= part;
    }
  return TRUE;
}

void
sound_outputs_end (Sound *sound)
{
  g_autoptr (SoundLocked) locked = sound_lock (sound);

  memset (&sound->mix, 0, sizeof sound->mix);
  outputs_changed (sound, TRUE);
}
