/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A viewer's connection that takes little at a time: bytes and parts of a memory arrive whole and
 * in the order in which they were sent, and one that goes is told.
 */
#include "fds.h"
#include "front/stream.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define FILE_BYTES (3u << 20) /* more than a socket takes */

typedef struct
{
  Stream *stream;
  int peer;
  int file; /* each byte of it tells its place */
  GByteArray *got;
  guint drained;
  gboolean ended;
} World;

static guint8
byte_at (gsize at)
{
  return at * 31 + (at >> 8);
}

static void
on_readable (gpointer user_data)
{
  World *world = user_data;
  guint8 byte;

  if (stream_read (world->stream, &byte, 1) < 0)
    world->ended = TRUE;
  stream_pause (world->stream);
}

static void
on_drained (gpointer user_data)
{
  World *world = user_data;

  g_assert_true (stream_is_drained (world->stream));
  world->drained++;
}

static void
ignore (gpointer user_data)
{
}

static void
world_begin (World *world)
{
  static const StreamHost host = { on_readable, on_drained, ignore, ignore };
  g_autofree guint8 *bytes = g_malloc (FILE_BYTES);
  int pair[2];

  *world = (World) { .got = g_byte_array_new () };
  for (gsize i = 0; i < FILE_BYTES; i++)
    bytes[i] = byte_at (i);
  world->file = memfd_create ("frame", MFD_CLOEXEC);
  g_assert_cmpint (write (world->file, bytes, FILE_BYTES), ==, FILE_BYTES);
  g_assert_true (fds_socketpair (SOCK_STREAM, pair, NULL));
  world->stream = stream_new (pair[0], &host, world);
  world->peer = pair[1];
}

static void
world_end (World *world)
{
  stream_free (world->stream);
  fds_clear (&world->peer);
  fds_clear (&world->file);
  g_byte_array_unref (world->got);
}

/* Takes what there is until `size` bytes have come. */
static void
receive (World *world, gsize size)
{
  guint8 bytes[20000];

  while (world->got->len < size)
    {
      gssize got = recv (world->peer, bytes, sizeof bytes, MSG_DONTWAIT);

      if (got > 0)
        g_byte_array_append (world->got, bytes, got);
      else
        g_main_context_iteration (NULL, TRUE);
    }
  g_assert_cmpuint (world->got->len, ==, size);
}

static void
check_file (World *world, gsize from, gsize at, gsize size)
{
  for (gsize i = 0; i < size; i++)
    if (world->got->data[from + i] != byte_at (at + i))
      g_error ("byte %zu of the file's part is wrong", i);
}

static void
test_file (void)
{
  const gsize at = 12345;
  const gsize size = FILE_BYTES - at;
  World world;

  world_begin (&world);
  g_assert_true (stream_takes_files (world.stream));
  stream_send_file (world.stream, "head", 4, world.file, at, size);
  g_assert_false (stream_is_drained (world.stream));
  fds_clear (&world.file); /* the caller's own may go */
  stream_send (world.stream, "tail", 4);
  receive (&world, 8 + size);
  g_assert_cmpmem (world.got->data, 4, "head", 4);
  check_file (&world, 4, at, size);
  g_assert_cmpmem (world.got->data + 4 + size, 4, "tail", 4);
  while (world.drained == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (stream_get_sent (world.stream), ==, 8 + size);
  world_end (&world);
}

/* What fits leaves at once, and nothing is left of it. */
static void
test_small_files (void)
{
  World world;

  world_begin (&world);
  for (guint i = 0; i < 100; i++)
    {
      stream_send_file (world.stream, "head", i % 2 ? 4 : 0, world.file, i, 1000);
      g_assert_true (stream_is_drained (world.stream));
      receive (&world, (i % 2 ? 4 : 0) + 1000);
      check_file (&world, i % 2 ? 4 : 0, i, 1000);
      g_byte_array_set_size (world.got, 0);
    }
  world_end (&world);
}

/* A viewer that leaves in the middle of one. */
static void
test_gone (void)
{
  World world;

  world_begin (&world);
  stream_send_file (world.stream, "head", 4, world.file, 0, FILE_BYTES);
  fds_clear (&world.peer);
  while (!world.ended)
    g_main_context_iteration (NULL, TRUE);
  world_end (&world);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  signal (SIGPIPE, SIG_IGN); /* as the display does */
  g_test_add_func ("/display/stream/file", test_file);
  g_test_add_func ("/display/stream/small-files", test_small_files);
  g_test_add_func ("/display/stream/gone", test_gone);
  return g_test_run ();
}
