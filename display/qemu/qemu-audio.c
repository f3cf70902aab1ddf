/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Registers listeners for sound, and has what QEMU sends to them served: on the main loop what it
 * plays, on a thread what it records. Runs in vitrine-display on the main loop. Must never make a
 * synchronous call.
 */
#include "qemu-audio.h"

#include "fds.h"

#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <glib-unix.h>
#include <sys/socket.h>

#define AUDIO_PATH "/org/qemu/Display1/Audio"
#define AUDIO "org.qemu.Display1.Audio"
#define REGISTER_MS 10000
/* After a refusal, and twice as long after each other. */
#define RETRY_FIRST_MS 20u
#define RETRY_MOST_MS 1000u

struct _QemuAudio
{
  QemuAudioDirection direction;
  Sound *sound;          /* borrowed */
  Screen *screen;        /* borrowed */
  GDBusConnection *link; /* owned, as what follows */
  GCancellable *cancellable;
  AudioListener *listener;
  GThread *thread; /* that waits for what is recorded */
  guint source;    /* 0: what is played has ended */
  guint retry_timer;
  guint attempts;
};

/* --- Serving --- */

static gpointer
run (gpointer data)
{
  audio_listener_run (data);
  return NULL;
}

static gboolean
on_readable (int fd, GIOCondition condition, gpointer user_data)
{
  QemuAudio *audio = user_data;

  if (audio_listener_run (audio->listener))
    return G_SOURCE_CONTINUE;
  audio->source = 0;
  return G_SOURCE_REMOVE;
}

static void
stop_serving (QemuAudio *audio)
{
  g_clear_handle_id (&audio->source, g_source_remove);
  if (audio->listener != NULL)
    audio_listener_hang_up (audio->listener);
  g_clear_pointer (&audio->thread, g_thread_join);
  g_clear_pointer (&audio->listener, audio_listener_free);
}

/* QEMU authenticates the listener while all else in it stands still, so we are on our way there
 * before we ask. */
static gboolean
serve (QemuAudio *audio, int socket)
{
  gboolean waits = audio->direction == QEMU_AUDIO_IN;

  if (waits)
    fcntl (socket, F_SETFL, fcntl (socket, F_GETFL) & ~O_NONBLOCK);
  audio->listener =
      audio_listener_new (socket, waits, audio->direction, audio->sound, audio->screen);
  if (waits)
    audio->thread = g_thread_try_new ("microphone", run, audio->listener, NULL);
  else if (audio_listener_run (audio->listener))
    audio->source = g_unix_fd_add (socket, G_IO_IN | G_IO_HUP, on_readable, audio);
  return audio->thread != NULL || audio->source != 0;
}

/* --- Set-up --- */

static void register_listener (QemuAudio *audio);

static gboolean
on_retry (gpointer user_data)
{
  QemuAudio *audio = user_data;

  audio->retry_timer = 0;
  register_listener (audio);
  return G_SOURCE_REMOVE;
}

static void
on_registered (GObject *link, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_with_unix_fd_list_finish (
      G_DBUS_CONNECTION (link), NULL, result, &error);
  QemuAudio *audio = user_data;

  if (reply != NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  /* A guest without sound has no such object. */
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD) ||
      g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_OBJECT) ||
      ++audio->attempts >= QEMU_AUDIO_ATTEMPTS_MAX)
    return;
  audio->retry_timer =
      g_timeout_add (MIN (RETRY_FIRST_MS << (audio->attempts - 1), RETRY_MOST_MS), on_retry, audio);
}

static gboolean
ask (QemuAudio *audio, int qemu_end)
{
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  int handle = g_unix_fd_list_append (fds, qemu_end, NULL);

  if (handle < 0)
    return FALSE;
  g_dbus_connection_call_with_unix_fd_list (
      audio->link, NULL, AUDIO_PATH, AUDIO,
      audio->direction == QEMU_AUDIO_OUT ? "RegisterOutListener" : "RegisterInListener",
      g_variant_new ("(h)", handle), NULL, G_DBUS_CALL_FLAGS_NONE, REGISTER_MS, fds,
      audio->cancellable, on_registered, audio);
  return TRUE;
}

static void
register_listener (QemuAudio *audio)
{
  int pair[2] = { -1, -1 };
  autofd theirs = -1;

  stop_serving (audio); /* one that QEMU has refused */
  if (fds_socketpair (SOCK_STREAM, pair, NULL))
    {
      theirs = pair[1];
      if (serve (audio, pair[0]) && ask (audio, theirs))
        return;
    }
  g_printerr ("vitrine-display: the guest has no sound: there are no descriptors for it\n");
}

QemuAudio *
qemu_audio_new (GDBusConnection *link, QemuAudioDirection direction, Sound *sound, Screen *screen)
{
  QemuAudio *audio = g_new0 (QemuAudio, 1);

  audio->direction = direction;
  audio->sound = sound;
  audio->screen = screen;
  audio->link = g_object_ref (link);
  audio->cancellable = g_cancellable_new ();
  register_listener (audio);
  return audio;
}

void
qemu_audio_free (QemuAudio *audio)
{
  if (audio == NULL)
    return;
  g_cancellable_cancel (audio->cancellable);
  g_clear_handle_id (&audio->retry_timer, g_source_remove);
  stop_serving (audio);
  g_object_unref (audio->link);
  g_object_unref (audio->cancellable);
  g_free (audio);
}
