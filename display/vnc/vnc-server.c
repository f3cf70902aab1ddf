/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The picture for VNC. Runs in vitrine-display on the main loop. Must never hold a frame that
 * nobody looks at.
 */
#include "vnc-server.h"

#include "fds.h"
#include "vnc/vnc-session.h"

#include <sys/mman.h>

#define BLANK_WIDTH 640u
#define BLANK_HEIGHT 480u

struct _VncServer
{
  Encoders *encoders; /* borrowed */
  Screen *screen;
  guint head;
  const VncServerHost *host;
  GPtrArray *sessions; /* borrowed */
  PieceCache *cache;   /* owned; since the last damage */

  VncView view;
  guint8 *map; /* the shared frame, read-only; NULL: none */
  gsize map_size;
  TileColours *colours; /* a reference; of that frame; NULL: unknown */
  guint64 generation;   /* of that frame */
};

static void
drop_picture (VncServer *server)
{
  piece_cache_clear (server->cache);
  if (server->map != NULL)
    munmap (server->map, server->map_size);
  server->map = NULL;
  server->view.pixels = NULL;
  server->view.colours = NULL;
  g_clear_pointer (&server->colours, tile_colours_unref);
  fds_clear (&server->view.file);
}

static void
load_picture (VncServer *server)
{
  GlassScanout scanout;
  guint64 generation;
  autofd fd = screen_dup_frame (server->screen, &scanout, &generation);
  void *map = MAP_FAILED;

  drop_picture (server);
  server->generation = generation;
  server->map_size = (gsize) scanout.stride * scanout.height;
  if (fd >= 0)
    map = mmap (NULL, server->map_size, PROT_READ, MAP_SHARED, fd, 0);
  if (map == MAP_FAILED)
    {
      server->view.width = server->view.width > 0 ? server->view.width : BLANK_WIDTH;
      server->view.height = server->view.height > 0 ? server->view.height : BLANK_HEIGHT;
      return;
    }
  server->map = map;
  server->view.width = scanout.width; /* our frames have no padding */
  server->view.height = scanout.height;
  server->view.pixels = map;
  server->view.colours = server->colours = screen_ref_colours (server->screen, generation);
  server->view.file = fds_steal (&fd);
}

/* What a session has to be told of, besides damage. */
static void
take_state (VncServer *server, const ScreenNews *news)
{
  server->view.absolute = news->absolute;
  server->view.lit = news->lit;
  server->view.leds = news->leds;
}

void
vnc_server_update (VncServer *server, const ScreenNews *news)
{
  const Tiles *damage = NULL;
  gboolean replaced = FALSE;

  take_state (server, news);
  if (server->sessions->len == 0)
    return;
  /* The frame may be newer than the news of it, never older. */
  if (news->known && news->generation > server->generation)
    {
      load_picture (server);
      replaced = TRUE;
    }
  else if (news->damage.any && news->generation == server->generation && server->map != NULL)
    {
      damage = &news->damage;
      piece_cache_clear (server->cache);
    }
  for (guint i = server->sessions->len; i > 0; i--)
    vnc_session_update (server->sessions->pdata[i - 1], news->changes, replaced, damage);
}

const VncView *
vnc_server_get_view (VncServer *server)
{
  return &server->view;
}

Encoders *
vnc_server_get_encoders (VncServer *server)
{
  return server->encoders;
}

PieceCache *
vnc_server_get_cache (VncServer *server)
{
  return server->sessions->len > 1 ? server->cache : NULL;
}

Screen *
vnc_server_get_screen (VncServer *server)
{
  return server->screen;
}

QemuInput *
vnc_server_get_input (VncServer *server)
{
  return server->host->get_input (server->host->user_data);
}

Sound *
vnc_server_get_sound (VncServer *server)
{
  return server->host->sound;
}

Clipboard *
vnc_server_get_clipboard (VncServer *server)
{
  return server->host->clipboard;
}

guint
vnc_server_get_head (VncServer *server)
{
  return server->head;
}

void
vnc_server_add (VncServer *server, VncSession *session)
{
  if (server->sessions->len == 0)
    load_picture (server);
  g_ptr_array_add (server->sessions, session);
}

void
vnc_server_remove (VncServer *server, VncSession *session)
{
  g_ptr_array_remove_fast (server->sessions, session);
  if (server->sessions->len == 0)
    drop_picture (server);
}

VncServer *
vnc_server_new (Encoders *encoders, Screen *screen, guint head, const VncServerHost *host)
{
  VncServer *server = g_new0 (VncServer, 1);

  server->encoders = encoders;
  server->screen = screen;
  server->head = head;
  server->host = host;
  server->sessions = g_ptr_array_new ();
  server->cache = piece_cache_new ();
  server->view.file = -1;
  return server;
}

void
vnc_server_free (VncServer *server)
{
  if (server == NULL)
    return;
  drop_picture (server);
  g_ptr_array_unref (server->sessions);
  piece_cache_free (server->cache);
  g_free (server);
}
