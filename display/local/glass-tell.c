/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a local viewer is told. Runs in vitrine-display on the main loop. Must never wait for the
 * viewer, or queue for it: what it has not taken stays a flag, and is told as it is by then.
 */
#include "glass-viewer-private.h"

#include "fds.h"

#include <errno.h>
#include <glib-unix.h>

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
  GlassTell what;
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

gboolean
glass_tell (GlassViewer *viewer)
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
  glass_tell (viewer);
  return G_SOURCE_REMOVE;
}

void
glass_tell_sound (gpointer user_data)
{
  GlassViewer *viewer = user_data;
  GlassSoundState state;

  glass_sound_get_state (&viewer->sound, &state);
  if (state.state != viewer->sound_told)
    viewer->tell |= TELL_SOUND_STATE;
  viewer->tell |= TELL_SOUND;
  glass_tell (viewer);
}

void
glass_tell_clipboard (gpointer user_data)
{
  GlassViewer *viewer = user_data;

  viewer->tell |= TELL_CLIPBOARD;
  glass_tell (viewer);
}
