/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A local viewer's session of the glass protocol. Runs in vitrine-display on the main loop. Must
 * never wait for the viewer, queue for it, or let it delay another.
 */
#include "glass-viewer-private.h"

#include "fds.h"
#include "local/glass-parse.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/socket.h>

/* --- What the viewer sends --- */

static gboolean
take_ack (GlassViewer *viewer, guint32 serial)
{
  if (viewer->serial - serial > G_MAXINT32) /* not sent yet */
    return FALSE;
  if (serial != viewer->serial) /* of a frame that has been replaced meanwhile */
    return TRUE;
  viewer->unacknowledged = viewer->scanout_unacked = FALSE;
  return TRUE;
}

/* NULL while there is no QEMU. One that cannot keep up with this viewer stops us reading it, not
 * others. */
static InputSource *
get_input (GlassViewer *viewer)
{
  QemuInput *input = viewer->host->get_input (viewer->host->user_data);

  if (input == NULL)
    return NULL;
  if (viewer->input == NULL)
    viewer->input = input_source_new (input, viewer->head->number);
  if (input_source_is_busy (viewer->input))
    g_clear_handle_id (&viewer->read_source, g_source_remove);
  return viewer->input;
}

/* The frame may have changed since the viewer looked, so a place outside it is not its fault. */
static gboolean
is_inside (GlassViewer *viewer, guint32 x, guint32 y)
{
  return x < viewer->head->news.width && y < viewer->head->news.height;
}

static void
take_input (GlassViewer *viewer, const GlassRequest *request)
{
  InputSource *input = get_input (viewer);

  if (input == NULL)
    return;
  switch (request->type)
    {
    case GLASS_KEY:
      input_source_key (input, request->key.key, request->key.down);
      break;
    case GLASS_POINTER_ABSOLUTE:
      if (is_inside (viewer, request->absolute.x, request->absolute.y))
        input_source_move (input, request->absolute.x, request->absolute.y);
      break;
    case GLASS_POINTER_RELATIVE:
      input_source_move_relative (input, request->relative.dx, request->relative.dy);
      break;
    case GLASS_BUTTON:
      input_source_button (input, request->button.button, request->button.down);
      break;
    case GLASS_TOUCH:
      if (is_inside (viewer, request->touch.x, request->touch.y))
        input_source_touch (input, request->touch.kind, request->touch.slot, request->touch.x,
                            request->touch.y);
      break;
    case GLASS_RESIZE:
      input_source_resize (input, &request->resize);
      break;
    case GLASS_LOCKS:
      input_source_locks (input, request->locks.leds, GLASS_LEDS_ALL);
      break;
    case GLASS_HEAD_OFF:
      input_source_head_off (input);
      break;
    default:
      break;
    }
}

/* FALSE ends the connection. */
static gboolean
take_request (GlassViewer *viewer, const GlassRequest *request, int fd)
{
  if ((request->type == GLASS_HELLO) == viewer->welcomed)
    return FALSE;
  if (request->type == GLASS_HELLO)
    {
      viewer->welcomed = TRUE;
      viewer->head = heads_get (viewer->host->heads, request->hello.console);
      viewer->tell = viewer->head->news.known ? TELL_ALL : TELL_ALL & ~TELL_FRAME;
      g_clear_handle_id (&viewer->hello_timer, g_source_remove);
      viewer->clipboard =
          glass_clipboard_new (viewer->host->clipboard, glass_tell_clipboard, viewer);
      viewer->host->welcomed (viewer->host->user_data);
      return TRUE;
    }
  if (request->type == GLASS_ACK)
    return take_ack (viewer, request->ack.serial);
  if (request->type == GLASS_SOUND_WISH)
    {
      glass_sound_take_wish (&viewer->sound, request->sound.wish);
      viewer->tell |= TELL_SOUND_STATE;
      return TRUE;
    }
  if (request->type >= GLASS_CLIPBOARD_GIVE && request->type <= GLASS_CLIPBOARD_DECIDE)
    return glass_clipboard_take (viewer->clipboard, request, fd);
  take_input (viewer, request);
  return TRUE;
}

/* FALSE ends the connection. */
static gboolean
take_packet (GlassViewer *viewer, const guint8 *data, gsize size, const int *fds, guint n_fds)
{
  SoundFrame frames[GLASS_SOUND_FRAMES_MAX];
  GlassRequest request;
  guint n_frames;

  if (glass_parse_request (data, size, &request) == PARSE_OK)
    return n_fds == glass_parse_count_fds (&request) && take_request (viewer, &request, fds[0]);
  if (n_fds > 0 || !viewer->welcomed ||
      glass_parse_recorded (data, size, frames, &n_frames) != PARSE_OK)
    return FALSE;
  glass_sound_take_recorded (&viewer->sound, frames, n_frames);
  return TRUE;
}

/* One packet: 1 taken, 0 none there, -1 the viewer is to go. */
static int
read_packet (GlassViewer *viewer)
{
  guint8 data[GLASS_REQUEST_BYTES_MAX + 1]; /* one more, to notice a longer packet */
  int fds[2] = { -1, -1 };                  /* likewise */
  guint n_fds = G_N_ELEMENTS (fds);
  gssize size = fds_receive (viewer->socket, data, sizeof data, fds, &n_fds);
  int taken;

  /* Told once, and before what is there to read, of one who left without reading all of ours. */
  if (size < 0 && errno == ECONNRESET)
    {
      n_fds = G_N_ELEMENTS (fds);
      size = fds_receive (viewer->socket, data, sizeof data, fds, &n_fds);
    }
  if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
    return 0;
  if (size <= 0)
    return -1;
  taken = take_packet (viewer, data, size, fds, n_fds) ? 1 : -1;
  for (guint i = 0; i < n_fds; i++)
    fds_clear (&fds[i]);
  return taken;
}

static gboolean
on_readable (gint socket, GIOCondition condition, gpointer user_data)
{
  GlassViewer *viewer = user_data;

  for (guint i = 0; i < GLASS_READ_BURST; i++)
    {
      int taken = viewer->read_source != 0 ? read_packet (viewer) : 0;

      if (taken < 0)
        {
          viewer->read_source = 0; /* by returning REMOVE */
          viewer->host->gone (viewer, viewer->host->user_data);
          return G_SOURCE_REMOVE;
        }
      if (taken == 0)
        break;
    }
  glass_tell (viewer);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_hello_timer (gpointer user_data)
{
  GlassViewer *viewer = user_data;

  viewer->hello_timer = 0;
  viewer->host->gone (viewer, viewer->host->user_data);
  return G_SOURCE_REMOVE;
}

/* --- For the server --- */

GlassViewer *
glass_viewer_new (int socket, const GlassViewerHost *host)
{
  GlassViewer *viewer = g_new0 (GlassViewer, 1);
  int size = GLASS_SEND_BUFFER;

  viewer->host = host;
  viewer->socket = socket;
  glass_sound_init (&viewer->sound, host->sound, glass_tell_sound, viewer);
  setsockopt (socket, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  viewer->hello_timer = g_timeout_add_seconds (GLASS_HELLO_SECONDS, on_hello_timer, viewer);
  glass_viewer_resume (viewer);
  return viewer;
}

void
glass_viewer_free (GlassViewer *viewer)
{
  g_clear_handle_id (&viewer->read_source, g_source_remove);
  g_clear_handle_id (&viewer->write_source, g_source_remove);
  g_clear_handle_id (&viewer->hello_timer, g_source_remove);
  g_clear_pointer (&viewer->input, input_source_free);
  g_clear_pointer (&viewer->clipboard, glass_clipboard_free);
  glass_sound_clear (&viewer->sound);
  tiles_free (&viewer->damage);
  fds_clear (&viewer->socket);
  g_free (viewer);
}

void
glass_viewer_resume (GlassViewer *viewer)
{
  if (viewer->read_source == 0)
    viewer->read_source = g_unix_fd_add (viewer->socket, G_IO_IN, on_readable, viewer);
}

void
glass_viewer_update (GlassViewer *viewer)
{
  static const struct
  {
    ScreenChanges change;
    GlassTell tell;
  } map[] = {
    { SCREEN_CURSOR, TELL_CURSOR },
    { SCREEN_CURSOR_POSITION, TELL_CURSOR_POSITION },
    { SCREEN_POINTER_MODE, TELL_POINTER_MODE },
    { SCREEN_LEDS, TELL_LEDS },
  };
  const ScreenNews *news;

  if (!viewer->welcomed)
    return;
  news = &viewer->head->news;
  for (gsize i = 0; i < G_N_ELEMENTS (map); i++)
    if (news->changes & map[i].change)
      viewer->tell |= map[i].tell;
  if (news->known && viewer->generation != news->generation)
    viewer->tell |= TELL_FRAME;
  else if (news->damage.any)
    {
      tiles_merge (&viewer->damage, &news->damage);
      viewer->n_updates += news->n_updates;
      viewer->tell |= TELL_DAMAGE;
    }
  glass_tell (viewer);
}

void
glass_viewer_update_heads (GlassViewer *viewer)
{
  if (!viewer->welcomed)
    return;
  viewer->tell |= TELL_HEADS;
  glass_tell (viewer);
}

Head *
glass_viewer_get_head (GlassViewer *viewer)
{
  return viewer->head;
}

gboolean
glass_viewer_is_welcomed (GlassViewer *viewer)
{
  return viewer->welcomed;
}
