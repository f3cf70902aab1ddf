/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * B4, sound: bytes of D-Bus to both listeners, as from QEMU's sockets, once QEMU has let them in.
 * The first byte says which, and whether it waits for them; one that hears and one that speaks are
 * there.
 */
#include "fds.h"
#include "qemu/audio-listener.h"

#include <sys/socket.h>

/* What a socket takes at once. */
#define BYTES_MAX 65536
/* What QEMU says to a listener that it lets in. */
#define WELCOME "OK 1234\r\nAGREE_UNIX_FD\r\n"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
ignore (gpointer user_data)
{
}

static void
ignore_wanted (gboolean wanted, gpointer user_data)
{
}

/* From QEMU's socket, waited for or not. */
static void
serve (AudioListener *listener, int qemu, gboolean waits, const guint8 *data, gsize size)
{
  g_assert_cmpint (fds_send (qemu, WELCOME, strlen (WELCOME), NULL, 0), ==, strlen (WELCOME));
  if (!waits)
    g_assert_true (audio_listener_run (listener));
  for (gsize at = 0; at < size;)
    {
      gsize part = waits ? size : MIN (size - at, 100);

      g_assert_cmpint (fds_send (qemu, data + at, part, NULL, 0), ==, part);
      at += part;
      if (!waits && !audio_listener_run (listener))
        return;
    }
  shutdown (qemu, SHUT_WR);
  g_assert_false (audio_listener_run (listener));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (Screen) screen = screen_new (ignore, NULL);
  g_autoptr (Sound) sound = sound_new ();
  g_autoptr (AudioListener) listener = NULL;
  SoundFrame frames[SOUND_CHUNK] = { 0 };
  gboolean waits = size > 0 && (data[0] & 2) == 0;
  SoundSource *source;
  SoundSink *sink;
  autofd qemu = -1;
  int pair[2];

  if (size == 0)
    return 0;
  sink = sound_sink_new (sound, ignore, NULL);
  source = sound_source_new (sound, ignore_wanted, NULL);
  g_assert_true (fds_socketpair (SOCK_STREAM, pair, NULL));
  qemu = pair[1];
  listener = audio_listener_new (pair[0], waits, data[0] & 1 ? QEMU_AUDIO_IN : QEMU_AUDIO_OUT,
                                 sound, screen);
  serve (listener, qemu, waits, data + 1, MIN (size - 1, BYTES_MAX));
  sound_source_write (source, frames, SOUND_CHUNK);
  g_assert_cmpuint (sound_sink_peek (sink, frames, SOUND_CHUNK), <=, SOUND_CHUNK);
  sound_source_free (source);
  sound_sink_free (sink);
  return 0;
}
