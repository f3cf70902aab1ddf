/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The QMP client against a peer on a socketpair that does what the test says: well or badly, it
 * must end each command once and the connection at most once.
 */
#include "qmp/qmp-client.h"

#include "fds.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define GREETING                                                                                   \
  "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 2, \"minor\": 0, \"major\": 10}, "               \
  "\"package\": \"\"}, \"capabilities\": []}}\r\n"

typedef struct
{
  QmpClient *client;
  int peer;
  gboolean ready;
  guint events;
  guint lost;
  guint replies;
  guint errors;
  int error_code;
  char *why;
  char *error;
} Fixture;

static void
on_greeted (gpointer data)
{
}

static void
on_ready (const QmpMessage *greeting, gpointer data)
{
  Fixture *fixture = data;

  g_assert_cmpuint (greeting->version_major, ==, 10);
  fixture->ready = TRUE;
}

static void
on_event (const QmpMessage *event, gpointer data)
{
  ((Fixture *) data)->events++;
}

static void
on_lost (const char *why, gpointer data)
{
  Fixture *fixture = data;

  fixture->lost++;
  fixture->why = g_strdup (why);
}

static void
on_reply (JsonNode *result, const GError *error, gpointer data)
{
  Fixture *fixture = data;

  fixture->replies++;
  if (error == NULL)
    return;
  fixture->errors++;
  fixture->error_code = error->code;
  g_free (fixture->error);
  fixture->error = g_strdup (error->message);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  static const QmpClientEvents events = { on_greeted, on_ready, on_event, on_lost };
  int pair[2];

  g_assert_true (fds_socketpair (SOCK_STREAM, pair, NULL));
  fixture->client = qmp_client_new_take (pair[0], &events, fixture);
  fixture->peer = pair[1];
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->client, qmp_client_free);
  fds_clear (&fixture->peer);
  g_free (fixture->why);
  g_free (fixture->error);
}

static void
say (Fixture *fixture, const char *text)
{
  g_assert_cmpint (send (fixture->peer, text, strlen (text), MSG_NOSIGNAL), ==, strlen (text));
}

/* Turns the loop until there is nothing to do at once. */
static void
turn (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* What the client has sent, and the descriptor with it in *ret_fd unless NULL. */
static char *
hear (Fixture *fixture, int *ret_fd)
{
  char *text = g_malloc0 (65536);
  int fds[1] = { -1 };
  guint n_fds = 1;

  fds_receive (fixture->peer, text, 65535, fds, &n_fds);
  if (ret_fd != NULL)
    *ret_fd = fds[0];
  else
    fds_clear (&fds[0]);
  return text;
}

static void
negotiate (Fixture *fixture)
{
  g_autofree char *heard = NULL;

  say (fixture, GREETING);
  turn ();
  heard = hear (fixture, NULL);
  g_assert_cmpstr (heard, ==, "{\"execute\":\"qmp_capabilities\",\"id\":1}\n");
  say (fixture, "{\"return\": {}, \"id\": 1}\r\n");
  turn ();
  g_assert_true (fixture->ready);
}

static void
test_commands (Fixture *fixture, gconstpointer data)
{
  g_autofree char *heard = NULL;

  negotiate (fixture);
  qmp_client_send (fixture->client, "stop", NULL, -1, 0, on_reply, fixture);
  qmp_client_send (fixture->client, "cont", NULL, -1, 0, on_reply, fixture);
  heard = hear (fixture, NULL);
  g_assert_nonnull (strstr (heard, "{\"execute\":\"cont\",\"id\":3}\n"));
  /* Out of order and with an event between, as QMP permits. */
  say (fixture, "{\"return\": {}, \"id\": 3}\r\n{\"event\": \"STOP\"}\r\n"
                "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}, \"id\": 2}\r\n");
  turn ();
  g_assert_cmpuint (fixture->replies, ==, 2);
  g_assert_cmpuint (fixture->errors, ==, 1);
  g_assert_cmpstr (fixture->error, ==, "no");
  g_assert_cmpint (fixture->error_code, ==, QMP_CLIENT_ERROR_REFUSED);
  g_assert_cmpuint (fixture->events, ==, 1);
  g_assert_cmpuint (fixture->lost, ==, 0);
}

static void
test_descriptor (Fixture *fixture, gconstpointer data)
{
  autofd sent = memfd_create ("handed", 0);
  autofd received = -1;
  g_autofree char *heard = NULL;
  struct stat one;
  struct stat two;

  negotiate (fixture);
  qmp_client_send (fixture->client, "getfd", json_object_new (), sent, 0, on_reply, fixture);
  heard = hear (fixture, &received);
  g_assert_true (g_str_has_prefix (heard, "{\"execute\":\"getfd\""));
  g_assert_cmpint (fstat (sent, &one), ==, 0);
  g_assert_cmpint (fstat (received, &two), ==, 0);
  g_assert_cmpuint (one.st_ino, ==, two.st_ino);
}

static void
test_timeout (Fixture *fixture, gconstpointer data)
{
  negotiate (fixture);
  qmp_client_send (fixture->client, "stop", NULL, -1, 20, on_reply, fixture);
  while (fixture->replies == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (fixture->error_code, ==, QMP_CLIENT_ERROR_TIMEOUT);
  /* The late answer is no offence, and answers nothing twice. */
  say (fixture, "{\"return\": {}, \"id\": 2}\r\n");
  turn ();
  g_assert_cmpuint (fixture->replies, ==, 1);
  g_assert_cmpuint (fixture->lost, ==, 0);
}

static void
test_pending_limit (Fixture *fixture, gconstpointer data)
{
  negotiate (fixture);
  for (int i = 0; i < QMP_PENDING_MAX + 1; i++)
    qmp_client_send (fixture->client, "stop", NULL, -1, 0, on_reply, fixture);
  g_assert_cmpuint (fixture->errors, ==, 1);
  g_assert_cmpint (fixture->error_code, ==, QMP_CLIENT_ERROR_LOST);
}

static void
test_end (Fixture *fixture, gconstpointer data)
{
  negotiate (fixture);
  qmp_client_send (fixture->client, "stop", NULL, -1, 0, on_reply, fixture);
  fds_clear (&fixture->peer);
  turn ();
  g_assert_cmpuint (fixture->lost, ==, 1);
  g_assert_cmpuint (fixture->replies, ==, 1);
  g_assert_false (qmp_client_is_alive (fixture->client));
  qmp_client_send (fixture->client, "cont", NULL, -1, 0, on_reply, fixture);
  g_assert_cmpuint (fixture->replies, ==, 2);
}

static void
test_freed_with_pending (Fixture *fixture, gconstpointer data)
{
  negotiate (fixture);
  qmp_client_send (fixture->client, "stop", NULL, -1, 0, on_reply, fixture);
  g_clear_pointer (&fixture->client, qmp_client_free);
  g_assert_cmpuint (fixture->replies, ==, 1);
  g_assert_cmpuint (fixture->lost, ==, 0);
}

/* As much as the socket takes. */
static void
flood (Fixture *fixture)
{
  static const char event[] = "{\"event\": \"STOP\"}\n";

  while (send (fixture->peer, event, strlen (event), MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
    continue;
}

/* A QEMU that never stops talking costs vmm only so much time, and is understood all the same. */
static void
test_flood (Fixture *fixture, gconstpointer data)
{
  const guint burst = QMP_BURST_BYTES / QMP_MESSAGE_COST;
  const gint64 begun = g_get_monotonic_time ();
  guint before, most;

  negotiate (fixture);
  do
    {
      before = fixture->events;
      flood (fixture);
      turn ();
    }
  while (fixture->events > before && fixture->events < 20 * burst);
  /* While it took as long as it did, more was earned. */
  most = burst + (g_get_monotonic_time () - begun) * (QMP_BYTES_PER_SECOND / QMP_MESSAGE_COST) /
                     G_USEC_PER_SEC;
  g_assert_cmpuint (fixture->events, >=, burst / 2);
  g_assert_cmpuint (fixture->events, <=, most + burst / 8); /* and a read or two beyond */
  g_assert_cmpuint (fixture->lost, ==, 0);
  while (fixture->events == before)
    g_main_context_iteration (NULL, TRUE);
  fds_clear (&fixture->peer);
  while (fixture->lost == 0)
    g_main_context_iteration (NULL, TRUE);
}

/* A line that comes byte by byte. */
static void
test_crumbs (Fixture *fixture, gconstpointer data)
{
  const char *event = "{\"event\": \"STOP\"}\n";

  negotiate (fixture);
  for (const char *at = event; *at != '\0'; at++)
    {
      g_assert_cmpuint (fixture->events, ==, 0);
      g_assert_cmpint (send (fixture->peer, at, 1, MSG_NOSIGNAL), ==, 1);
      turn ();
    }
  g_assert_cmpuint (fixture->events, ==, 1);
}

/* A line without end. */
static void
test_endless (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strnfill (16 * 1024, ' ');

  negotiate (fixture);
  while (fixture->lost == 0)
    {
      gssize sent = send (fixture->peer, text, 16 * 1024, MSG_NOSIGNAL | MSG_DONTWAIT);

      g_assert_true (sent > 0 || errno == EAGAIN);
      turn ();
    }
  g_assert_true (g_str_has_suffix (fixture->why, "sent a line that is too long"));
}

/* `data`: what a peer says after its greeting, or instead of it. */
static void
test_offence (Fixture *fixture, gconstpointer data)
{
  const char *words = data;

  if (*words == '+')
    negotiate (fixture);
  say (fixture, words + 1);
  turn ();
  g_assert_cmpuint (fixture->lost, ==, 1);
  g_assert_true (g_str_has_prefix (fixture->why, "QEMU's monitor broke the protocol"));
}

int
main (int argc, char **argv)
{
  static const char *const offences[] = {
    "-garbage\n",
    "-{\"return\": {}}\n",
    "-{\"event\": \"STOP\"}\n",
    "+" GREETING,
    "+{\"return\": {}, \"id\": 99}\n",
    "+{\"return\": {}}\n",
    "+{\"return\": {}, \"id\": -1}\n",
    "+{\"error\": {\"class\": \"a\", \"desc\": \"b\"}}\n",
    "+[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n",
  };

  g_test_init (&argc, &argv, NULL);
  g_test_add ("/qmp-client/commands", Fixture, NULL, set_up, test_commands, tear_down);
  g_test_add ("/qmp-client/descriptor", Fixture, NULL, set_up, test_descriptor, tear_down);
  g_test_add ("/qmp-client/timeout", Fixture, NULL, set_up, test_timeout, tear_down);
  g_test_add ("/qmp-client/pending", Fixture, NULL, set_up, test_pending_limit, tear_down);
  g_test_add ("/qmp-client/end", Fixture, NULL, set_up, test_end, tear_down);
  g_test_add ("/qmp-client/freed", Fixture, NULL, set_up, test_freed_with_pending, tear_down);
  g_test_add ("/qmp-client/flood", Fixture, NULL, set_up, test_flood, tear_down);
  g_test_add ("/qmp-client/crumbs", Fixture, NULL, set_up, test_crumbs, tear_down);
  g_test_add ("/qmp-client/endless", Fixture, NULL, set_up, test_endless, tear_down);
  for (guint i = 0; i < G_N_ELEMENTS (offences); i++)
    {
      g_autofree char *name = g_strdup_printf ("/qmp-client/offence/%u", i);

      g_test_add (name, Fixture, offences[i], set_up, test_offence, tear_down);
    }
  return g_test_run ();
}
