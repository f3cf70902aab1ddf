/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A server of the SPICE library for one session. Runs in vitrine-display, on the main loop.
 */
#include "spice-console-private.h"

#include "main-wake.h"
#include "spice/spice-core.h"

#include <sys/stat.h>

/* A socket that the library was given to wait for a link on; it closes it when it likes. */
typedef struct
{
  int fd;
  ino_t inode; /* the number may be another socket's by now */
} Link;

/* --- For the session --- */

static void
set_picture (SpiceConsole *console, SpicePicture *picture)
{
  spice_picture_ref (picture);
  g_clear_pointer (&console->picture, spice_picture_unref);
  console->picture = picture;
}

static gboolean
is_alive (const Link *link)
{
  struct stat info;

  return fstat (link->fd, &info) == 0 && info.st_ino == link->inode;
}

static void
note_link (SpiceConsole *console, int socket)
{
  Link link = { .fd = socket };
  struct stat info;

  for (guint i = console->links->len; i > 0; i--)
    if (!is_alive (&g_array_index (console->links, Link, i - 1)))
      g_array_remove_index_fast (console->links, i - 1);
  if (fstat (socket, &info) != 0)
    return;
  link.inode = info.st_ino;
  g_array_append_val (console->links, link);
}

/* The library forgets links that are not complete when a server ends, but still waits for them, and
 * then looks for the server: each has to come to its own end first. */
static void
end_links (SpiceConsole *console)
{
  for (guint i = 0; i < console->links->len; i++)
    {
      const Link *link = &g_array_index (console->links, Link, i);

      if (is_alive (link))
        spice_core_finish (link->fd);
    }
}

gboolean
spice_console_add_channel (SpiceConsole *console, int socket)
{
  note_link (console, socket);
  /* The front end has asked for the ticket. */
  return spice_server_add_client (console->server, socket, TRUE) == 0;
}

void
spice_console_opened (SpiceConsole *console, int socket)
{
  for (guint i = console->links->len; i > 0; i--)
    if (g_array_index (console->links, Link, i - 1).fd == socket)
      g_array_remove_index_fast (console->links, i - 1);
}

void
spice_console_start_display (SpiceConsole *console)
{
  /* One that comes again is shown what memory is left there, and at once the picture over it. */
  if (console->started && console->state == SCREEN_OPEN && spice_card_fits (console))
    {
      spice_pieces_set_picture (console->pieces, console->picture, FALSE);
      spice_qxl_wakeup (&console->qxl);
    }
  console->started = TRUE;
  spice_card_step (console);
}

void
spice_console_start_cursor (SpiceConsole *console)
{
  spice_cursor_again (console->cursor);
  spice_qxl_wakeup (&console->qxl);
}

void
spice_console_set_hearing (SpiceConsole *console, gboolean hearing)
{
  spice_sound_set_hearing (console->sound, hearing);
}

void
spice_console_set_speaking (SpiceConsole *console, gboolean speaking)
{
  spice_sound_set_speaking (console->sound, speaking);
}

void
spice_console_update (SpiceConsole *console, const ScreenNews *news, SpicePicture *picture)
{
  gboolean wake = FALSE;

  spice_input_set_absolute (console->input, news->absolute);
  spice_input_set_leds (console->input, news->leds);
  if (news->changes & SCREEN_CURSOR)
    spice_cursor_load (console->cursor, console->host->screen);
  if (news->changes & SCREEN_CURSOR_POSITION)
    spice_cursor_place (console->cursor, &news->position);
  wake |= (news->changes & (SCREEN_CURSOR | SCREEN_CURSOR_POSITION)) != 0;
  if (picture != console->picture)
    {
      set_picture (console, picture);
      if (spice_card_fits (console))
        spice_pieces_set_picture (console->pieces, picture, FALSE);
      wake = TRUE;
    }
  else if (news->damage.any && news->generation == picture->generation)
    wake |= spice_pieces_add (console->pieces, &news->damage);
  if (wake)
    spice_qxl_wakeup (&console->qxl);
  spice_card_step (console);
}

gboolean
spice_console_is_input_busy (SpiceConsole *console)
{
  return spice_input_is_busy (console->input);
}

void
spice_console_poke (SpiceConsole *console)
{
  if (console->state == SCREEN_DRAINING)
    spice_card_step (console);
}

/* Fast ways: what costs the least work; slow ones: what makes the fewest bytes without the
 * library's dictionary of earlier pictures, which would keep them in memory. */
static void
configure (SpiceServer *server, gboolean slow)
{
  spice_server_set_image_compression (server, slow ? SPICE_IMAGE_COMPRESSION_AUTO_LZ
                                                   : SPICE_IMAGE_COMPRESSION_LZ4);
  spice_server_set_jpeg_compression (server, slow ? SPICE_WAN_COMPRESSION_ALWAYS
                                                  : SPICE_WAN_COMPRESSION_NEVER);
  spice_server_set_zlib_glz_compression (server, SPICE_WAN_COMPRESSION_NEVER);
  spice_server_set_streaming_video (server, SPICE_STREAM_VIDEO_OFF);
  spice_server_set_agent_mouse (server, FALSE);
  spice_server_set_agent_file_xfer (server, FALSE);
  spice_server_set_noauth (server);
}

static void
on_agent_resize (guint32 width, guint32 height, gpointer user_data)
{
  SpiceConsole *console = user_data;

  spice_input_resize (console->input, width, height);
}

static void
on_agent_broken (gpointer user_data)
{
  SpiceConsole *console = user_data;

  console->host->broken (console->host->user_data);
}

static void
add_agent (SpiceConsole *console)
{
  const SpiceConsoleHost *host = console->host;
  const SpiceAgentHost agent_host = { on_agent_resize, on_agent_broken, console };

  console->agent = spice_agent_new (
      console->server, host->media->clipboard,
      host->view_only ? CLIPBOARD_SIDE_VIEW_ONLY : CLIPBOARD_SIDE_REMOTE, &agent_host);
}

SpiceConsole *
spice_console_new (const SpiceConsoleHost *host, SpicePicture *picture)
{
  SpiceServer *server = spice_server_new ();
  SpiceConsole *console;

  configure (server, host->slow);
  spice_server_set_name (server, host->name);
  if (spice_server_init (server, spice_core_get ()) != 0)
    return NULL;
  console = g_new0 (SpiceConsole, 1);
  console->host = host;
  console->server = server;
  console->pieces = spice_pieces_new ();
  console->cursor = spice_cursor_new ();
  console->links = g_array_new (FALSE, FALSE, sizeof (Link));
  console->wake = main_wake_new ("spice-console", spice_card_woken, console);
  spice_cursor_load (console->cursor, host->screen);
  spice_card_add (console);
  console->input = spice_input_new (server, host->head, host->view_only, host->media->get_input,
                                    host->media->user_data);
  add_agent (console);
  console->sound =
      spice_sound_new (server, host->media->sound, host->media->microphone && !host->view_only);
  spice_server_vm_start (server);
  set_picture (console, picture);
  spice_card_step (console);
  return console;
}

void
spice_console_free (SpiceConsole *console)
{
  if (console == NULL)
    return;
  g_atomic_int_set (&console->closing, TRUE);
  spice_pieces_shut (console->pieces);
  spice_sound_stop (console->sound);
  end_links (console);
  spice_server_destroy (console->server);
  spice_sound_free (console->sound);
  spice_agent_free (console->agent);
  main_wake_free (console->wake);
  spice_canvas_unmap (&console->canvas);
  spice_input_free (console->input);
  spice_cursor_free (console->cursor);
  spice_pieces_free (console->pieces);
  g_clear_pointer (&console->picture, spice_picture_unref);
  g_array_unref (console->links);
  g_free (console);
}
