/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Sound of one VNC viewer. Runs in vitrine-display on the main loop. Keeps nothing for a viewer that
 * does not read: the ring of sound.c forgets what is old.
 */
#include "vnc-audio.h"

#include "vnc/vnc-put.h"

struct _VncAudio
{
  Sound *sound; /* borrowed */
  void (*ready) (gpointer user_data);
  gpointer user_data;
  PcmConvert convert;
  SoundSink *sink; /* owned; while the viewer hears */
  gboolean begun;  /* it has been told that sound follows */
};

VncAudio *
vnc_audio_new (Sound *sound, void (*ready) (gpointer user_data), gpointer user_data)
{
  const PcmFormat usual = { PCM_S16, 2, 44100 };
  VncAudio *audio = g_new0 (VncAudio, 1);

  audio->sound = sound;
  audio->ready = ready;
  audio->user_data = user_data;
  pcm_convert_init (&audio->convert, &usual);
  return audio;
}

void
vnc_audio_free (VncAudio *audio)
{
  if (audio == NULL)
    return;
  sound_sink_free (audio->sink);
  g_free (audio);
}

static void
set_format (VncAudio *audio, const RfbRequest *request)
{
  const PcmFormat format = { request->audio.sample, request->audio.channels,
                             request->audio.frequency };

  pcm_convert_init (&audio->convert, &format);
}

void
vnc_audio_take (VncAudio *audio, const RfbRequest *request)
{
  switch (request->audio.operation)
    {
    case RFB_AUDIO_ENABLE:
      if (audio->sink == NULL)
        audio->sink = sound_sink_new (audio->sound, audio->ready, audio->user_data);
      break;
    case RFB_AUDIO_DISABLE:
      g_clear_pointer (&audio->sink, sound_sink_free);
      break;
    case RFB_AUDIO_FORMAT:
      set_format (audio, request);
      break;
    default:
      break;
    }
}

static void
put_head (GByteArray *out, guint operation)
{
  vnc_put_u8 (out, RFB_QEMU);
  vnc_put_u8 (out, RFB_QEMU_AUDIO);
  vnc_put_u16 (out, operation);
}

static gboolean
put_state (VncAudio *audio, GByteArray *out)
{
  gboolean playing = audio->sink != NULL && sound_is_playing (audio->sound);

  if (playing == audio->begun)
    return FALSE;
  audio->begun = playing;
  put_head (out, playing ? RFB_AUDIO_BEGIN : RFB_AUDIO_END);
  return TRUE;
}

static gboolean
put_data (VncAudio *audio, GByteArray *out)
{
  SoundFrame frames[SOUND_CHUNK];
  guint n = audio->sink != NULL ? sound_sink_peek (audio->sink, frames, SOUND_CHUNK) : 0;
  guint head = out->len;
  guint32 size;

  if (n == 0)
    return FALSE;
  sound_sink_take (audio->sink, n);
  put_head (out, RFB_AUDIO_DATA);
  vnc_put_u32 (out, 0); /* for the size */
  pcm_convert (&audio->convert, frames, n, out);
  size = GUINT32_TO_BE (out->len - head - 8);
  if (size == 0) /* of a frequency so low that nothing has come of it yet */
    g_byte_array_set_size (out, head);
  else
    memcpy (out->data + head + 4, &size, sizeof size);
  return size != 0;
}

gboolean
vnc_audio_put (VncAudio *audio, GByteArray *out)
{
  gboolean ends = audio->begun && !sound_is_playing (audio->sound);
  gboolean any = FALSE;

  /* What was played before the end comes before it. */
  if (!ends)
    any = put_state (audio, out);
  while (audio->begun && put_data (audio, out))
    any = TRUE;
  return put_state (audio, out) || any;
}
