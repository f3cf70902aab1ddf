/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The graphics card that the SPICE library asks for what has changed, and its screen. Runs in
 * vitrine-display: what the library calls from its worker thread is marked so. Must never let the
 * main loop wait for a viewer, which the library does when a screen changes its size while
 * something is on its way.
 */
#include "spice-console-private.h"

#include "main-wake.h"

#define RAM_BYTES (16u << 20) /* of a card that does not exist; viewers size their caches by it */

typedef enum
{
  COOKIE_CREATED = 1,
  COOKIE_SHOWN = 2,
  COOKIE_DESTROYED = 3,
} Cookie;

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

void
spice_card_add (SpiceConsole *console)
{
  QXLDevMemSlot slot = { .virt_end = ~(uintptr_t) 0 };

  console->qxl.base.sif = &qxl_interface.base;
  spice_server_add_interface (console->server, &console->qxl.base);
  spice_qxl_add_memslot (&console->qxl, &slot);
}

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

gboolean
spice_card_fits (SpiceConsole *console)
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

void
spice_card_step (SpiceConsole *console)
{
  if (console->state == SCREEN_NONE)
    create_screen (console);
  else if ((console->state == SCREEN_OPEN || console->state == SCREEN_WAITING) &&
           !spice_card_fits (console))
    {
      console->state = SCREEN_DRAINING;
      spice_pieces_shut (console->pieces);
    }
  else if (console->state == SCREEN_WAITING && console->started)
    show_screen (console);
  if (console->state == SCREEN_DRAINING)
    drain_screen (console);
}

gboolean
spice_card_woken (gpointer user_data)
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
  spice_card_step (console);
  return G_SOURCE_CONTINUE;
}
