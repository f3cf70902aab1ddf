/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Connections that are over: what waited and the last word arrive whole and in order, what is still
 * said is thrown away, and nobody stays for longer, or with more, than is allowed.
 */
#include "fds.h"
#include "front/farewells.h"

#include <signal.h>
#include <sys/socket.h>

#define WAITING_BYTES (3u << 20) /* more than a socket takes */
#define WORD "goodbye"

typedef struct
{
  Farewells *farewells;
  guint done;
} World;

static void
ignore (gpointer user_data)
{
}

static gssize
received (guint8 *data, gsize size, gpointer codec)
{
  return size;
}

static gsize
put_head (gsize size, guint8 *out, gpointer codec)
{
  return 0;
}

static void
say_goodbye (guint why, gpointer codec)
{
  stream_send_bare (codec, WORD, strlen (WORD));
}

static gboolean
is_at_fault (gpointer codec)
{
  return FALSE;
}

static void
on_done (gpointer user_data)
{
  World *world = user_data;

  world->done++;
}

static void
world_begin (World *world)
{
  *world = (World) { .farewells = farewells_new (on_done, world) };
}

static guint8
byte_at (gsize at)
{
  return at * 31 + (at >> 8);
}

/* Ends a connection with so many bytes, of which some wait; the other end, which does not block. */
static int
leave (World *world, gsize size)
{
  static const StreamHost host = { ignore, ignore, ignore, ignore };
  static const StreamCodec codec = { received, put_head, ignore, say_goodbye, is_at_fault, ignore };
  g_autofree guint8 *bytes = g_malloc (size);
  StreamRest rest;
  Stream *stream;
  int pair[2];

  for (gsize i = 0; i < size; i++)
    bytes[i] = byte_at (i);
  g_assert_true (fds_socketpair (SOCK_STREAM, pair, NULL));
  stream = stream_new (pair[0], &host, NULL);
  stream_set_codec (stream, &codec, stream);
  stream_send (stream, bytes, size);
  g_assert_true (stream_say_goodbye (stream, 0));
  g_assert_true (stream_take_rest (stream, &rest));
  g_assert_true (stream_is_broken (stream));
  stream_send (stream, "x", 1); /* is not heard of again */
  stream_free (stream);
  farewells_add (world->farewells, &rest);
  return pair[1];
}

/* What is there now; 0: nothing, -1: it has ended. */
static gssize
take (int peer, guint8 *data, gsize size)
{
  gssize got = recv (peer, data, size, MSG_DONTWAIT);

  return got < 0 && errno == EAGAIN ? 0 : got > 0 ? got : -1;
}

static void
read_all (int peer, gsize size)
{
  g_autofree guint8 *data = g_malloc (size + 100);
  gsize at = 0;
  gssize got;

  while ((got = take (peer, data + at, size + 100 - at)) >= 0)
    {
      at += got;
      g_main_context_iteration (NULL, FALSE);
    }
  g_assert_cmpuint (at, ==, size + strlen (WORD));
  for (gsize i = 0; i < size; i++)
    g_assert_cmpuint (data[i], ==, byte_at (i));
  g_assert_cmpmem (data + size, strlen (WORD), WORD, strlen (WORD));
}

static void
wait_done (World *world)
{
  while (world->done == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (farewells_count (world->farewells), ==, 0);
}

static void
test_polite (void)
{
  const gsize sizes[] = { 0, 10, WAITING_BYTES };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      World world;
      int peer;

      world_begin (&world);
      peer = leave (&world, sizes[i]);
      g_assert_cmpint (send (peer, "words", 5, 0), ==, 5);
      read_all (peer, sizes[i]);
      g_assert_cmpuint (world.done, ==, 0);
      close (peer);
      wait_done (&world);
      farewells_free (world.farewells);
    }
}

/* It says that it will say nothing more, and reads on. */
static void
test_half_closed (void)
{
  World world;
  int peer;

  world_begin (&world);
  peer = leave (&world, WAITING_BYTES);
  shutdown (peer, SHUT_WR);
  read_all (peer, WAITING_BYTES);
  wait_done (&world);
  close (peer);
  farewells_free (world.farewells);
}

/* Some take nothing, one closes without a look, one takes all and stays. */
static void
test_rude (void)
{
  gint64 start = g_get_monotonic_time ();
  World world;
  int peers[4];
  gint64 took;

  world_begin (&world);
  for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
    peers[i] = leave (&world, WAITING_BYTES);
  read_all (peers[0], WAITING_BYTES);
  fds_clear (&peers[1]);
  while (farewells_count (world.farewells) == G_N_ELEMENTS (peers))
    g_main_context_iteration (NULL, TRUE);
  wait_done (&world);
  took = g_get_monotonic_time () - start;
  g_assert_cmpint (took, >=, FAREWELL_MS * 1000);
  for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
    fds_clear (&peers[i]);
  farewells_free (world.farewells);
}

static void
test_chatter (void)
{
  g_autofree guint8 *words = g_malloc0 (65536);
  gint64 start = g_get_monotonic_time ();
  gsize said = 0;
  World world;
  int peer;

  world_begin (&world);
  peer = leave (&world, 10);
  while (world.done == 0)
    {
      gssize sent = send (peer, words, 65536, MSG_DONTWAIT | MSG_NOSIGNAL);

      said += MAX (sent, 0);
      g_main_context_iteration (NULL, FALSE);
    }
  g_assert_cmpuint (said, >, FAREWELL_WORDS_MAX);
  g_assert_cmpuint (said, <, FAREWELL_WORDS_MAX + (4u << 20));
  g_assert_cmpint (g_get_monotonic_time () - start, <, FAREWELL_MS * 1000);
  close (peer);
  farewells_free (world.farewells);
}

/* Whether the connection was closed before its last word. */
static gboolean
is_cut (int peer)
{
  guint8 data[65536];
  gsize sum = 0;
  gssize got;

  while ((got = take (peer, data, sizeof data)) > 0)
    sum += got;
  return got < 0 && sum < WAITING_BYTES;
}

static void
test_caps (void)
{
  const guint most = FAREWELLS_BYTES_MAX / WAITING_BYTES;
  World world;
  int peers[FAREWELLS_BYTES_MAX / WAITING_BYTES + 3];
  guint kept;

  world_begin (&world);
  for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
    peers[i] = leave (&world, WAITING_BYTES);
  kept = farewells_count (world.farewells);
  g_assert_cmpuint (kept, >=, most); /* a part is in the sockets */
  g_assert_cmpuint (kept, <, G_N_ELEMENTS (peers));
  for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
    if (i >= kept)
      g_assert_true (is_cut (peers[i]));
  /* The first came first. */
  g_assert_true (farewells_make_room (world.farewells));
  g_assert_true (is_cut (peers[0]));
  g_assert_false (is_cut (peers[1]));
  g_assert_cmpuint (farewells_count (world.farewells), ==, kept - 1);
  g_assert_cmpuint (world.done, ==, 0);
  while (farewells_make_room (world.farewells))
    continue;
  g_assert_cmpuint (world.done, ==, 1);
  for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
    close (peers[i]);
  farewells_free (world.farewells);
}

int
main (int argc, char **argv)
{
  signal (SIGPIPE, SIG_IGN);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/farewells/polite", test_polite);
  g_test_add_func ("/farewells/half-closed", test_half_closed);
  g_test_add_func ("/farewells/rude", test_rude);
  g_test_add_func ("/farewells/chatter", test_chatter);
  g_test_add_func ("/farewells/caps", test_caps);
  return g_test_run ();
}
