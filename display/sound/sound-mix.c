/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Mixes the guest's voices. Runs in vitrine-display on the main loop. Pure; its memory is fixed,
 * whatever QEMU sends.
 */
#include "sound-mix.h"

static SoundVoice *
find (SoundMix *mix, guint64 id)
{
  for (guint i = 0; i < SOUND_VOICES_MAX; i++)
    if (mix->voices[i].used && mix->voices[i].id == id)
      return &mix->voices[i];
  return NULL;
}

gboolean
sound_mix_is_open (SoundMix *mix, guint64 id)
{
  return find (mix, id) != NULL;
}

gboolean
sound_mix_open (SoundMix *mix, guint64 id)
{
  if (find (mix, id) != NULL)
    return FALSE;
  for (guint i = 0; i < SOUND_VOICES_MAX; i++)
    {
      SoundVoice *voice = &mix->voices[i];

      if (voice->used)
        continue;
      voice->used = TRUE;
      voice->id = id;
      voice->enabled = voice->mute = FALSE;
      voice->volume[0] = voice->volume[1] = SOUND_VOLUME_FULL;
      voice->n_pending = 0;
      return TRUE;
    }
  return FALSE;
}

gboolean
sound_mix_close (SoundMix *mix, guint64 id)
{
  SoundVoice *voice = find (mix, id);

  if (voice == NULL)
    return FALSE;
  voice->used = FALSE;
  return TRUE;
}

gboolean
sound_mix_enable (SoundMix *mix, guint64 id, gboolean enabled)
{
  SoundVoice *voice = find (mix, id);

  if (voice == NULL)
    return FALSE;
  voice->enabled = enabled;
  voice->n_pending = 0;
  return TRUE;
}

gboolean
sound_mix_set_volume (SoundMix *mix, guint64 id, gboolean mute, const guint8 volume[2])
{
  SoundVoice *voice = find (mix, id);

  if (voice == NULL)
    return FALSE;
  voice->mute = mute;
  voice->volume[0] = volume[0];
  voice->volume[1] = volume[1];
  return TRUE;
}

gboolean
sound_mix_is_playing (const SoundMix *mix)
{
  for (guint i = 0; i < SOUND_VOICES_MAX; i++)
    if (mix->voices[i].used && mix->voices[i].enabled)
      return TRUE;
  return FALSE;
}

void
sound_mix_add (SoundMix *mix, guint64 id, const guint8 *data, guint n)
{
  SoundVoice *voice = find (mix, id);
  guint room;

  if (voice == NULL || !voice->enabled)
    return;
  room = G_N_ELEMENTS (voice->pending) - voice->n_pending;
  n = MIN (n, room);
  memcpy (voice->pending + voice->n_pending, data, n * sizeof (SoundFrame));
  voice->n_pending += n;
}

guint
sound_mix_ready (const SoundMix *mix)
{
  guint most = 0;
  guint least = G_MAXUINT;

  for (guint i = 0; i < SOUND_VOICES_MAX; i++)
    {
      const SoundVoice *voice = &mix->voices[i];

      if (!voice->used || !voice->enabled)
        continue;
      most = MAX (most, voice->n_pending);
      least = MIN (least, voice->n_pending);
    }
  if (most == 0)
    return 0;
  return MAX (least, most > SOUND_MIX_WAIT ? most - SOUND_MIX_WAIT : 0);
}

static gint16
add_sample (gint16 sum, gint16 sample, guint8 volume)
{
  gint value = volume == SOUND_VOLUME_FULL ? sample : sample * volume / (gint) SOUND_VOLUME_FULL;

  return CLAMP (sum + value, G_MININT16, G_MAXINT16);
}

static void
take_voice (SoundVoice *voice, SoundFrame *out, guint n)
{
  guint present = MIN (n, voice->n_pending);

  for (guint i = 0; i < present && !voice->mute; i++)
    {
      out[i].left = add_sample (out[i].left, voice->pending[i].left, voice->volume[0]);
      out[i].right = add_sample (out[i].right, voice->pending[i].right, voice->volume[1]);
    }
  voice->n_pending -= present;
  memmove (voice->pending, voice->pending + present, voice->n_pending * sizeof (SoundFrame));
}

void
sound_mix_take (SoundMix *mix, SoundFrame *out, guint n)
{
  memset (out, 0, n * sizeof *out);
  for (guint i = 0; i < SOUND_VOICES_MAX; i++)
    if (mix->voices[i].used && mix->voices[i].enabled)
      take_voice (&mix->voices[i], out, n);
}
