/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Serves org.qemu.Display1.AudioOutListener and AudioInListener (B4). Runs in vitrine-display, on
 * the main loop and on the microphone's thread. Must never wait for a viewer, queue a message, or
 * believe a number that audio-parse.c has not passed.
 */
#include "audio-listener.h"

#include "fds.h"
#include "qemu/audio-parse.h"
#include "qemu/dbus-answer.h"

#include <sys/socket.h>

#define PROPERTIES "org.freedesktop.DBus.Properties"

struct _AudioListener
{
  QemuAudioDirection direction;
  Sound *sound;   /* borrowed */
  Screen *screen; /* borrowed */
  int socket;     /* owned */
  gboolean over;

  DbusReader reader;
  guint8 buffer[DBUS_READER_ROOM_MIN + AUDIO_BODY_BYTES_MAX];
};

/* What is done of either direction. */
static const struct
{
  const char *interface;
  gboolean (*open) (Sound *sound, guint64 id);
  gboolean (*close) (Sound *sound, guint64 id);
  gboolean (*enable) (Sound *sound, guint64 id, gboolean enabled);
  gboolean (*volume) (Sound *sound, guint64 id, gboolean mute, const guint8 volume[2]);
  void (*end) (Sound *sound);
} sides[] = {
  [QEMU_AUDIO_OUT] = { "org.qemu.Display1.AudioOutListener", sound_output_open, sound_output_close,
                       sound_output_enable, sound_output_volume, sound_outputs_end },
  [QEMU_AUDIO_IN] = { "org.qemu.Display1.AudioInListener", sound_input_open, sound_input_close,
                      sound_input_enable, sound_input_volume, sound_inputs_end },
};

/* FALSE: it broke a rule. `*ret_values` is set to what the reply carries, if anything. */
typedef gboolean (*Handler) (AudioListener *listener,
                             const guint8 *body,
                             gsize size,
                             GVariant **ret_values);

/* --- Calls --- */

static gboolean
handle_init (AudioListener *listener, const guint8 *body, gsize size, GVariant **ret_values)
{
  guint64 id;

  return audio_parse_init (body, size, &id) == PARSE_OK &&
         sides[listener->direction].open (listener->sound, id);
}

static gboolean
handle_fini (AudioListener *listener, const guint8 *body, gsize size, GVariant **ret_values)
{
  guint64 id;

  return audio_parse_fini (body, size, &id) == PARSE_OK &&
         sides[listener->direction].close (listener->sound, id);
}

static gboolean
handle_enabled (AudioListener *listener, const guint8 *body, gsize size, GVariant **ret_values)
{
  gboolean enabled;
  guint64 id;

  return audio_parse_enabled (body, size, &id, &enabled) == PARSE_OK &&
         sides[listener->direction].enable (listener->sound, id, enabled);
}

static gboolean
handle_volume (AudioListener *listener, const guint8 *body, gsize size, GVariant **ret_values)
{
  AudioVolume volume;

  return audio_parse_volume (body, size, &volume) == PARSE_OK &&
         sides[listener->direction].volume (listener->sound, volume.id, volume.mute, volume.volume);
}

static gboolean
handle_write (AudioListener *listener, const guint8 *body, gsize size, GVariant **ret_values)
{
  AudioBlock block;

  if (audio_parse_write (body, size, &block) != PARSE_OK)
    return FALSE;
  return block.n_frames == 0 ||
         sound_output_write (listener->sound, block.id, block.data, block.n_frames);
}

static gboolean
handle_read (AudioListener *listener, const guint8 *body, gsize size, GVariant **ret_values)
{
  SoundFrame frames[SOUND_READ_MAX];
  guint64 id;
  guint wanted;
  int n;

  if (audio_parse_read (body, size, &id, &wanted) != PARSE_OK)
    return FALSE;
  n = sound_input_read (listener->sound, id, frames, MIN (wanted, SOUND_READ_MAX));
  if (n < 0)
    return FALSE;
  *ret_values = g_variant_new (
      "(@ay)", g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, frames, n * sizeof *frames, 1));
  return TRUE;
}

/* Everything we answer; the signatures are those of qemu/org.qemu.Display1.xml. */
static const struct
{
  const char *member;
  const char *signature;
  gboolean in[2]; /* by QemuAudioDirection */
  Handler handler;
} methods[] = {
  { "Init", "tybbuyuub", { TRUE, TRUE }, handle_init },
  { "Fini", "t", { TRUE, TRUE }, handle_fini },
  { "SetEnabled", "tb", { TRUE, TRUE }, handle_enabled },
  { "SetVolume", "tbay", { TRUE, TRUE }, handle_volume },
  { "Write", "tay", { TRUE, FALSE }, handle_write },
  { "Read", "tt", { FALSE, TRUE }, handle_read },
};

static void
fail (AudioListener *listener, const char *reason)
{
  listener->over = TRUE;
  screen_fail (listener->screen, LINK_FAILURE_QEMU_PROTOCOL, reason);
}

/* QEMU stands still until it has these, of which there are none. FALSE if it asks for something
 * else. */
static gboolean
answer_properties (AudioListener *listener, const DbusHead *head, const guint8 *body)
{
  const char *interface;

  if (!g_str_equal (head->interface, PROPERTIES) || !g_str_equal (head->member, "GetAll") ||
      !g_str_equal (head->signature, "s") ||
      dbus_parse_strings (body, head->body_bytes, 1, &interface) != PARSE_OK)
    return FALSE;
  dbus_answer_values (&listener->reader, head, g_variant_new ("(a{sv})", NULL));
  return TRUE;
}

static void
take_call (AudioListener *listener, const DbusHead *head, const guint8 *body)
{
  GVariant *values = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      if (!g_str_equal (head->member, methods[i].member) || !methods[i].in[listener->direction] ||
          !g_str_equal (head->interface, sides[listener->direction].interface))
        continue;
      if (g_str_equal (head->signature, methods[i].signature) &&
          methods[i].handler (listener, body, head->body_bytes, &values))
        dbus_answer_values (&listener->reader, head, values);
      else
        fail (listener, "QEMU described a sound that cannot be");
      return;
    }
  if (!answer_properties (listener, head, body))
    dbus_answer_refuse (&listener->reader, head, "This display takes no such call");
}

/* --- Life --- */

/* That QEMU has gone, or has refused the listener, is told elsewhere. */
static void
finish (AudioListener *listener)
{
  if (listener->reader.state == DBUS_READER_BROKEN)
    fail (listener, "QEMU sent sound that is not D-Bus");
  else if (listener->reader.state == DBUS_READER_DEAF)
    fail (listener, "QEMU asks for sound without reading the answers");
  listener->over = TRUE;
  shutdown (listener->socket, SHUT_RDWR); /* it must not go on sending to nobody */
  sides[listener->direction].end (listener->sound);
}

static gboolean
take_calls (AudioListener *listener)
{
  const guint8 *body;
  DbusHead head;

  while (!listener->over && dbus_reader_next_whole (&listener->reader, &head, &body))
    if (dbus_reader_take_fds (&listener->reader, head.n_fds, NULL, 0) &&
        head.type == DBUS_TYPE_CALL)
      take_call (listener, &head, body);
  if (listener->over || listener->reader.state != DBUS_READER_OPEN)
    finish (listener);
  return !listener->over;
}

gboolean
audio_listener_run (AudioListener *listener)
{
  if (!listener->reader.waits)
    dbus_reader_receive (&listener->reader);
  if (!dbus_reader_authenticate (&listener->reader) && listener->reader.state == DBUS_READER_OPEN)
    return TRUE;
  return take_calls (listener);
}

AudioListener *
audio_listener_new (int socket,
                    gboolean waits,
                    QemuAudioDirection direction,
                    Sound *sound,
                    Screen *screen)
{
  AudioListener *listener = g_new0 (AudioListener, 1);

  listener->direction = direction;
  listener->sound = sound;
  listener->screen = screen;
  listener->socket = socket;
  dbus_reader_init (&listener->reader, socket, waits, listener->buffer, sizeof listener->buffer);
  return listener;
}

void
audio_listener_hang_up (AudioListener *listener)
{
  shutdown (listener->socket, SHUT_RDWR);
}

void
audio_listener_free (AudioListener *listener)
{
  if (listener == NULL)
    return;
  if (!listener->over)
    sides[listener->direction].end (listener->sound);
  dbus_reader_clear (&listener->reader);
  fds_clear (&listener->socket);
  g_free (listener);
}
