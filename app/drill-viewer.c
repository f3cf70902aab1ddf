/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * vitrine-drill-viewer: a front end that the drill lets a display process talk to which has been
 * taken over. The connection is read by the very code that reads it in the window
 * (vt-glass-client.h), and what comes is looked at as the window does. vmm starts it in a jail, one
 * a conversation; it opens nothing.
 *
 * Descriptor 3 is the connection. On descriptor 4 it says CLOSED_BY_US when it has ended the
 * connection for what was said after a picture, CLOSED_EARLY if there was none, OTHER_END for any
 * other end, and then waits to be ended itself.
 */
#include "vt-glass-client.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define GLASS_FD 3
#define WORD_FD 4
#define CLOSED_BY_US "c"
#define CLOSED_EARLY "b"
#define OTHER_END "e"
#define FDS_END 256

typedef struct
{
  VtGlassClient *client;
  guint n_fds;    /* open while all was well; 0: it never was */
  guint sum;      /* of what was looked at */
  gboolean by_us; /* why it is closed */
} Viewer;

static guint
count_fds (void)
{
  guint n = 0;

  for (int fd = 0; fd < FDS_END; fd++)
    n += fcntl (fd, F_GETFD) >= 0;
  return n;
}

/* Each page of a picture. */
static void
look_at (Viewer *viewer, cairo_surface_t *picture)
{
  const guint8 *data = picture != NULL ? cairo_image_surface_get_data (picture) : NULL;
  gsize size = data != NULL ? (gsize) cairo_image_surface_get_stride (picture) *
                                  cairo_image_surface_get_height (picture)
                            : 0;

  for (gsize at = 0; at < size; at += 4)
    viewer->sum += data[at];
}

static void
on_scanout (VtGlassClient *client, Viewer *viewer)
{
  look_at (viewer, vt_glass_client_get_frame (client));
  if (viewer->n_fds == 0)
    viewer->n_fds = count_fds ();
  vt_glass_client_ack (client);
}

static void
on_damage (VtGlassClient *client, const GlassRect *rects, guint n, Viewer *viewer)
{
  look_at (viewer, vt_glass_client_get_frame (client));
  vt_glass_client_ack (client);
}

static void
on_cursor (VtGlassClient *client, Viewer *viewer)
{
  int hot_x, hot_y;

  look_at (viewer, vt_glass_client_get_cursor (client, &hot_x, &hot_y));
}

static void
on_clipboard_want (VtGlassClient *client, guint number, guint kind, Viewer *viewer)
{
  vt_glass_client_clipboard_answer (client, number, kind, NULL);
}

/* The last picture stays readable, and of the conversation no descriptor is left. */
static gboolean
on_over (gpointer data)
{
  Viewer *viewer = data;
  const char *word = OTHER_END;

  look_at (viewer, vt_glass_client_get_frame (viewer->client));
  if (viewer->by_us && viewer->n_fds == 0)
    word = CLOSED_EARLY;
  else if (viewer->by_us && count_fds () < viewer->n_fds)
    word = CLOSED_BY_US;
  if (write (WORD_FD, word, 1) != 1)
    _exit (1);
  return G_SOURCE_REMOVE;
}

static void
on_closed (VtGlassClient *client, const char *reason, Viewer *viewer)
{
  viewer->by_us =
      strstr (reason, "broke the protocol") != NULL || strstr (reason, "cannot be used") != NULL;
  g_idle_add (on_over, viewer); /* once the message that was the last is done with */
}

int
main (int argc, char **argv)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (VtGlassClient) client = NULL;
  Viewer viewer = { 0 };

  if (argc != 1 || fcntl (GLASS_FD, F_GETFD) < 0 || fcntl (WORD_FD, F_GETFD) < 0)
    {
      g_printerr ("vitrine-drill-viewer is started by vitrine-vmm only\n");
      return 2;
    }
  client = viewer.client = vt_glass_client_new_take_fd (GLASS_FD, 0);
  g_signal_connect (client, "scanout", G_CALLBACK (on_scanout), &viewer);
  g_signal_connect (client, "damage", G_CALLBACK (on_damage), &viewer);
  g_signal_connect (client, "cursor", G_CALLBACK (on_cursor), &viewer);
  g_signal_connect (client, "clipboard-want", G_CALLBACK (on_clipboard_want), &viewer);
  g_signal_connect (client, "closed", G_CALLBACK (on_closed), &viewer);
  g_main_loop_run (loop);
  return 0;
}
