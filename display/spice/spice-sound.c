/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Playback and record of a SPICE session. Runs in vitrine-display on the main loop.
 */
#include "spice-sound.h"

#include <string.h>

/* The library is to be asked for what a viewer says; at the pace of its packets. */
#define RECORD_MS 10u

struct _SpiceSound
{
  Sound *sound; /* borrowed */
  SpicePlaybackInstance playback;
  SoundSink *sink; /* owned; while the viewer hears */
  gboolean is_playing;
  guint32 *samples; /* the library's, to be filled; NULL: none */
  guint32 size;

  SpiceRecordInstance record;
  gboolean microphone; /* the guest may hear */
  SoundSource *source; /* owned; while the viewer can speak */
  guint timer;         /* while it listens */
};

/* --- Hearing --- */

static void
set_playing (SpiceSound *sound, gboolean playing)
{
  if (playing == sound->is_playing)
    return;
  sound->is_playing = playing;
  sound->samples = NULL; /* gone with the end of playing */
  if (playing)
    spice_server_playback_start (&sound->playback);
  else
    spice_server_playback_stop (&sound->playback);
}

static void
on_ready (gpointer user_data)
{
  SpiceSound *sound = user_data;
  SoundFrame frames[SOUND_RING_FRAMES];
  guint n = sound_sink_peek (sound->sink, frames, G_N_ELEMENTS (frames));
  guint at = 0;

  set_playing (sound, sound_is_playing (sound->sound));
  while (sound->is_playing && at < n)
    {
      guint32 *samples = g_steal_pointer (&sound->samples);
      guint32 size = sound->size;

      if (samples == NULL)
        spice_server_playback_get_buffer (&sound->playback, &samples, &size);
      if (samples == NULL) /* nobody listens, or does not keep up: it loses this */
        {
          at = n;
          break;
        }
      if (size > n - at) /* kept until the rest comes */
        {
          sound->samples = samples;
          sound->size = size;
          break;
        }
      memcpy (samples, frames + at, size * sizeof *samples);
      spice_server_playback_put_samples (&sound->playback, samples);
      at += size;
    }
  sound_sink_take (sound->sink, at);
}

void
spice_sound_set_hearing (SpiceSound *sound, gboolean hearing)
{
  if (hearing == (sound->sink != NULL))
    return;
  if (hearing)
    {
      sound->sink = sound_sink_new (sound->sound, on_ready, sound);
      return;
    }
  g_clear_pointer (&sound->sink, sound_sink_free);
  set_playing (sound, FALSE);
}

/* --- Speaking --- */

static gboolean
on_timer (gpointer user_data)
{
  SpiceSound *sound = user_data;
  SoundFrame frames[SOUND_CHUNK];
  guint32 n;

  while ((n = spice_server_record_get_samples (&sound->record, (guint32 *) frames,
                                               G_N_ELEMENTS (frames))) > 0)
    sound_source_write (sound->source, frames, n);
  return G_SOURCE_CONTINUE;
}

static void
on_wanted (gboolean wanted, gpointer user_data)
{
  SpiceSound *sound = user_data;

  g_clear_handle_id (&sound->timer, g_source_remove);
  if (!wanted)
    {
      spice_server_record_stop (&sound->record);
      return;
    }
  spice_server_record_start (&sound->record);
  sound->timer = g_timeout_add (RECORD_MS, on_timer, sound);
}

void
spice_sound_set_speaking (SpiceSound *sound, gboolean speaking)
{
  if (!sound->microphone || speaking == (sound->source != NULL))
    return;
  if (speaking)
    {
      sound->source = sound_source_new (sound->sound, on_wanted, sound);
      return;
    }
  g_clear_pointer (&sound->source, sound_source_free);
  if (sound->timer != 0)
    on_wanted (FALSE, sound);
}

/* --- Life --- */

static const SpicePlaybackInterface playback_interface = {
  .base = { SPICE_INTERFACE_PLAYBACK, "playback", SPICE_INTERFACE_PLAYBACK_MAJOR,
            SPICE_INTERFACE_PLAYBACK_MINOR },
};

static const SpiceRecordInterface record_interface = {
  .base = { SPICE_INTERFACE_RECORD, "record", SPICE_INTERFACE_RECORD_MAJOR,
            SPICE_INTERFACE_RECORD_MINOR },
};

SpiceSound *
spice_sound_new (SpiceServer *server, Sound *sound, gboolean microphone)
{
  SpiceSound *spice = g_new0 (SpiceSound, 1);

  G_STATIC_ASSERT (sizeof (SoundFrame) == sizeof (guint32)); /* what the library calls a sample */
  spice->sound = sound;
  spice->playback.base.sif = &playback_interface.base;
  spice_server_add_interface (server, &spice->playback.base);
  spice_server_set_playback_rate (&spice->playback, SOUND_RATE);
  if (!microphone)
    return spice;
  spice->microphone = TRUE;
  spice->record.base.sif = &record_interface.base;
  spice_server_add_interface (server, &spice->record.base);
  spice_server_set_record_rate (&spice->record, SOUND_RATE);
  return spice;
}

void
spice_sound_stop (SpiceSound *sound)
{
  g_clear_pointer (&sound->sink, sound_sink_free);
  g_clear_handle_id (&sound->timer, g_source_remove);
  g_clear_pointer (&sound->source, sound_source_free);
}

void
spice_sound_free (SpiceSound *sound)
{
  if (sound == NULL)
    return;
  spice_sound_stop (sound);
  g_free (sound);
}
