/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Serves org.qemu.Display1.AudioOutListener and AudioInListener (B4). The set-up runs in
 * vitrine-display on the main loop, the rest on GDBus's worker thread. Must never wait for a
 * viewer, queue a message, or believe a number that sound-parse.c has not passed.
 */
#include "qemu-audio.h"

#include "fds.h"
#include "vt-qemu-dbus.h"

#include <gio/gunixfdlist.h>
#include <sys/socket.h>

#define AUDIO_PATH "/org/qemu/Display1/Audio"
#define AUDIO "org.qemu.Display1.Audio"
#define PROPERTIES "org.freedesktop.DBus.Properties"
#define REGISTER_MS 10000
/* After a refusal, and twice as long after each other. */
#define RETRY_FIRST_MS 20u
#define RETRY_MOST_MS 1000u

/* What the worker thread works on: outlives QemuAudio by the filter's last call. */
typedef struct
{
  GDBusConnection *connection; /* owned; NULL in tests */
  QemuAudioDirection direction;
  Sound *sound;   /* borrowed */
  Screen *screen; /* borrowed */

  GMutex lock; /* held while a message is looked at; guards what follows */
  guint unread_replies;
  gboolean failed; /* nothing more is looked at; also once QemuAudio has gone */
} Listener;

struct _QemuAudio
{
  QemuAudioDirection direction;
  Sound *sound;            /* borrowed */
  Screen *screen;          /* borrowed */
  GDBusConnection *link;   /* owned, as what follows */
  GCancellable *cancellable;
  GDBusConnection *connection;
  Listener *listener; /* of the filter once there is one */
  guint filter;
  guint retry_timer;
  guint attempts;
};

typedef enum
{
  ANSWER_DONE,
  ANSWER_VIOLATION,
} Answer;

/* `*ret_values` is set to what the reply carries, if anything. */
typedef Answer (*Handler) (Listener *listener, GVariant *body, GVariant **ret_values);

static Answer
answer_of (gboolean ok)
{
  return ok ? ANSWER_DONE : ANSWER_VIOLATION;
}

/* --- Calls --- */

static Answer
handle_init (Listener *listener, GVariant *body, GVariant **ret_values)
{
  SoundVoiceFormat format;
  guint64 id;

  g_variant_get (body, "(tybbuyuub)", &id, &format.bits, &format.is_signed, &format.is_float,
                 &format.frequency, &format.channels, &format.bytes_per_frame,
                 &format.bytes_per_second, &format.big_endian);
  if (sound_parse_format (&format) != PARSE_OK)
    return ANSWER_VIOLATION;
  return answer_of (listener->direction == QEMU_AUDIO_OUT ? sound_output_open (listener->sound, id)
                                                          : sound_input_open (listener->sound, id));
}

static Answer
handle_fini (Listener *listener, GVariant *body, GVariant **ret_values)
{
  guint64 id;

  g_variant_get (body, "(t)", &id);
  return answer_of (listener->direction == QEMU_AUDIO_OUT
                        ? sound_output_close (listener->sound, id)
                        : sound_input_close (listener->sound, id));
}

static Answer
handle_enabled (Listener *listener, GVariant *body, GVariant **ret_values)
{
  gboolean enabled;
  guint64 id;

  g_variant_get (body, "(tb)", &id, &enabled);
  return answer_of (listener->direction == QEMU_AUDIO_OUT
                        ? sound_output_enable (listener->sound, id, enabled)
                        : sound_input_enable (listener->sound, id, enabled));
}

static Answer
handle_volume (Listener *listener, GVariant *body, GVariant **ret_values)
{
  g_autoptr (GVariant) data = g_variant_get_child_value (body, 2);
  guint8 volume[2];
  gboolean mute;
  guint64 id;

  g_variant_get (body, "(tb@ay)", &id, &mute, NULL);
  if (sound_parse_volume (g_variant_get_data (data), g_variant_get_size (data), volume) != PARSE_OK)
    return ANSWER_VIOLATION;
  return answer_of (listener->direction == QEMU_AUDIO_OUT
                        ? sound_output_volume (listener->sound, id, mute, volume)
                        : sound_input_volume (listener->sound, id, mute, volume));
}

static Answer
handle_write (Listener *listener, GVariant *body, GVariant **ret_values)
{
  g_autoptr (GVariant) data = g_variant_get_child_value (body, 1);
  guint n_frames;
  guint64 id;

  g_variant_get (body, "(t@ay)", &id, NULL);
  if (sound_parse_block (g_variant_get_size (data), &n_frames) != PARSE_OK)
    return ANSWER_VIOLATION;
  return answer_of (
      n_frames == 0 ||
      sound_output_write (listener->sound, id, g_variant_get_data (data), n_frames));
}

static Answer
handle_read (Listener *listener, GVariant *body, GVariant **ret_values)
{
  SoundFrame frames[SOUND_READ_MAX];
  guint64 id, size;
  guint wanted;
  int n;

  g_variant_get (body, "(tt)", &id, &size);
  if (sound_parse_wanted (size, &wanted) != PARSE_OK)
    return ANSWER_VIOLATION;
  n = sound_input_read (listener->sound, id, frames, MIN (wanted, SOUND_READ_MAX));
  if (n < 0)
    return ANSWER_VIOLATION;
  *ret_values = g_variant_new (
      "(@ay)", g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, frames, n * sizeof *frames, 1));
  return ANSWER_DONE;
}

/* Everything we answer; the signatures are those of qemu/org.qemu.Display1.xml. */
static const struct
{
  const char *member;
  const char *signature;
  gboolean in[2]; /* by QemuAudioDirection */
  Handler handler;
} methods[] = {
  { "Init", "(tybbuyuub)", { TRUE, TRUE }, handle_init },
  { "Fini", "(t)", { TRUE, TRUE }, handle_fini },
  { "SetEnabled", "(tb)", { TRUE, TRUE }, handle_enabled },
  { "SetVolume", "(tbay)", { TRUE, TRUE }, handle_volume },
  { "Write", "(tay)", { TRUE, FALSE }, handle_write },
  { "Read", "(tt)", { FALSE, TRUE }, handle_read },
};

static const char *
get_interface (QemuAudioDirection direction)
{
  return direction == QEMU_AUDIO_OUT ? "org.qemu.Display1.AudioOutListener"
                                     : "org.qemu.Display1.AudioInListener";
}

/* --- Answers --- */

static void
fail (Listener *listener, const char *reason)
{
  listener->failed = TRUE;
  screen_fail (listener->screen, LINK_FAILURE_QEMU_PROTOCOL, reason);
}

static gboolean
wants_reply (Listener *listener, GDBusMessage *call)
{
  return listener->connection != NULL &&
         !(g_dbus_message_get_flags (call) & G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED);
}

static void
send_reply (Listener *listener, GDBusMessage *take_reply)
{
  g_autoptr (GDBusMessage) reply = take_reply;

  if (++listener->unread_replies > QEMU_AUDIO_REPLIES_MAX)
    {
      fail (listener, "QEMU asks for sound without reading the answers");
      return;
    }
  g_dbus_connection_send_message (listener->connection, reply, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL,
                                  NULL);
}

/* Sinks floating `values`; NULL: none. */
static void
answer_call (Listener *listener, GDBusMessage *call, GVariant *values)
{
  g_autoptr (GVariant) body = values != NULL ? g_variant_ref_sink (values) : NULL;
  GDBusMessage *reply;

  if (!wants_reply (listener, call))
    return;
  reply = g_dbus_message_new_method_reply (call);
  if (body != NULL)
    g_dbus_message_set_body (reply, body);
  send_reply (listener, reply);
}

/* QEMU stands still until it has these. FALSE if it asks for something else. */
static gboolean
answer_properties (Listener *listener, GDBusMessage *call)
{
  GVariant *body = g_dbus_message_get_body (call);

  if (g_strcmp0 (g_dbus_message_get_interface (call), PROPERTIES) != 0 ||
      g_strcmp0 (g_dbus_message_get_member (call), "GetAll") != 0 || body == NULL ||
      !g_variant_is_of_type (body, G_VARIANT_TYPE ("(s)")))
    return FALSE;
  answer_call (listener, call, g_variant_new ("(a{sv})", NULL));
  return TRUE;
}

static void
refuse (Listener *listener, GDBusMessage *call)
{
  if (wants_reply (listener, call))
    send_reply (listener, g_dbus_message_new_method_error_literal (
                              call, "org.freedesktop.DBus.Error.NotSupported",
                              "This display takes no such call"));
}

static void
handle_call (Listener *listener, GDBusMessage *call)
{
  const char *interface = g_dbus_message_get_interface (call);
  const char *member = g_dbus_message_get_member (call);
  GVariant *body = g_dbus_message_get_body (call);
  GVariant *values = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      if (g_strcmp0 (member, methods[i].member) != 0 || !methods[i].in[listener->direction] ||
          g_strcmp0 (interface, get_interface (listener->direction)) != 0)
        continue;
      if (body != NULL && g_str_equal (g_variant_get_type_string (body), methods[i].signature) &&
          methods[i].handler (listener, body, &values) == ANSWER_DONE)
        answer_call (listener, call, values);
      else
        fail (listener, "QEMU described a sound that cannot be");
      return;
    }
  if (!answer_properties (listener, call))
    refuse (listener, call);
}

static void
take (Listener *listener, GDBusMessage *message)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&listener->lock);

  if (listener->failed ||
      g_dbus_message_get_message_type (message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL)
    return;
  /* GDBus lets it pass, and then could not say what an answer belongs to. */
  if (g_dbus_message_get_serial (message) == 0)
    fail (listener, "QEMU sent a message without a number");
  else
    handle_call (listener, message);
}

void
qemu_audio_take (QemuAudio *audio, GDBusMessage *message)
{
  take (audio->listener, message);
}

static GDBusMessage *
filter (GDBusConnection *connection, GDBusMessage *message, gboolean incoming, gpointer user_data)
{
  Listener *listener = user_data;

  if (!incoming)
    {
      g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&listener->lock);

      /* About to be written: what is before it has been taken by the socket. */
      if (listener->unread_replies > 0)
        listener->unread_replies--;
      return message;
    }
  take (listener, message);
  g_object_unref (message);
  return NULL;
}

/* With the last use by the worker thread. */
static void
release (gpointer data)
{
  Listener *listener = data;

  g_clear_object (&listener->connection);
  g_mutex_clear (&listener->lock);
  g_free (listener);
}

static Listener *
listener_new (QemuAudio *audio)
{
  Listener *listener = g_new0 (Listener, 1);

  g_mutex_init (&listener->lock);
  listener->direction = audio->direction;
  listener->sound = audio->sound;
  listener->screen = audio->screen;
  return listener;
}

/* --- Set-up --- */

static void
end_voices (QemuAudio *audio)
{
  if (audio->direction == QEMU_AUDIO_OUT)
    sound_outputs_end (audio->sound);
  else
    sound_inputs_end (audio->sound);
}

static void
on_closed (GDBusConnection *connection, gboolean vanished, GError *error, gpointer user_data)
{
  QemuAudio *audio = user_data;

  /* GDBus's word for bytes that are no message. That QEMU has gone is told by the display's link. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT))
    screen_fail (audio->screen, LINK_FAILURE_QEMU_PROTOCOL, "QEMU sent sound that is not D-Bus");
  end_voices (audio);
}

static void
on_connected (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection = g_dbus_connection_new_finish (result, &error);
  QemuAudio *audio = user_data;

  /* Cancelled: `audio` is gone. Else QEMU has refused the listener, which on_registered is told. */
  if (connection == NULL)
    return;
  audio->connection = g_steal_pointer (&connection);
  audio->listener = listener_new (audio);
  audio->listener->connection = g_object_ref (audio->connection);
  audio->filter =
      g_dbus_connection_add_filter (audio->connection, filter, audio->listener, release);
  g_signal_connect (audio->connection, "closed", G_CALLBACK (on_closed), audio);
  g_dbus_connection_start_message_processing (audio->connection);
}

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
  audio->retry_timer = g_timeout_add (
      MIN (RETRY_FIRST_MS << (audio->attempts - 1), RETRY_MOST_MS), on_retry, audio);
}

static void
connect_listener (QemuAudio *audio, int *socket)
{
  g_autoptr (GSocket) wrapped = g_socket_new_from_fd (*socket, NULL);
  g_autoptr (GSocketConnection) stream = NULL;

  if (wrapped == NULL)
    return;
  *socket = -1;
  stream = g_socket_connection_factory_create_connection (wrapped);
  g_dbus_connection_new (G_IO_STREAM (stream), NULL,
                         G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                             G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                         NULL, audio->cancellable, on_connected, audio);
}

/* As with the display: QEMU authenticates the listener while all else in it stands still, so we are
 * on our way there before we ask. */
static void
register_listener (QemuAudio *audio)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  int pair[2] = { -1, -1 };
  autofd ours = -1;
  autofd theirs = -1;
  int handle = -1;

  if (fds_socketpair (SOCK_STREAM, pair, &error))
    {
      ours = pair[0];
      theirs = pair[1];
      handle = g_unix_fd_list_append (fds, theirs, &error);
    }
  if (handle < 0)
    {
      g_printerr ("vitrine-display: the guest has no sound: %s\n", error->message);
      return;
    }
  connect_listener (audio, &ours);
  g_dbus_connection_call_with_unix_fd_list (
      audio->link, NULL, AUDIO_PATH, AUDIO,
      audio->direction == QEMU_AUDIO_OUT ? "RegisterOutListener" : "RegisterInListener",
      g_variant_new ("(h)", handle), NULL, G_DBUS_CALL_FLAGS_NONE, REGISTER_MS, fds,
      audio->cancellable, on_registered, audio);
}

QemuAudio *
qemu_audio_new (GDBusConnection *link,
                QemuAudioDirection direction,
                Sound *sound,
                Screen *screen)
{
  QemuAudio *audio = g_new0 (QemuAudio, 1);

  audio->direction = direction;
  audio->sound = sound;
  audio->screen = screen;
  if (link == NULL)
    {
      audio->listener = listener_new (audio);
      return audio;
    }
  audio->link = g_object_ref (link);
  audio->cancellable = g_cancellable_new ();
  register_listener (audio);
  return audio;
}

/* A call of the filter that runs at this moment finishes first; after it there is none that would
 * find its voices gone. */
static void
leave_listener (QemuAudio *audio)
{
  g_mutex_lock (&audio->listener->lock);
  audio->listener->failed = TRUE;
  g_mutex_unlock (&audio->listener->lock);
  end_voices (audio);
}

void
qemu_audio_free (QemuAudio *audio)
{
  if (audio == NULL)
    return;
  if (audio->listener != NULL)
    leave_listener (audio);
  if (audio->cancellable != NULL)
    g_cancellable_cancel (audio->cancellable);
  g_clear_handle_id (&audio->retry_timer, g_source_remove);
  if (audio->connection != NULL)
    {
      g_signal_handlers_disconnect_by_data (audio->connection, audio);
      g_dbus_connection_remove_filter (audio->connection, audio->filter);
      g_dbus_connection_close (audio->connection, NULL, NULL, NULL);
    }
  else if (audio->listener != NULL)
    release (audio->listener);
  g_clear_object (&audio->connection);
  g_clear_object (&audio->link);
  g_clear_object (&audio->cancellable);
  g_free (audio);
}
