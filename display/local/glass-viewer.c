/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A local viewer's session of the glass protocol. Runs in vitrine-display on the main loop. Must
 * never wait for the viewer, queue for it, or let it delay another.
 */
#include "glass-viewer.h"

#include "fds.h"
#include "local/glass-clipboard.h"
#include "local/glass-parse.h"
#include "local/glass-sound.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/socket.h>

/* What is still to be told, in the order of telling. */
typedef enum
{
  TELL_WELCOME = 1 << 0,
  TELL_FRAME = 1 << 1,
  TELL_POINTER_MODE = 1 << 2,
  TELL_CURSOR = 1 << 3,
  TELL_CURSOR_POSITION = 1 << 4,
  TELL_LEDS = 1 << 5,
  TELL_DAMAGE = 1 << 6,
  TELL_SOUND_STATE = 1 << 7,
  TELL_SOUND = 1 << 8,
  TELL_HEADS = 1 << 9,
  TELL_CLIPBOARD = 1 << 10,
} Tell;
#define TELL_ALL                                                                                   \
  (TELL_WELCOME | TELL_HEADS | TELL_FRAME | TELL_POINTER_MODE | TELL_CURSOR |                      \
   TELL_CURSOR_POSITION | TELL_LEDS)

struct _GlassViewer
{
  const GlassViewerHost *host; /* borrowed */
  int socket;                  /* owned */
  guint read_source;
  guint write_source; /* 0: the socket takes what we send */
  guint hello_timer;
  gboolean welcomed;
  Head *head;         /* borrowed; NULL: not welcomed */
  gboolean left;      /* nobody hears us; what it typed before leaving is still to be read */
  InputSource *input; /* owned; NULL before its first input */
  GlassClipboard *clipboard; /* owned; NULL before HELLO */

  GlassSound sound;
  guint32 sound_told; /* GlassSoundState */

  Tell tell;
  guint32 serial;           /* of the last DAMAGE or SCANOUT */
  gboolean unacknowledged;  /* that serial has not come back */
  gboolean scanout_unacked; /* and it was a SCANOUT: until then no other, which would pin memory */
  guint64 generation;       /* of the frame it has */
  Tiles damage;             /* in that frame, not yet told */
  guint n_updates;
};

/* Result of trying to tell one thing. */
typedef enum
{
  SENT,
  LATER,   /* when the socket is writable */
  WAITING, /* for an acknowledgement */
  LEFT,    /* the viewer has closed its end */
  BROKEN,
} SendResult;

static SendResult
send_packet (GlassViewer *viewer, const void *data, gsize size, int fd)
{
  if (fds_send (viewer->socket, data, size, &fd, fd >= 0 ? 1 : 0) >= 0)
    return SENT;
  if (errno == EPIPE || errno == ECONNRESET)
    {
      viewer->left = TRUE;
      return LEFT;
    }
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS ? LATER : BROKEN;
}

static SendResult
tell_welcome (GlassViewer *viewer)
{
  GlassWelcome welcome = { GLASS_WELCOME, GLASS_VERSION, viewer->head->number };

  return send_packet (viewer, &welcome, sizeof welcome, -1);
}

/* Nothing before QEMU has told. */
static SendResult
tell_heads (GlassViewer *viewer)
{
  GlassHeads heads = { GLASS_HEADS, heads_get_count (viewer->host->heads),
                       heads_get_lit (viewer->host->heads) };

  return heads.count > 0 ? send_packet (viewer, &heads, sizeof heads, -1) : SENT;
}

static SendResult
tell_frame (GlassViewer *viewer)
{
  GlassBlank blank = { GLASS_BLANK };
  GlassScanout scanout;
  guint64 generation;
  autofd fd = -1;
  SendResult result;

  if (viewer->scanout_unacked)
    return WAITING;
  fd = screen_dup_frame (viewer->head->screen, &scanout, &generation);
  if (fd < 0 && scanout.width > 0) /* out of descriptors */
    return BROKEN;
  scanout.serial = viewer->serial + 1;
  result = fd < 0 ? send_packet (viewer, &blank, sizeof blank, -1)
                  : send_packet (viewer, &scanout, sizeof scanout, fd);
  if (result != SENT)
    return result;
  viewer->generation = generation;
  viewer->unacknowledged = viewer->scanout_unacked = fd >= 0;
  if (fd >= 0)
    viewer->serial++;
  tiles_reset (&viewer->damage, scanout.width, scanout.height);
  viewer->n_updates = 0;
  viewer->tell &= ~TELL_DAMAGE;
  return SENT;
}

static SendResult
tell_damage (GlassViewer *viewer)
{
  struct
  {
    GlassDamage header;
    GlassRect rects[GLASS_RECTS_MAX];
  } damage = { .header = { .type = GLASS_DAMAGE, .serial = viewer->serial + 1 } };
  SendResult result;

  G_STATIC_ASSERT (G_STRUCT_OFFSET (GlassDamage, rects) == sizeof (GlassDamage));
  if (viewer->unacknowledged)
    return WAITING;
  damage.header.n_rects = tiles_to_rects (&viewer->damage, damage.rects);
  damage.header.n_updates = MAX (viewer->n_updates, 1);
  result = send_packet (viewer, &damage,
                        sizeof damage.header + damage.header.n_rects * sizeof (GlassRect), -1);
  if (result != SENT)
    return result;
  viewer->serial++;
  viewer->unacknowledged = TRUE;
  viewer->n_updates = 0;
  tiles_clear (&viewer->damage);
  return SENT;
}

static SendResult
tell_cursor (GlassViewer *viewer)
{
  GlassCursor cursor;
  autofd fd = screen_dup_cursor (viewer->head->screen, &cursor);

  if (fd < 0 && cursor.width > 0)
    return BROKEN;
  return send_packet (viewer, &cursor, sizeof cursor, fd);
}

static SendResult
tell_cursor_position (GlassViewer *viewer)
{
  const GlassCursorPosition *position = &viewer->head->news.position;

  return send_packet (viewer, position, sizeof *position, -1);
}

static SendResult
tell_pointer_mode (GlassViewer *viewer)
{
  GlassPointerMode mode = { GLASS_POINTER_MODE, viewer->head->news.absolute ? 1 : 0 };

  return send_packet (viewer, &mode, sizeof mode, -1);
}

static SendResult
tell_leds (GlassViewer *viewer)
{
  GlassLeds leds = { GLASS_LEDS, viewer->head->news.leds };

  return send_packet (viewer, &leds, sizeof leds, -1);
}

static SendResult
tell_sound_state (GlassViewer *viewer)
{
  GlassSoundState state;
  SendResult result;

  glass_sound_get_state (&viewer->sound, &state);
  result = send_packet (viewer, &state, sizeof state, -1);
  if (result == SENT)
    viewer->sound_told = state.state;
  return result;
}

static SendResult
tell_sound (GlassViewer *viewer)
{
  GlassSoundPacket packet;
  gsize size;

  while ((size = glass_sound_peek (&viewer->sound, &packet)) > 0)
    {
      SendResult result = send_packet (viewer, &packet, size, -1);

      if (result != SENT)
        return result;
      glass_sound_take (&viewer->sound, &packet);
    }
  return SENT;
}

static SendResult
tell_clipboard (GlassViewer *viewer)
{
  GlassClipboardPacket packet;

  while (glass_clipboard_next (viewer->clipboard, &packet))
    {
      SendResult result = send_packet (viewer, &packet, packet.size, packet.fd);

      if (result != SENT)
        return result;
      glass_clipboard_sent (viewer->clipboard);
    }
  return SENT;
}

static const struct
{
  Tell what;
  SendResult (*tell) (GlassViewer *viewer);
} tellers[] = {
  { TELL_WELCOME, tell_welcome },
  { TELL_HEADS, tell_heads },
  { TELL_FRAME, tell_frame },
  { TELL_POINTER_MODE, tell_pointer_mode },
  { TELL_CURSOR, tell_cursor },
  { TELL_CURSOR_POSITION, tell_cursor_position },
  { TELL_LEDS, tell_leds },
  /* Before what a slow viewer has to read at length. */
  { TELL_SOUND_STATE, tell_sound_state },
  { TELL_SOUND, tell_sound },
  { TELL_CLIPBOARD, tell_clipboard },
  { TELL_DAMAGE, tell_damage },
};

static gboolean on_writable (gint socket, GIOCondition condition, gpointer user_data);

/* Sends until there is nothing more, or the viewer must read or acknowledge first. FALSE if it is
 * gone. One that has left goes when all that it sent is read: vitrinectl types and leaves. */
static gboolean
pump (GlassViewer *viewer)
{
  if (!viewer->welcomed || viewer->left || viewer->write_source != 0)
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (tellers); i++)
    {
      SendResult result;

      if (!(viewer->tell & tellers[i].what))
        continue;
      result = tellers[i].tell (viewer);
      if (result == LEFT)
        return TRUE;
      if (result == SENT)
        viewer->tell &= ~tellers[i].what;
      else if (result == LATER)
        {
          viewer->write_source = g_unix_fd_add (viewer->socket, G_IO_OUT, on_writable, viewer);
          return TRUE;
        }
      else if (result == BROKEN)
        {
          viewer->host->gone (viewer, viewer->host->user_data);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
on_writable (gint socket, GIOCondition condition, gpointer user_data)
{
  GlassViewer *viewer = user_data;

  viewer->write_source = 0;
  pump (viewer);
  return G_SOURCE_REMOVE;
}

static void
on_sound (gpointer user_data)
{
  GlassViewer *viewer = user_data;
  GlassSoundState state;

  glass_sound_get_state (&viewer->sound, &state);
  if (state.state != viewer->sound_told)
    viewer->tell |= TELL_SOUND_STATE;
  viewer->tell |= TELL_SOUND;
  pump (viewer);
}

static void
on_clipboard (gpointer user_data)
{
  GlassViewer *viewer = user_data;

  viewer->tell |= TELL_CLIPBOARD;
  pump (viewer);
}

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
      viewer->clipboard = glass_clipboard_new (viewer->host->clipboard, on_clipboard, viewer);
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
  if (n_fds > 0 || !viewer->welcomed || glass_parse_recorded (data, size, frames, &n_frames) != PARSE_OK)
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
  pump (viewer);
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
  glass_sound_init (&viewer->sound, host->sound, on_sound, viewer);
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
    Tell tell;
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
  pump (viewer);
}

void
glass_viewer_update_heads (GlassViewer *viewer)
{
  if (!viewer->welcomed)
    return;
  viewer->tell |= TELL_HEADS;
  pump (viewer);
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
