/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Sound of QEMU's as it comes out of a socket: bodies of calls, cut and bent, and a listener that
 * waits for none of them.
 */
#include "fds.h"
#include "qemu/audio-listener.h"
#include "qemu/audio-parse.h"
#include "qemu/dbus-parse.h"

#include <gio/gio.h>
#include <sys/socket.h>

#define OUT_LISTENER "org.qemu.Display1.AudioOutListener"
#define IN_LISTENER "org.qemu.Display1.AudioInListener"

static GVariant *
make_init (void)
{
  return g_variant_new ("(tybbuyuub)", G_GUINT64_CONSTANT (7), 16, TRUE, FALSE, SOUND_RATE, 2, 4,
                        SOUND_RATE * 4, G_BYTE_ORDER == G_BIG_ENDIAN);
}

/* A call as QEMU makes it. */
static guint8 *
make_call (const char *interface, const char *member, GVariant *body, gsize *ret_size)
{
  g_autoptr (GDBusMessage) message =
      g_dbus_message_new_method_call (NULL, "/org/qemu/Display1/Listener", interface, member);

  g_dbus_message_set_serial (message, 7);
  g_dbus_message_set_body (message, body);
  return g_dbus_message_to_blob (message, ret_size, G_DBUS_CAPABILITY_FLAGS_NONE, NULL);
}

/* --- Bodies --- */

static ParseResult
parse_init (const guint8 *body, gsize size)
{
  guint64 id;

  return audio_parse_init (body, size, &id);
}

static ParseResult
parse_fini (const guint8 *body, gsize size)
{
  guint64 id;

  return audio_parse_fini (body, size, &id);
}

static ParseResult
parse_enabled (const guint8 *body, gsize size)
{
  guint64 id;
  gboolean enabled;

  return audio_parse_enabled (body, size, &id, &enabled);
}

static ParseResult
parse_volume (const guint8 *body, gsize size)
{
  AudioVolume volume;

  return audio_parse_volume (body, size, &volume);
}

static ParseResult
parse_write (const guint8 *body, gsize size)
{
  AudioBlock block;

  return audio_parse_write (body, size, &block);
}

static ParseResult
parse_read (const guint8 *body, gsize size)
{
  guint64 id;
  guint n;

  return audio_parse_read (body, size, &id, &n);
}

/* The body as D-Bus writes it, whole and otherwise. */
static void
check_body (ParseResult (*parse) (const guint8 *body, gsize size), GVariant *value)
{
  gsize size, used;
  g_autofree guint8 *blob = make_call (OUT_LISTENER, "Any", value, &size);
  g_autofree guint8 *longer = NULL;
  DbusHead head;

  g_assert_cmpint (dbus_parse_head (blob, size, &used, &head), ==, PARSE_OK);
  size -= used;
  g_assert_cmpuint (head.body_bytes, ==, size);
  g_assert_cmpint (parse (blob + used, size), ==, PARSE_OK);
  longer = g_malloc0 (size + 1);
  memcpy (longer, blob + used, size);
  g_assert_cmpint (parse (longer, size + 1), ==, PARSE_BAD);
  for (gsize cut = 0; cut < size; cut++)
    {
      g_autofree guint8 *part = g_memdup2 (blob + used, cut);

      g_assert_cmpint (parse (part, cut), ==, PARSE_BAD);
    }
}

static void
test_bodies (void)
{
  const guint64 id = 7;

  check_body (parse_init, make_init ());
  check_body (parse_fini, g_variant_new ("(t)", id));
  check_body (parse_enabled, g_variant_new ("(tb)", id, TRUE));
  check_body (parse_volume, g_variant_new_parsed ("(uint64 7, true, [byte 10, 20])"));
  check_body (parse_write, g_variant_new_parsed ("(uint64 7, [byte 1, 2, 3, 4])"));
  check_body (parse_read, g_variant_new ("(tt)", id, G_GUINT64_CONSTANT (1920)));
}

static void
test_values (void)
{
  static const guint8 two[12] = { [0] = 7, [8] = 2 }; /* a boolean */
  static const guint8 block[16] = { [0] = 7, [8] = 4, [12] = 1, 2, 3, 4 };
  AudioBlock written;

  g_assert_cmpint (parse_enabled (two, sizeof two), ==, PARSE_BAD);
  g_assert_cmpint (audio_parse_write (block, sizeof block, &written), ==, PARSE_OK);
  g_assert_cmpuint (written.id, ==, 7);
  g_assert_cmpuint (written.n_frames, ==, 1);
  g_assert_true (written.data == block + 12);
}

/* --- A listener --- */

typedef struct
{
  Screen *screen;
  Sound *sound;
  AudioListener *listener;
  int qemu;
} Fixture;

static void
ignore (gpointer user_data)
{
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  int pair[2];

  g_assert_true (fds_socketpair (SOCK_STREAM, pair, NULL));
  fixture->qemu = pair[1];
  fixture->screen = screen_new (ignore, NULL);
  fixture->sound = sound_new ();
  fixture->listener =
      audio_listener_new (pair[0], FALSE, GPOINTER_TO_UINT (data), fixture->sound, fixture->screen);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->listener, audio_listener_free);
  g_clear_pointer (&fixture->sound, sound_free);
  g_clear_pointer (&fixture->screen, screen_free);
  fds_clear (&fixture->qemu);
}

/* Byte by byte, each of which the listener takes without waiting for the next. */
static void
say (Fixture *fixture, const void *data, gsize size)
{
  for (gsize i = 0; i < size; i++)
    {
      g_assert_cmpint (send (fixture->qemu, (const guint8 *) data + i, 1, MSG_NOSIGNAL), ==, 1);
      g_assert_true (audio_listener_run (fixture->listener));
    }
}

static void
hear (Fixture *fixture, const char *word)
{
  char text[256] = { 0 };
  gssize got = recv (fixture->qemu, text, sizeof text - 1, MSG_DONTWAIT);

  g_assert_cmpint (got, >, 0);
  g_assert_nonnull (strstr (text[0] == '\0' ? text + 1 : text, word));
}

static void
authenticate (Fixture *fixture)
{
  g_assert_true (audio_listener_run (fixture->listener));
  hear (fixture, "AUTH EXTERNAL ");
  say (fixture, "OK 1234\r\n", 9);
  hear (fixture, "NEGOTIATE_UNIX_FD");
  say (fixture, "AGREE_UNIX_FD\r\n", 15);
  hear (fixture, "BEGIN");
}

static void
call (Fixture *fixture, const char *interface, const char *member, GVariant *body)
{
  gsize size;
  g_autofree guint8 *blob = make_call (interface, member, body, &size);

  say (fixture, blob, size);
}

static void
expect_answer (Fixture *fixture, const char *signature)
{
  guint8 bytes[4096];
  gssize got = recv (fixture->qemu, bytes, sizeof bytes, MSG_DONTWAIT);
  DbusHead head;
  gsize used;

  g_assert_cmpint (got, >, 0);
  g_assert_cmpint (dbus_parse_head (bytes, got, &used, &head), ==, PARSE_OK);
  g_assert_cmpuint (head.type, ==, DBUS_TYPE_RETURN);
  g_assert_cmpstr (head.signature, ==, signature);
  g_assert_cmpint (used + head.body_bytes, ==, got);
}

static void
test_play (Fixture *fixture, gconstpointer data)
{
  SoundSink *sink = sound_sink_new (fixture->sound, ignore, NULL);
  SoundFrame heard[4];

  authenticate (fixture);
  call (fixture, OUT_LISTENER, "Init", make_init ());
  expect_answer (fixture, "");
  call (fixture, OUT_LISTENER, "SetEnabled", g_variant_new ("(tb)", G_GUINT64_CONSTANT (7), TRUE));
  expect_answer (fixture, "");
  g_assert_true (sound_is_playing (fixture->sound));
  call (fixture, OUT_LISTENER, "Write", g_variant_new_parsed ("(uint64 7, [byte 1, 0, 2, 0])"));
  g_assert_cmpuint (sound_sink_peek (sink, heard, G_N_ELEMENTS (heard)), ==, 1);
  g_assert_cmpint (heard[0].left, ==, GINT16_FROM_LE (1));

  /* QEMU has gone: so has what it played. */
  fds_clear (&fixture->qemu);
  g_assert_false (audio_listener_run (fixture->listener));
  g_assert_false (sound_is_playing (fixture->sound));
  sound_sink_free (sink);
}

static void
test_record (Fixture *fixture, gconstpointer data)
{
  authenticate (fixture);
  call (fixture, "org.freedesktop.DBus.Properties", "GetAll", g_variant_new ("(s)", IN_LISTENER));
  expect_answer (fixture, "a{sv}");
  call (fixture, IN_LISTENER, "Init", make_init ());
  expect_answer (fixture, "");
  call (fixture, IN_LISTENER, "Read",
        g_variant_new ("(tt)", G_GUINT64_CONSTANT (7), G_GUINT64_CONSTANT (1920)));
  expect_answer (fixture, "ay");
}

static void
expect_failure (Fixture *fixture)
{
  ScreenNews news = { 0 };

  g_assert_false (audio_listener_run (fixture->listener));
  screen_take_news (fixture->screen, &news);
  g_assert_cmpint (news.failure, ==, LINK_FAILURE_QEMU_PROTOCOL);
  screen_news_clear (&news);
}

/* More than is ever kept. */
static void
test_long (Fixture *fixture, gconstpointer data)
{
  gsize size;
  g_autofree guint8 *blob = NULL;
  const guint32 bytes = DBUS_MESSAGE_BYTES_MAX;

  authenticate (fixture);
  blob = make_call (OUT_LISTENER, "Write", g_variant_new_parsed ("(uint64 7, [byte 0])"), &size);
  memcpy (blob + 4, &bytes, sizeof bytes);
  g_assert_cmpint (send (fixture->qemu, blob, size, MSG_NOSIGNAL), ==, size);
  expect_failure (fixture);
}

/* Questions whose answers nobody reads. */
static void
test_deaf (Fixture *fixture, gconstpointer data)
{
  gsize size;
  g_autofree guint8 *blob = make_call ("org.freedesktop.DBus.Properties", "GetAll",
                                       g_variant_new ("(s)", IN_LISTENER), &size);

  authenticate (fixture);
  do
    g_assert_cmpint (send (fixture->qemu, blob, size, MSG_NOSIGNAL), ==, size);
  while (audio_listener_run (fixture->listener));
  expect_failure (fixture);
}

int
main (int argc, char **argv)
{
#define ADD(path, direction, test)                                                                 \
  g_test_add ("/display/audio-listener/" path, Fixture, GUINT_TO_POINTER (direction), set_up,      \
              test, tear_down)
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/display/audio-parse/bodies", test_bodies);
  g_test_add_func ("/display/audio-parse/values", test_values);
  ADD ("play", QEMU_AUDIO_OUT, test_play);
  ADD ("record", QEMU_AUDIO_IN, test_record);
  ADD ("long", QEMU_AUDIO_OUT, test_long);
  ADD ("deaf", QEMU_AUDIO_IN, test_deaf);
  return g_test_run ();
}
