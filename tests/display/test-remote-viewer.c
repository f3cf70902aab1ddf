/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A viewer that logs in: the time that a person has for the password is given once, and whoever has
 * to wait after failed logins learns nothing of the password.
 */
#include "fds.h"
#include "front/remote-viewer.h"
#include "ipc/web-wire.h"
#include "web/web-socket.h"

#include <signal.h>
#include <sys/socket.h>

#define ROOM 4096u

typedef struct
{
  Penalties *penalties;
  Farewells *farewells;
  RemoteViewerHost host;
  RemoteViewer *viewer; /* NULL once it is gone */
  LinkViewer last;      /* report */
  guint n_tokens;       /* asked about */
  int peer;
  GByteArray *got;
} World;

static const PenaltySource source = { { 1 } };

static void
on_report (const LinkViewer *report, gpointer user_data)
{
  World *world = user_data;

  world->last = *report;
}

static void
on_gone (RemoteViewer *viewer, gpointer user_data)
{
  World *world = user_data;

  remote_viewer_free (viewer);
  world->viewer = NULL;
}

static gboolean
take_token (const guint8 *token, gsize size, gpointer token_data)
{
  World *world = token_data;

  world->n_tokens++;
  return TRUE;
}

static void
ignore (gpointer user_data)
{
}

/* One who has come from a browser. */
static void
come (World *world)
{
  int pair[2];
  Stream *stream;

  g_assert_true (fds_socketpair (SOCK_STREAM, pair, NULL));
  stream = stream_new (pair[0], NULL, NULL);
  web_socket_wrap (stream);
  world->peer = pair[1];
  g_byte_array_set_size (world->got, 0);
  world->viewer = remote_viewer_new (stream, 7, &source, "192.0.2.1:5", &world->host);
}

static void
world_begin (World *world)
{
  *world = (World) { .got = g_byte_array_new (),
                     .penalties = penalties_new (),
                     .farewells = farewells_new (ignore, NULL) };
  world->host = (RemoteViewerHost) { .share = 1,
                                     .name = "guest",
                                     .rules = { .password = "secret",
                                                .loopback = TRUE,
                                                .web = TRUE,
                                                .take_token = take_token,
                                                .token_data = world },
                                     .penalties = world->penalties,
                                     .farewells = world->farewells,
                                     .report = on_report,
                                     .gone = on_gone,
                                     .user_data = world };
}

static void
leave (World *world)
{
  g_clear_pointer (&world->viewer, remote_viewer_free);
  fds_clear (&world->peer);
}

static void
world_end (World *world)
{
  leave (world);
  farewells_free (world->farewells);
  penalties_free (world->penalties);
  g_byte_array_unref (world->got);
}

/* A frame, by a mask of zeroes. */
static void
say (World *world, guint8 opcode, const void *data, gsize size)
{
  guint8 frame[6 + 125] = { 0x80 | opcode, 0x80 | size };

  g_assert_cmpuint (size, <=, 125);
  memcpy (frame + 6, data, size);
  g_assert_cmpint (send (world->peer, frame, 6 + size, MSG_NOSIGNAL), ==, 6 + size);
}

/* Until so many bytes have come from it, frames and all. */
static void
hear (World *world, gsize size)
{
  guint8 bytes[ROOM];

  while (world->got->len < size)
    {
      gssize got = recv (world->peer, bytes, sizeof bytes, MSG_DONTWAIT);

      g_assert_cmpint (got, !=, 0);
      if (got > 0)
        g_byte_array_append (world->got, bytes, got);
      else
        g_main_context_iteration (NULL, TRUE);
    }
  g_assert_cmpuint (world->got->len, ==, size);
  g_byte_array_set_size (world->got, 0);
}

/* Up to the question for the password. */
static void
come_to_password (World *world)
{
  const guint8 plain[] = { 0, 0, 1, 0 };

  come (world);
  hear (world, 2 + 12);
  say (world, 2, "RFB 003.008\n", 12);
  hear (world, 2 + 2);
  say (world, 2, "\x13", 1);
  hear (world, 2 + 2);
  say (world, 2, "\0\2", 2);
  hear (world, 2 + 2 + 4);
  say (world, 2, plain, sizeof plain);
  while (remote_viewer_waits_since (world->viewer) == 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
say_password (World *world, const char *name, const char *password)
{
  const guint8 sizes[] = { 0, 0, 0, strlen (name), 0, 0, 0, strlen (password) };
  g_autoptr (GByteArray) message = g_byte_array_new ();

  g_byte_array_append (message, sizes, sizeof sizes);
  g_byte_array_append (message, (const guint8 *) name, strlen (name));
  g_byte_array_append (message, (const guint8 *) password, strlen (password));
  say (world, 2, message->data, message->len);
}

/* --- Time --- */

/* Whoever speaks again without saying anything has the time that a program has, and not a person's
 * anew: it would hold its place for ever, and never make room. */
static void
test_pings (void)
{
  World world;

  world_begin (&world);
  come_to_password (&world);
  for (guint i = 0; i < 4; i++)
    {
      say (&world, 9, "here", 4);
      hear (&world, 2 + 4);
      g_assert_cmpint (remote_viewer_waits_since (world.viewer), ==, 0);
    }
  world_end (&world);
}

/* --- Guessing --- */

/* What is said to one who came before its source had to wait. Transfer full. */
static GByteArray *
guess_too_late (World *world, const char *name, const char *password)
{
  GByteArray *said;

  penalties_forgive (world->penalties, &source);
  come_to_password (world);
  for (guint i = 0; i < PENALTIES_FREE; i++)
    penalties_failed (world->penalties, &source, g_get_monotonic_time ());
  say_password (world, name, password);
  while (world->viewer != NULL || farewells_count (world->farewells) > 0)
    {
      guint8 bytes[ROOM];
      gssize got = recv (world->peer, bytes, sizeof bytes, MSG_DONTWAIT);

      if (got > 0)
        g_byte_array_append (world->got, bytes, got);
      else if (got == 0)
        shutdown (world->peer, SHUT_WR);
      g_main_context_iteration (NULL, FALSE);
    }
  g_assert_cmpuint (world->last.why, ==, LINK_WHY_PENALTY);
  leave (world);
  said = world->got;
  world->got = g_byte_array_new ();
  return said;
}

static void
test_penalty_tells_nothing (void)
{
  g_autoptr (GByteArray) right = NULL;
  g_autoptr (GByteArray) wrong = NULL;
  g_autoptr (GByteArray) link = NULL;
  World world;

  world_begin (&world);
  right = guess_too_late (&world, "anyone", "secret");
  wrong = guess_too_late (&world, "anyone", "guess1");
  g_assert_cmpuint (right->len, >, 0);
  g_assert_cmpmem (right->data, right->len, wrong->data, wrong->len);
  link = guess_too_late (&world, WEB_TOKEN_USER, "aLink");
  g_assert_cmpmem (right->data, right->len, link->data, link->len);
  g_assert_cmpuint (world.n_tokens, ==, 0); /* it is good for another time */
  world_end (&world);
}

int
main (int argc, char **argv)
{
  signal (SIGPIPE, SIG_IGN);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/display/remote-viewer/pings", test_pings);
  g_test_add_func ("/display/remote-viewer/penalty-tells-nothing", test_penalty_tells_nothing);
  return g_test_run ();
}
