/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The state of one console between the threads of vitrine-display. The lock is held for swaps
 * and flags only, never while pixels are compared or a socket is written, so no thread waits
 * for another.
 */
#include "screen.h"

#include "fds.h"
#include "frame/pixels.h"
#include "frame/placeholder.h"
#include "main-wake.h"

#include <fcntl.h>
#include <sys/mman.h>

struct _Screen
{
  /* the listener's thread only */
  Frame *drawn;       /* the frame being updated: `shown`, or one not yet published (then owned) */
  Tiles touched;      /* by the update under way */
  gboolean whole;     /* the update under way is of all of the frame */
  gboolean drawn_lit; /* by the guest */

  GMutex lock;  /* guards what follows */
  Frame *shown; /* owned; NULL: no picture. The listener writes its memory without the lock. */
  guint64 generation;
  Tiles dirty;
  guint n_updates;
  gboolean known;
  gboolean lit;
  GlassCursor cursor;
  int cursor_fd; /* owned */
  GlassCursorPosition position;
  gboolean absolute;
  guint32 leds;
  LinkFailure failure;
  const char *reason;
  ScreenChanges changes;

  GSource *wake; /* owned */
  void (*changed) (gpointer user_data);
  gpointer user_data;
};

static gboolean
on_wake (gpointer user_data)
{
  Screen *screen = user_data;

  screen->changed (screen->user_data);
  return G_SOURCE_CONTINUE;
}

Screen *
screen_new (void (*changed) (gpointer user_data), gpointer user_data)
{
  Screen *screen = g_new0 (Screen, 1);

  g_mutex_init (&screen->lock);
  screen->cursor = (GlassCursor) { .type = GLASS_CURSOR };
  screen->cursor_fd = -1;
  screen->position = (GlassCursorPosition) { .type = GLASS_CURSOR_POSITION };
  screen->changed = changed;
  screen->user_data = user_data;
  screen->wake = main_wake_new ("screen", on_wake, screen);
  return screen;
}

void
screen_free (Screen *screen)
{
  if (screen == NULL)
    return;
  main_wake_free (screen->wake);
  if (screen->drawn != screen->shown)
    frame_free (screen->drawn);
  frame_free (screen->shown);
  tiles_free (&screen->touched);
  tiles_free (&screen->dirty);
  fds_clear (&screen->cursor_fd);
  g_mutex_clear (&screen->lock);
  g_free (screen);
}

/* With the lock held. Waking a loop that is already woken costs a write; skip it. */
static void
note (Screen *screen, ScreenChanges changes)
{
  ScreenChanges before = screen->changes;

  screen->changes |= changes;
  if (before == 0)
    main_wake (screen->wake);
}

gboolean
screen_begin_frame (Screen *screen, guint32 width, guint32 height, GError **error)
{
  if (screen->drawn == NULL || screen->drawn->width != width || screen->drawn->height != height)
    {
      Frame *frame = frame_new (width, height, error);

      if (frame == NULL)
        return FALSE;
      if (screen->drawn != screen->shown)
        frame_free (screen->drawn);
      screen->drawn = frame;
    }
  tiles_reset (&screen->touched, width, height);
  screen->whole = TRUE;
  return TRUE;
}

gboolean
screen_begin_part (Screen *screen, const GlassRect *rect)
{
  Frame *frame = screen->drawn;

  if (frame == NULL || !geometry_rect_fits (rect, frame->width, frame->height))
    return FALSE;
  tiles_reset (&screen->touched, frame->width, frame->height);
  screen->whole = FALSE;
  return TRUE;
}

void
screen_apply (Screen *screen, const PixelBlock *block, const guint8 *data)
{
  frame_apply (screen->drawn, block, data, &screen->touched);
}

/* Publishes `drawn` in the place of the present frame, which it returns. */
static Frame *
swap_frame (Screen *screen)
{
  Frame *old = screen->shown;

  screen->shown = screen->drawn;
  screen->generation++;
  screen->n_updates = 0;
  screen->known = TRUE;
  if (screen->shown != NULL)
    tiles_reset (&screen->dirty, screen->shown->width, screen->shown->height);
  else
    tiles_reset (&screen->dirty, 0, 0);
  note (screen, SCREEN_FRAME);
  return old;
}

/* With the lock held. */
static void
set_lit (Screen *screen, gboolean lit)
{
  if (screen->lit == lit)
    return;
  screen->lit = lit;
  note (screen, SCREEN_LIT);
}

void
screen_end (Screen *screen)
{
  g_autoptr (Frame) old = NULL;
  g_autoptr (GMutexLocker) locker = NULL;

  /* QEMU's placeholder comes as a whole. */
  if (screen->whole || !screen->drawn_lit)
    screen->drawn_lit = !placeholder_is_shown (screen->drawn);
  locker = g_mutex_locker_new (&screen->lock);
  set_lit (screen, screen->drawn_lit);
  if (screen->drawn != screen->shown)
    {
      old = swap_frame (screen);
      return;
    }
  if (!screen->touched.any)
    return;
  tiles_merge (&screen->dirty, &screen->touched);
  screen->n_updates++;
  note (screen, SCREEN_DAMAGE);
}

void
screen_blank (Screen *screen)
{
  g_autoptr (Frame) old = NULL;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&screen->lock);

  screen->drawn = NULL;
  screen->drawn_lit = FALSE;
  set_lit (screen, FALSE);
  if (screen->shown != NULL || !screen->known)
    old = swap_frame (screen);
}

gboolean
screen_set_cursor (Screen *screen, const GlassCursor *cursor, const guint8 *argb, GError **error)
{
  gsize pixels = (gsize) cursor->width * cursor->height;
  autofd fd = -1;
  g_autoptr (GMutexLocker) locker = NULL;

  if (pixels > 0)
    {
      void *map;

      fd = fds_sealed_memory ("vitrine-cursor", pixels * 4, &map, error);
      if (fd < 0)
        return FALSE;
      for (gsize i = 0; i < pixels; i++)
        {
          guint32 pixel;

          memcpy (&pixel, argb + i * 4, sizeof pixel);
          ((guint32 *) map)[i] = pixels_premultiply (pixel);
        }
      munmap (map, pixels * 4);
    }
  locker = g_mutex_locker_new (&screen->lock);
  fds_clear (&screen->cursor_fd);
  screen->cursor_fd = fds_steal (&fd);
  screen->cursor = *cursor;
  note (screen, SCREEN_CURSOR);
  return TRUE;
}

void
screen_set_cursor_position (Screen *screen, gint32 x, gint32 y, gboolean visible)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&screen->lock);

  screen->position.x = x;
  screen->position.y = y;
  screen->position.visible = visible ? 1 : 0;
  note (screen, SCREEN_CURSOR_POSITION);
}

void
screen_set_absolute (Screen *screen, gboolean absolute)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&screen->lock);

  screen->absolute = absolute;
  note (screen, SCREEN_POINTER_MODE);
}

void
screen_set_leds (Screen *screen, guint32 leds)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&screen->lock);

  screen->leds = leds & GLASS_LEDS_ALL;
  note (screen, SCREEN_LEDS);
}

void
screen_fail (Screen *screen, LinkFailure failure, const char *reason)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&screen->lock);

  if (screen->failure != 0)
    return;
  screen->failure = failure;
  screen->reason = reason;
  note (screen, SCREEN_FAILED);
}

void
screen_take_news (Screen *screen, ScreenNews *news)
{
  Tiles spare = news->damage;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&screen->lock);

  news->changes = screen->changes;
  news->known = screen->known;
  news->generation = screen->generation;
  news->width = screen->shown != NULL ? screen->shown->width : 0;
  news->height = screen->shown != NULL ? screen->shown->height : 0;
  news->lit = screen->lit;
  news->damage = screen->dirty;
  news->n_updates = screen->n_updates;
  news->position = screen->position;
  news->absolute = screen->absolute;
  news->leds = screen->leds;
  news->failure = screen->failure;
  news->reason = screen->reason;
  screen->dirty = spare;
  tiles_reset (&screen->dirty, news->width, news->height);
  screen->n_updates = 0;
  screen->changes = 0;
}

void
screen_news_clear (ScreenNews *news)
{
  tiles_free (&news->damage);
}

int
screen_dup_frame (Screen *screen, GlassScanout *ret_scanout, guint64 *ret_generation)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&screen->lock);
  const Frame *frame = screen->shown;

  *ret_generation = screen->generation;
  *ret_scanout = (GlassScanout) { .type = GLASS_SCANOUT, .format = GLASS_FORMAT_XRGB8888 };
  if (frame == NULL)
    return -1;
  ret_scanout->width = frame->width;
  ret_scanout->height = frame->height;
  ret_scanout->stride = frame->stride;
  return fcntl (frame->fd, F_DUPFD_CLOEXEC, 3);
}

TileColours *
screen_ref_colours (Screen *screen, guint64 generation)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&screen->lock);

  if (screen->generation != generation || screen->shown == NULL)
    return NULL;
  return tile_colours_ref (screen->shown->colours);
}

int
screen_dup_cursor (Screen *screen, GlassCursor *ret_cursor)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&screen->lock);

  *ret_cursor = screen->cursor;
  return screen->cursor_fd < 0 ? -1 : fcntl (screen->cursor_fd, F_DUPFD_CLOEXEC, 3);
}
