/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A front end without a window, for tests with the real programs: connects with VtGlassClient and
 * does one thing. Not installed.
 *
 *   glass-session SOCKET shot X Y RRGGBB FILE   wait until that pixel has that colour, write the
 * PNG glass-session SOCKET press NAME...          press and release these keys, leave when all is
 * sent glass-session SOCKET latency X Y N          key presses until the pixel changes: median ms
 */
#include "keymap.h"
#include "vt-glass-client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_SECONDS 60

typedef struct
{
  VtGlassClient *client;
  GMainLoop *loop;
  char **args;
  int x, y;
  guint32 wanted; /* shot: this colour */
  gint32 seen;    /* -1: no picture */
  guint next;     /* key or sample */
  guint n;
  gint64 pressed; /* monotonic microseconds */
  double *samples;
} Session;

static void
die (const char *what)
{
  fprintf (stderr, "glass-session: %s\n", what);
  exit (1);
}

static gint32
get_pixel (Session *session)
{
  cairo_surface_t *frame = vt_glass_client_get_frame (session->client);
  guint32 pixel;

  if (frame == NULL || session->x >= cairo_image_surface_get_width (frame) ||
      session->y >= cairo_image_surface_get_height (frame))
    return -1;
  memcpy (&pixel,
          cairo_image_surface_get_data (frame) +
              session->y * cairo_image_surface_get_stride (frame) + session->x * 4,
          sizeof pixel);
  return pixel & 0xffffff;
}

static void
on_shot_frame (Session *session)
{
  g_autoptr (GError) error = NULL;

  vt_glass_client_ack (session->client);
  if (get_pixel (session) != (gint32) session->wanted)
    return;
  if (!vt_glass_client_screenshot (session->client, session->args[3], &error))
    die (error->message);
  g_main_loop_quit (session->loop);
}

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *) a;
  double y = *(const double *) b;

  return x < y ? -1 : x > y;
}

static gboolean
on_press (gpointer user_data)
{
  Session *session = user_data;

  session->seen = get_pixel (session);
  session->pressed = g_get_monotonic_time ();
  vt_glass_client_key (session->client, keymap_from_name ("a"), TRUE);
  return G_SOURCE_REMOVE;
}

static void
on_latency_frame (Session *session)
{
  gint64 now = g_get_monotonic_time ();
  gint32 pixel;

  vt_glass_client_ack (session->client);
  pixel = get_pixel (session);
  if (pixel == -1)
    return;
  if (session->pressed == 0 && session->seen == -1)
    {
      session->seen = pixel;
      g_timeout_add (100, on_press, session);
    }
  if (session->pressed == 0 || pixel == session->seen)
    return;
  session->samples[session->next++] = (now - session->pressed) / 1000.0;
  session->pressed = 0;
  vt_glass_client_key (session->client, keymap_from_name ("a"), FALSE);
  if (session->next < session->n)
    {
      g_timeout_add (40 + g_random_int_range (0, 60), on_press, session);
      return;
    }
  qsort (session->samples, session->n, sizeof (double), compare_doubles);
  printf ("median_ms %.2f\nmax_ms %.2f\n", session->samples[session->n / 2],
          session->samples[session->n - 1]);
  g_main_loop_quit (session->loop);
}

static void
on_press_drained (Session *session)
{
  if (vt_glass_client_is_drained (session->client))
    g_main_loop_quit (session->loop);
}

static void
start_shot (Session *session)
{
  session->wanted = strtol (session->args[2], NULL, 16);
  g_signal_connect_swapped (session->client, "scanout", G_CALLBACK (on_shot_frame), session);
  g_signal_connect_swapped (session->client, "damage", G_CALLBACK (on_shot_frame), session);
}

static void
start_latency (Session *session)
{
  session->n = atoi (session->args[2]);
  session->samples = g_new0 (double, session->n);
  g_signal_connect_swapped (session->client, "scanout", G_CALLBACK (on_latency_frame), session);
  g_signal_connect_swapped (session->client, "damage", G_CALLBACK (on_latency_frame), session);
}

static void
start_press (Session *session)
{
  for (char **name = session->args; *name != NULL; name++)
    {
      guint qnum = keymap_from_name (*name);

      if (qnum == 0)
        die (*name);
      vt_glass_client_key (session->client, qnum, TRUE);
      vt_glass_client_key (session->client, qnum, FALSE);
    }
  g_signal_connect_swapped (session->client, "drained", G_CALLBACK (on_press_drained), session);
}

static const struct
{
  const char *name;
  int n_args; /* at least */
  gboolean has_place;
  void (*start) (Session *session);
} commands[] = {
  { "shot", 4, TRUE, start_shot },
  { "latency", 3, TRUE, start_latency },
  { "press", 1, FALSE, start_press },
};

static void
on_closed (VtGlassClient *client, const char *reason, gpointer user_data)
{
  die (reason);
}

static gboolean
on_timeout (gpointer user_data)
{
  die ("timed out");
  return G_SOURCE_REMOVE;
}

int
main (int argc, char **argv)
{
  Session session = { .seen = -1 };
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; argc >= 3 && i < G_N_ELEMENTS (commands); i++)
    {
      if (!g_str_equal (argv[2], commands[i].name) || argc - 3 < commands[i].n_args)
        continue;
      session.args = argv + 3;
      session.x = commands[i].has_place ? atoi (argv[3]) : 0;
      session.y = commands[i].has_place ? atoi (argv[4]) : 0;
      session.client = vt_glass_client_new (argv[1], 0, &error);
      if (session.client == NULL)
        die (error->message);
      session.loop = g_main_loop_new (NULL, FALSE);
      g_signal_connect (session.client, "closed", G_CALLBACK (on_closed), NULL);
      g_timeout_add_seconds (TIMEOUT_SECONDS, on_timeout, NULL);
      commands[i].start (&session);
      g_main_loop_run (session.loop);
      g_object_unref (session.client);
      g_main_loop_unref (session.loop);
      g_free (session.samples);
      return 0;
    }
  fprintf (stderr, "usage: glass-session SOCKET shot|latency|press ARGUMENTS\n");
  return 2;
}
