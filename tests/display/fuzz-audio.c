/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * B4, sound: bytes of D-Bus to both listeners, as from QEMU's sockets. The first byte says which; one
 * that hears and one that speaks are there.
 */
#include "qemu/qemu-audio.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
ignore (gpointer user_data)
{
}

static void
ignore_wanted (gboolean wanted, gpointer user_data)
{
}

static void
take_all (QemuAudio *audio, const guint8 *data, gsize size)
{
  while (size >= 16)
    {
      gssize need = g_dbus_message_bytes_needed ((guchar *) data, size, NULL);
      g_autoptr (GDBusMessage) message = NULL;

      if (need <= 0 || (gsize) need > size)
        break;
      message = g_dbus_message_new_from_blob ((guchar *) data, need,
                                              G_DBUS_CAPABILITY_FLAGS_UNIX_FD_PASSING, NULL);
      if (message == NULL)
        break;
      qemu_audio_take (audio, message);
      data += need;
      size -= need;
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (Screen) screen = screen_new (ignore, NULL);
  g_autoptr (Sound) sound = sound_new ();
  g_autoptr (QemuAudio) audio = NULL;
  SoundFrame frames[SOUND_CHUNK] = { 0 };
  SoundSource *source;
  SoundSink *sink;

  if (size == 0)
    return 0;
  sink = sound_sink_new (sound, ignore, NULL);
  source = sound_source_new (sound, ignore_wanted, NULL);
  audio = qemu_audio_new (NULL, data[0] % 2 == 0 ? QEMU_AUDIO_OUT : QEMU_AUDIO_IN, sound, screen);
  take_all (audio, data + 1, size - 1);
  sound_source_write (source, frames, SOUND_CHUNK);
  g_assert_cmpuint (sound_sink_peek (sink, frames, SOUND_CHUNK), <=, SOUND_CHUNK);
  sound_source_free (source);
  sound_sink_free (sink);
  return 0;
}
