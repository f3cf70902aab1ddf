/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A server of the SPICE library for one session. Runs in vitrine-display: what the library calls
 * from its worker thread is marked so. Must never let the main loop wait for a viewer, which the
 * library does when a screen changes its size while something is on its way.
 */
#include "spice-console.h"

#include "main-wake.h"
#include "spice/spice-agent.h"
#include "spice/spice-core.h"
#include "spice/spice-cursor.h"
#include "spice/spice-input.h"
#include "spice/spice-pieces.h"
#include "spice/spice-sound.h"

#include <sys/stat.h>

#define RAM_BYTES (16u << 20) /* of a card that does not exist; viewers size their caches by it */

typedef enum
{
  SCREEN_NONE,     /* there is no screen */
  SCREEN_CREATING, /* the worker has been told */
  SCREEN_WAITING,  /* for a viewer to open its display channel */
  SCREEN_SHOWING,  /* the worker has been told to, as it is now */
  SCREEN_OPEN,     /* changes follow */
  SCREEN_DRAINING, /* it is to go once nothing is on its way */
  SCREEN_CLOSING,  /* the worker has been told */
} ScreenState;

typedef enum
{
  COOKIE_CREATED = 1,
  COOKIE_SHOWN = 2,
  COOKIE_DESTROYED = 3,
} Cookie;

struct _SpiceConsole
{
  const SpiceConsoleHost *host; /* borrowed */
  SpiceServer *server;          /* owned */
  QXLInstance qxl;
  SpiceInput *input;   /* owned */
  SpiceAgent *agent;   /* owned */
  SpiceSound *sound;   /* owned */
  SpicePieces *pieces; /* owned */
  SpiceCursor *cursor; /* owned */

  ScreenState state;
  gboolean started;      /* the viewer has a display channel */
  gboolean with_viewer;  /* it had when the screen was made, and was sent it */
  SpicePicture *picture; /* owned; what is shown or to be shown */
  guint32 width;         /* of the library's screen */
  guint32 height;
  SpiceCanvas canvas;

  GArray *links; /* of Link */

  gint closing;  /* atomic: the worker is to be given nothing any more */
  GSource *wake; /* owned; the worker has news for the main loop */
  gint done;     /* atomic: a Cookie, 0: none */
};

/* A socket that the library was given to wait for a link on; it closes it when it likes. */
typedef struct
{
  int fd;
  ino_t inode; /* the number may be another socket's by now */
} Link;

static void step (SpiceConsole *console);

#define CONSOLE_OF(instance)                                                                       \
  ((SpiceConsole *) ((char *) (instance) -G_STRUCT_OFFSET (SpiceConsole, qxl)))

/* --- What the library asks of a graphics card --- */

static void
on_attached (QXLInstance *instance)
{
}

static void
on_set_compression_level (QXLInstance *instance, int level)
{
}

static void
on_set_mm_time (QXLInstance *instance, uint32_t mm_time)
{
}

static void
on_get_init_info (QXLInstance *instance, QXLDevInitInfo *info)
{
  *info = (QXLDevInitInfo) { .num_memslots_groups = 1,
                             .num_memslots = 1,
                             .memslot_gen_bits = 8,
                             .memslot_id_bits = 8,
                             .qxl_ram_size = RAM_BYTES,
                             .n_surfaces = 1 };
}

/* Worker. */
static int
on_get_command (QXLInstance *instance, QXLCommandExt *command)
{
  SpiceConsole *console = CONSOLE_OF (instance);

  if (g_atomic_int_get (&console->closing))
    return FALSE;
  switch (spice_pieces_next (console->pieces, command))
    {
    case SPICE_PIECES_ONE:
      return TRUE;
    case SPICE_PIECES_FULL:
      spice_qxl_oom (instance); /* it keeps what has been sent until it is told to let go */
      return FALSE;
    default:
      return FALSE;
    }
}

/* Worker. */
static int
on_get_cursor_command (QXLInstance *instance, QXLCommandExt *command)
{
  SpiceConsole *console = CONSOLE_OF (instance);

  return !g_atomic_int_get (&console->closing) && spice_cursor_next (console->cursor, command);
}

/* Worker. We always wake it. */
static int
on_request_notification (QXLInstance *instance)
{
  return TRUE;
}

/* Worker. */
static void
on_release (QXLInstance *instance, QXLReleaseInfoExt release)
{
  SpiceConsole *console = CONSOLE_OF (instance);
  gboolean again, empty;

  if (release.info == NULL)
    return;
  if (release.info->id & SPICE_CURSOR_TAG)
    {
      spice_cursor_release (release.info);
      return;
    }
  spice_pieces_release (console->pieces, release.info, &again, &empty);
  if (g_atomic_int_get (&console->closing))
    return;
  if (again)
    spice_qxl_wakeup (instance);
  if (empty)
    main_wake (console->wake);
}

/* Worker. */
static void
on_notify_update (QXLInstance *instance, uint32_t update)
{
}

/* Worker. There is no card whose memory could be given back. */
static int
on_flush_resources (QXLInstance *instance)
{
  return 0;
}

/* Worker. */
static void
on_async_complete (QXLInstance *instance, uint64_t cookie)
{
  SpiceConsole *console = CONSOLE_OF (instance);

  g_atomic_int_set (&console->done, cookie);
  main_wake (console->wake);
}

/* Worker. */
static void
on_area_complete (QXLInstance *instance, uint32_t surface, QXLRect *rects, uint32_t n_rects)
{
}

static const QXLInterface qxl_interface = {
  .base = { SPICE_INTERFACE_QXL, "console", SPICE_INTERFACE_QXL_MAJOR, SPICE_INTERFACE_QXL_MINOR },
  .attached_worker = on_attached,
  .set_compression_level = on_set_compression_level,
  .set_mm_time = on_set_mm_time,
  .get_init_info = on_get_init_info,
  .get_command = on_get_command,
  .req_cmd_notification = on_request_notification,
  .release_resource = on_release,
  .get_cursor_command = on_get_cursor_command,
  .req_cursor_notification = on_request_notification,
  .notify_update = on_notify_update,
  .flush_resources = on_flush_resources,
  .async_complete = on_async_complete,
  .update_area_complete = on_area_complete,
};

/* --- The screen --- */

static void
create_screen (SpiceConsole *console)
{
  gboolean shows;
  QXLDevSurfaceCreate create = { .width = console->picture->width,
                                 .height = console->picture->height,
                                 .stride = console->picture->width * 4,
                                 .format = SPICE_SURFACE_FMT_32_xRGB,
                                 .mouse_mode = TRUE };

  if (!spice_canvas_map (&console->canvas, console->picture, &shows))
    return; /* the viewer sees nothing until the next picture */
  console->width = create.width;
  console->height = create.height;
  create.mem = (uintptr_t) console->canvas.pixels;
  create.flags = shows ? QXL_SURF_FLAG_KEEP_DATA : 0;
  console->state = SCREEN_CREATING;
  console->with_viewer = console->started;
  spice_pieces_set_picture (console->pieces, console->picture, shows);
  spice_qxl_create_primary_surface_async (&console->qxl, 0, &create, COOKIE_CREATED);
}

static gboolean
fits (SpiceConsole *console)
{
  return console->picture->width == console->width && console->picture->height == console->height;
}

/* Its memory has been read. */
static void
open_screen (SpiceConsole *console)
{
  console->state = SCREEN_OPEN;
  spice_canvas_settle (&console->canvas);
  spice_pieces_open (console->pieces);
  spice_qxl_wakeup (&console->qxl);
}

/* The worker sends the screen to a viewer that comes; it is done with that when it does what it is
 * told next, though that is nothing. */
static void
show_screen (SpiceConsole *console)
{
  console->state = SCREEN_SHOWING;
  spice_qxl_flush_surfaces_async (&console->qxl, COOKIE_SHOWN);
}

static void
drain_screen (SpiceConsole *console)
{
  if (spice_pieces_get_out (console->pieces) > 0)
    spice_qxl_oom (&console->qxl);
  else if (console->host->is_quiet (console->host->user_data))
    {
      console->state = SCREEN_CLOSING;
      spice_qxl_destroy_primary_surface_async (&console->qxl, 0, COOKIE_DESTROYED);
    }
}

/* Goes on where it can. */
static void
step (SpiceConsole *console)
{
  if (console->state == SCREEN_NONE)
    create_screen (console);
  else if ((console->state == SCREEN_OPEN || console->state == SCREEN_WAITING) && !fits (console))
    {
      console->state = SCREEN_DRAINING;
      spice_pieces_shut (console->pieces);
    }
  else if (console->state == SCREEN_WAITING && console->started)
    show_screen (console);
  if (console->state == SCREEN_DRAINING)
    drain_screen (console);
}

static gboolean
on_wake (gpointer user_data)
{
  SpiceConsole *console = user_data;
  int done = g_atomic_int_exchange (&console->done, 0);

  if (done == COOKIE_CREATED && console->with_viewer)
    open_screen (console);
  else if (done == COOKIE_CREATED)
    console->state = SCREEN_WAITING;
  else if (done == COOKIE_SHOWN)
    open_screen (console);
  else if (done == COOKIE_DESTROYED)
    {
      spice_canvas_unmap (&console->canvas);
      console->state = SCREEN_NONE;
    }
  step (console);
  return G_SOURCE_CONTINUE;
}

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
  if (console->started && console->state == SCREEN_OPEN && fits (console))
    {
      spice_pieces_set_picture (console->pieces, console->picture, FALSE);
      spice_qxl_wakeup (&console->qxl);
    }
  console->started = TRUE;
  step (console);
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
      if (fits (console))
        spice_pieces_set_picture (console->pieces, picture, FALSE);
      wake = TRUE;
    }
  else if (news->damage.any && news->generation == picture->generation)
    wake |= spice_pieces_add (console->pieces, &news->damage);
  if (wake)
    spice_qxl_wakeup (&console->qxl);
  step (console);
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
    step (console);
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
add_card (SpiceConsole *console)
{
  QXLDevMemSlot slot = { .virt_end = ~(uintptr_t) 0 };

  console->qxl.base.sif = &qxl_interface.base;
  spice_server_add_interface (console->server, &console->qxl.base);
  spice_qxl_add_memslot (&console->qxl, &slot);
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
  if (spice_server_init (server, spice_core_get ()) != 0)
    return NULL;
  console = g_new0 (SpiceConsole, 1);
  console->host = host;
  console->server = server;
  console->pieces = spice_pieces_new ();
  console->cursor = spice_cursor_new ();
  console->links = g_array_new (FALSE, FALSE, sizeof (Link));
  console->wake = main_wake_new ("spice-console", on_wake, console);
  spice_cursor_load (console->cursor, host->screen);
  add_card (console);
  console->input = spice_input_new (server, host->head, host->view_only, host->media->get_input,
                                    host->media->user_data);
  add_agent (console);
  console->sound =
      spice_sound_new (server, host->media->sound, host->media->microphone && !host->view_only);
  spice_server_vm_start (server);
  set_picture (console, picture);
  step (console);
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
