/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The guest's sound between the threads of vitrine-display. The lock is held for a mix or a copy
 * of a few milliseconds of samples, never while a socket is written, so neither thread waits for
 * the other. Nothing here grows.
 */
#include "sound.h"

#include "sound/speech.h"

/* What a reader of the microphone lets gather before it starts, so that packets may be a little
 * late; and how much it lets gather before it drops what is old. */
#define INPUT_CUSHION SOUND_MS (20u)
#define INPUT_LAG SOUND_MS (80u)
/* A guest that has not read for so long (it was paused) gets nothing for that time. */
#define INPUT_GAP SOUND_MS (100u)

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

struct _SoundSink
{
  Sound *sound;
  void (*ready) (gpointer user_data);
  gpointer user_data;
  guint64 place;
  guint64 round; /* in which it was told */
};

struct _SoundSource
{
  Sound *sound;
  void (*wanted) (gboolean wanted, gpointer user_data);
  gpointer user_data;
  gboolean told;
  Speech speech;
};

/* --- Waking the main loop --- */

/* With the lock held: the main loop has something to tell. */
static void
note (Sound *sound)
{
  sound->noted = TRUE;
}

/* Wakes the main loop, unless it is awake, after the lock is given back: it would wait for that. */
static void
unlock (Sound *sound)
{
  gboolean wakes = sound->noted && !sound->woken;

  sound->woken |= sound->noted;
  sound->noted = FALSE;
  g_mutex_unlock (&sound->lock);
  if (wakes)
    g_source_set_ready_time (sound->wake, 0);
}

/* Holds the lock to the end of the block. */
typedef Sound SoundLocked;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SoundLocked, unlock)

static SoundLocked *
lock (Sound *sound)
{
  g_mutex_lock (&sound->lock);
  return sound;
}

static gboolean
is_recording (const Sound *sound)
{
  for (guint i = 0; i < SOUND_INPUTS_MAX; i++)
    if (sound->inputs[i].used && sound->inputs[i].enabled)
      return TRUE;
  return FALSE;
}

/* All sources are wanted if the guest records: who will speak is not known before. */
static void
tell_sources (Sound *sound)
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
      note (lock (sound));
      unlock (sound);
      return;
    }
}

/* Each sink once, though any may be freed meanwhile. */
static void
tell_sinks (Sound *sound)
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

static gboolean
dispatch_wake (GSource *source, GSourceFunc callback, gpointer user_data)
{
  g_source_set_ready_time (source, -1);
  return callback (user_data);
}

static gboolean
on_wake (gpointer user_data)
{
  Sound *sound = user_data;

  g_mutex_lock (&sound->lock);
  sound->woken = FALSE;
  g_mutex_unlock (&sound->lock);
  tell_sources (sound);
  tell_sinks (sound);
  return G_SOURCE_CONTINUE;
}

Sound *
sound_new (void)
{
  static GSourceFuncs funcs = { .dispatch = dispatch_wake };
  Sound *sound = g_new0 (Sound, 1);

  g_mutex_init (&sound->lock);
  sound->sinks = g_ptr_array_new ();
  sound->sources = g_ptr_array_new ();
  sound->wake = g_source_new (&funcs, sizeof (GSource));
  g_source_set_static_name (sound->wake, "sound");
  g_source_set_callback (sound->wake, on_wake, sound, NULL);
  g_source_attach (sound->wake, NULL);
  return sound;
}

void
sound_free (Sound *sound)
{
  if (sound == NULL)
    return;
  g_source_destroy (sound->wake);
  g_source_unref (sound->wake);
  g_ptr_array_unref (sound->sinks);
  g_ptr_array_unref (sound->sources);
  g_mutex_clear (&sound->lock);
  g_free (sound);
}

/* --- Sinks --- */

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
  g_autoptr (SoundLocked) locked = lock (sound);

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
  g_autoptr (SoundLocked) locked = lock (sink->sound);
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
  g_autoptr (SoundLocked) locked = lock (sound);

  return sound_mix_is_playing (&sound->mix);
}

/* --- Sources --- */

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
  g_autoptr (SoundLocked) locked = lock (sound);

  sound->has_microphone = sound->sources->len > 0;
  set_speaker (sound, speaker);
  note (sound);
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
  g_autoptr (SoundLocked) locked = lock (sound);

  if (!source->told)
    return;
  speech_hear (&source->speech, frames, n, now);
  if (speech_outdoes (&source->speech, &sound->speaker->speech, now))
    set_speaker (sound, source);
  if (sound->speaker == source)
    sound_ring_write (&sound->recorded, frames, n);
}

/* --- QEMU's outputs --- */

/* Playing may have begun or ended. Returns `ok`. */
static gboolean
outputs_changed (Sound *sound, gboolean ok)
{
  if (sound->n_sinks > 0)
    note (sound);
  return ok;
}

gboolean
sound_output_open (Sound *sound, guint64 id)
{
  g_autoptr (SoundLocked) locked = lock (sound);

  return sound_mix_open (&sound->mix, id);
}

gboolean
sound_output_close (Sound *sound, guint64 id)
{
  g_autoptr (SoundLocked) locked = lock (sound);

  return outputs_changed (sound, sound_mix_close (&sound->mix, id));
}

gboolean
sound_output_enable (Sound *sound, guint64 id, gboolean enabled)
{
  g_autoptr (SoundLocked) locked = lock (sound);

  return outputs_changed (sound, sound_mix_enable (&sound->mix, id, enabled));
}

gboolean
sound_output_volume (Sound *sound, guint64 id, gboolean mute, const guint8 volume[2])
{
  g_autoptr (SoundLocked) locked = lock (sound);

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
    note (sound);
}

gboolean
sound_output_write (Sound *sound, guint64 id, const guint8 *data, guint n)
{
  g_autoptr (SoundLocked) locked = lock (sound);

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
  g_autoptr (SoundLocked) locked = lock (sound);

  memset (&sound->mix, 0, sizeof sound->mix);
  outputs_changed (sound, TRUE);
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
  g_autoptr (SoundLocked) locked = lock (sound);

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
  g_autoptr (SoundLocked) locked = lock (sound);
  SoundInput *input = find_input (sound, id);

  if (input == NULL)
    return FALSE;
  input->used = FALSE;
  note (sound);
  return TRUE;
}

gboolean
sound_input_enable (Sound *sound, guint64 id, gboolean enabled)
{
  g_autoptr (SoundLocked) locked = lock (sound);
  SoundInput *input = find_input (sound, id);

  if (input == NULL)
    return FALSE;
  input->enabled = enabled;
  input->start = g_get_monotonic_time ();
  input->given = 0;
  input->place = sound->recorded.written;
  input->flowing = FALSE;
  note (sound);
  return TRUE;
}

gboolean
sound_input_volume (Sound *sound, guint64 id, gboolean mute, const guint8 volume[2])
{
  g_autoptr (SoundLocked) locked = lock (sound);
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
  g_autoptr (SoundLocked) locked = lock (sound);
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
  g_autoptr (SoundLocked) locked = lock (sound);

  memset (sound->inputs, 0, sizeof sound->inputs);
  note (sound);
}
