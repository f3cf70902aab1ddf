/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * When QEMU is asked for the guest's sound. Runs in vitrine-display on the main loop; asks without
 * waiting.
 */
#include "qemu-playback.h"

#include "qemu/qemu-audio.h"

struct _QemuPlayback
{
  GDBusConnection *link; /* owned */
  Sound *sound;          /* borrowed */
  Screen *screen;        /* borrowed */

  QemuAudio *audio; /* owned; while somebody hears, and a little longer */
  guint linger_timer;
};

static gboolean
on_linger_end (gpointer user_data)
{
  QemuPlayback *playback = user_data;

  playback->linger_timer = 0;
  g_clear_pointer (&playback->audio, qemu_audio_free);
  return G_SOURCE_REMOVE;
}

static void
on_hearing (gboolean heard, gpointer user_data)
{
  QemuPlayback *playback = user_data;

  g_clear_handle_id (&playback->linger_timer, g_source_remove);
  if (!heard)
    playback->linger_timer =
        g_timeout_add_seconds (QEMU_PLAYBACK_LINGER_SECONDS, on_linger_end, playback);
  else if (playback->audio == NULL)
    playback->audio =
        qemu_audio_new (playback->link, QEMU_AUDIO_OUT, playback->sound, playback->screen);
}

QemuPlayback *
qemu_playback_new (GDBusConnection *link, Sound *sound, Screen *screen)
{
  QemuPlayback *playback = g_new0 (QemuPlayback, 1);

  playback->link = g_object_ref (link);
  playback->sound = sound;
  playback->screen = screen;
  sound_watch_hearing (sound, on_hearing, playback);
  return playback;
}

void
qemu_playback_free (QemuPlayback *playback)
{
  if (playback == NULL)
    return;
  sound_watch_hearing (playback->sound, NULL, NULL);
  g_clear_handle_id (&playback->linger_timer, g_source_remove);
  g_clear_pointer (&playback->audio, qemu_audio_free);
  g_object_unref (playback->link);
  g_free (playback);
}
