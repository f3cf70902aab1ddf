/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Many VNC viewers in one process, for the bench: those that look on, and those that only take up
 * room. Says "ready" once all of them are in, then answers one command a line with one line of
 * JSON:
 *
 *   count         time, and updates, pixels and bytes of each viewer so far
 *   press N SEED  the first viewer presses (and releases) a key N times, as somebody types who does
 *                 not look; for each, the milliseconds until each viewer has been sent another
 *                 first pixel, and when that was, in seconds of the monotonic clock
 *   type N MS     presses and releases a key N times, MS apart
 *
 * Ends with its standard input.
 */
#include "rfb-client.h"

#include <glib.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define PRESS_PATIENCE_MS 2000
/* Between a press and a release: 300 ms at a mean, which is 40 words a minute. */
#define PAUSE_MIN_MS 100
#define PAUSE_MAX_MS 500
#define KEY_A 0x61
#define READY_SECONDS 20

typedef struct
{
  RfbWanted wanted;
  char *kind;
  int n_viewers;
  char *encoding;
} Options;

static Options options = { .wanted = { .address = "127.0.0.1", .quality = -1, .compression = -1 } };

static GMutex lock; /* guards what follows */
static GCond changed;
static guint n_in; /* have logged in (or have been turned out for the first time) */
static guint n_ready;
static gint64 pressed_at; /* 0: nobody waits */
static guint n_waiting;   /* viewers that have not seen it yet */
static GArray *took;      /* of double, milliseconds */
static GArray *shown;     /* of double, seconds of the monotonic clock */

typedef struct
{
  RfbClient client;
  gboolean in;
  gboolean ready;
  gboolean waits;
} Viewer;

static Viewer *viewers;

static void
come_in (Viewer *viewer)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);

  viewer->in = TRUE;
  n_in++;
  g_cond_broadcast (&changed);
}

static void
become_ready (Viewer *viewer)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);

  if (viewer->ready)
    return;
  viewer->ready = TRUE;
  n_ready++;
  g_cond_broadcast (&changed);
}

static void
see (Viewer *viewer)
{
  gint64 now = g_get_monotonic_time ();
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  double ms = (now - pressed_at) / 1000.0;
  double seconds = now / 1e6;

  if (!viewer->waits)
    return;
  viewer->waits = FALSE;
  g_array_append_val (took, ms);
  g_array_append_val (shown, seconds);
  n_waiting--;
  g_cond_broadcast (&changed);
}

static gpointer
look_on (gpointer data)
{
  Viewer *viewer = data;
  RfbClient *client = &viewer->client;

  if (!rfb_client_login (client, rfb_client_connect (&options.wanted, 0), &options.wanted))
    g_error ("a viewer could not log in");
  come_in (viewer);
  while (rfb_client_step (client))
    {
      if (!viewer->ready && client->pixels >= (guint64) client->width * client->height)
        become_ready (viewer);
      if (client->corner_news)
        see (viewer);
      client->corner_news = FALSE;
    }
  g_error ("a viewer's connection ended");
  return NULL;
}

/* --- Bad company: whatever ends, comes back --- */

/* Until the server ends the connection or the time has passed. */
static void
stay (int socket, int milliseconds)
{
  char bytes[4096];
  struct pollfd poll_fd = { socket, POLLIN, 0 };

  while (poll (&poll_fd, 1, milliseconds) > 0)
    if (recv (socket, bytes, sizeof bytes, 0) <= 0)
      return;
}

static void
be_silent (int socket)
{
  stay (socket, -1);
}

static void
be_half (int socket)
{
  send (socket, "RFB 00", 6, MSG_NOSIGNAL);
  stay (socket, -1);
}

static void
be_garbage (int socket)
{
  static const char *const noises[] = { "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "RFB 003.008\n\377",
                                        "RFB 999.999\n", "RFB 003.008\n\2xxxxxxxxxxxxxxx" };
  const char *noise = noises[g_random_int_range (0, G_N_ELEMENTS (noises))];

  send (socket, noise, strlen (noise), MSG_NOSIGNAL);
  stay (socket, 20);
}

/* Logs in and asks for everything again and again, but reads nothing. */
static void
be_deaf (int socket)
{
  g_autofree RfbClient *client = g_new0 (RfbClient, 1);
  struct pollfd poll_fd = { socket, 0, 0 };

  if (!rfb_client_login (client, socket, &options.wanted))
    return;
  for (guint i = 0; i < 50; i++)
    rfb_client_request (client, FALSE);
  poll (&poll_fd, 1, -1); /* an error or a hang-up */
}

static const struct
{
  const char *name;
  void (*be) (int socket);
  int receive_buffer;
} kinds[] = {
  { "silent", be_silent, 0 },
  { "half", be_half, 0 },
  { "garbage", be_garbage, 0 },
  { "deaf", be_deaf, 4096 },
};

static gpointer
take_up_room (gpointer data)
{
  Viewer *viewer = data;

  for (;;)
    for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
      if (g_str_equal (kinds[i].name, options.kind))
        {
          viewer->client.socket = rfb_client_connect (&options.wanted, kinds[i].receive_buffer);
          if (!viewer->in)
            come_in (viewer);
          become_ready (viewer);
          if (viewer->client.socket >= 0)
            kinds[i].be (viewer->client.socket);
          rfb_client_close (&viewer->client);
          g_usleep (50 * 1000); /* not a flood of connections: that is another figure */
        }
  return NULL;
}

/* --- Commands --- */

static void
count (void)
{
  printf ("{\"time\": %.6f, \"viewers\": [", g_get_monotonic_time () / 1e6);
  for (int i = 0; i < options.n_viewers; i++)
    {
      const RfbClient *client = &viewers[i].client;

      printf ("%s[%" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT "]",
              i > 0 ? ", " : "", client->updates, client->pixels, client->bytes);
    }
  printf ("]}\n");
}

/* Milliseconds until all have seen it go into `took`; FALSE if some did not. */
static gboolean
press_once (gboolean down)
{
  gint64 end;
  gboolean seen = TRUE;

  g_mutex_lock (&lock);
  for (int i = 0; i < options.n_viewers; i++)
    viewers[i].waits = TRUE;
  n_waiting = options.n_viewers;
  pressed_at = g_get_monotonic_time ();
  end = pressed_at + PRESS_PATIENCE_MS * 1000;
  g_mutex_unlock (&lock);
  rfb_client_key (&viewers[0].client, KEY_A, down);
  g_mutex_lock (&lock);
  while (seen && n_waiting > 0)
    seen = g_cond_wait_until (&changed, &lock, end);
  for (int i = 0; i < options.n_viewers; i++)
    viewers[i].waits = FALSE;
  g_mutex_unlock (&lock);
  return seen;
}

static void
print_list (const char *name, GArray *numbers, int digits)
{
  printf ("\"%s\": [", name);
  for (guint i = 0; i < numbers->len; i++)
    printf ("%s%.*f", i > 0 ? ", " : "", digits, g_array_index (numbers, double, i));
  printf ("]");
}

/* From one press to the next, whenever the first was shown: a pause after that would begin with a
 * refresh of the server's, and tell only of the moments that follow it at that distance. With a
 * seed two servers get the same pauses. */
static void
press (guint times, guint seed)
{
  g_autoptr (GRand) pauses = g_rand_new_with_seed (seed);
  guint lost = 0;
  gint64 at = g_get_monotonic_time ();

  g_array_set_size (took, 0);
  g_array_set_size (shown, 0);
  for (guint i = 0; i < times; i++)
    {
      gint64 now = g_get_monotonic_time ();

      at = MAX (at + g_rand_int_range (pauses, PAUSE_MIN_MS * 1000, PAUSE_MAX_MS * 1000), now);
      g_usleep (at - now);
      lost += !press_once (i % 2 == 0);
    }
  printf ("{\"lost\": %u, ", lost);
  print_list ("ms", took, 3);
  printf (", ");
  print_list ("shown", shown, 6);
  printf ("}\n");
}

static void
type (guint times, guint milliseconds)
{
  for (guint i = 0; i < times; i++)
    {
      rfb_client_key (&viewers[0].client, KEY_A + i % 26, TRUE);
      rfb_client_key (&viewers[0].client, KEY_A + i % 26, FALSE);
      g_usleep (milliseconds * 1000);
    }
  printf ("{\"typed\": %u}\n", times);
}

static void
obey (void)
{
  char line[128];

  while (fgets (line, sizeof line, stdin) != NULL)
    {
      guint times, milliseconds, seed;

      if (g_str_has_prefix (line, "count"))
        count ();
      else if (sscanf (line, "press %u %u", &times, &seed) == 2)
        press (times, seed);
      else if (sscanf (line, "type %u %u", &times, &milliseconds) == 2)
        type (times, milliseconds);
      else
        printf ("{\"error\": \"unknown command\"}\n");
      fflush (stdout);
    }
}

static gboolean
parse_options (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    RfbEncoding encoding;
  } encodings[] = {
    { "raw", RFB_ENCODING_RAW },
    { "hextile", RFB_ENCODING_HEXTILE },
    { "tight", RFB_ENCODING_TIGHT },
    { "zrle", RFB_ENCODING_ZRLE },
  };
  RfbWanted *wanted = &options.wanted;
  const GOptionEntry entries[] = {
    { "port", 0, 0, G_OPTION_ARG_INT, &wanted->port, "On this machine", "N" },
    { "password", 0, 0, G_OPTION_ARG_STRING, &wanted->password, "", "TEXT" },
    { "viewers", 0, 0, G_OPTION_ARG_INT, &options.n_viewers, "How many", "N" },
    { "as", 0, 0, G_OPTION_ARG_STRING, &options.kind, "silent, half, garbage or deaf", "KIND" },
    { "encoding", 0, 0, G_OPTION_ARG_STRING, &options.encoding, "raw, hextile, tight, zrle", "E" },
    { "quality", 0, 0, G_OPTION_ARG_INT, &wanted->quality, "JPEG, 0 to 9", "N" },
    { "compression", 0, 0, G_OPTION_ARG_INT, &wanted->compression, "0 to 9", "N" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  options.n_viewers = 1;
  options.encoding = g_strdup ("raw");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("rfb-load: %s\n", error->message);
      return FALSE;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (encodings); i++)
    if (g_str_equal (encodings[i].name, options.encoding))
      {
        wanted->encoding = encodings[i].encoding;
        return TRUE;
      }
  g_printerr ("rfb-load: there is no encoding '%s'\n", options.encoding);
  return FALSE;
}

/* One after the other: QEMU's own server listens with room for one. */
static void
wait_for (const guint *number, guint wanted)
{
  gint64 end = g_get_monotonic_time () + READY_SECONDS * G_USEC_PER_SEC;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);

  while (*number < wanted)
    if (!g_cond_wait_until (&changed, &lock, end))
      {
        g_printerr ("rfb-load: %u viewers are in, %u have a picture\n", n_in, n_ready);
        exit (1);
      }
}

int
main (int argc, char **argv)
{
  if (!parse_options (argc, argv))
    return 2;
  took = g_array_new (FALSE, FALSE, sizeof (double));
  shown = g_array_new (FALSE, FALSE, sizeof (double));
  viewers = g_new0 (Viewer, options.n_viewers);
  for (int i = 0; i < options.n_viewers; i++)
    {
      viewers[i].client.socket = -1;
      g_thread_unref (
          g_thread_new ("viewer", options.kind != NULL ? take_up_room : look_on, &viewers[i]));
      wait_for (&n_in, i + 1);
    }
  wait_for (&n_ready, options.n_viewers);
  printf ("{\"ready\": %d}\n", options.n_viewers);
  fflush (stdout);
  obey ();
  return 0;
}
