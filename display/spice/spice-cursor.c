/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Pointer shapes and places for the SPICE library. Runs in vitrine-display.
 */
#include "spice-cursor.h"

#include "fds.h"
#include "frame/pixels.h"

#include <sys/mman.h>

typedef struct
{
  QXLCursorCmd command; /* its release_info comes first and leads back here */
  QXLCursor shape;      /* its pixels follow */
} Item;

struct _SpiceCursor
{
  GMutex lock;
  GlassCursor header; /* width 0: the guest defines none */
  guint32 *pixels;    /* owned; straight alpha */
  GlassCursorPosition position;
  gboolean shape_is_new;
  gboolean position_is_new;
  guint64 last_id;
};

SpiceCursor *
spice_cursor_new (void)
{
  SpiceCursor *cursor = g_new0 (SpiceCursor, 1);

  g_mutex_init (&cursor->lock);
  cursor->position.visible = 1;
  return cursor;
}

void
spice_cursor_free (SpiceCursor *cursor)
{
  if (cursor == NULL)
    return;
  g_free (cursor->pixels);
  g_mutex_clear (&cursor->lock);
  g_free (cursor);
}

/* Premultiplied to straight alpha, which is what viewers make of it. */
static guint32
straighten (guint32 pixel)
{
  guint32 alpha = pixel >> 24;
  guint32 out = alpha << 24;

  if (alpha == 0)
    return 0;
  for (guint shift = 0; shift < 24; shift += 8)
    out |= MIN (((pixel >> shift & 0xff) * 255 + alpha / 2) / alpha, 255) << shift;
  return out;
}

void
spice_cursor_load (SpiceCursor *cursor, Screen *screen)
{
  GlassCursor header;
  autofd fd = screen_dup_cursor (screen, &header);
  gsize n = (gsize) header.width * header.height;
  guint32 *map = MAP_FAILED;
  guint32 *pixels = NULL;

  if (fd >= 0 && n > 0)
    map = mmap (NULL, n * 4, PROT_READ, MAP_SHARED, fd, 0);
  if (map != MAP_FAILED)
    {
      pixels = g_new (guint32, n);
      for (gsize i = 0; i < n; i++)
        pixels[i] = straighten (map[i]);
      munmap (map, n * 4);
    }
  g_mutex_lock (&cursor->lock);
  g_free (cursor->pixels);
  cursor->pixels = pixels;
  cursor->header = header;
  cursor->shape_is_new = pixels != NULL;
  g_mutex_unlock (&cursor->lock);
}

void
spice_cursor_place (SpiceCursor *cursor, const GlassCursorPosition *position)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&cursor->lock);

  cursor->position = *position;
  cursor->position_is_new = TRUE;
}

void
spice_cursor_again (SpiceCursor *cursor)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&cursor->lock);

  cursor->shape_is_new = cursor->pixels != NULL;
  cursor->position_is_new = TRUE;
}

static QXLPoint16
place_of (const SpiceCursor *cursor)
{
  return (QXLPoint16) { CLAMP (cursor->position.x, G_MININT16, G_MAXINT16),
                        CLAMP (cursor->position.y, G_MININT16, G_MAXINT16) };
}

static Item *
make_shape (SpiceCursor *cursor)
{
  const GlassCursor *header = &cursor->header;
  gsize size = (gsize) header->width * header->height * 4;
  Item *item = g_malloc0 (sizeof *item + size);

  item->command.type = QXL_CURSOR_SET;
  item->command.u.set.position = place_of (cursor);
  item->command.u.set.visible = cursor->position.visible;
  item->command.u.set.shape = (uintptr_t) &item->shape;
  item->shape.header = (QXLCursorHeader) { .unique = ++cursor->last_id,
                                           .type = SPICE_CURSOR_TYPE_ALPHA,
                                           .width = header->width,
                                           .height = header->height,
                                           .hot_spot_x = header->hot_x,
                                           .hot_spot_y = header->hot_y };
  item->shape.data_size = item->shape.chunk.data_size = size;
  memcpy (item->shape.chunk.data, cursor->pixels, size);
  return item;
}

static Item *
make_place (SpiceCursor *cursor)
{
  Item *item = g_malloc0 (sizeof *item);

  item->command.type = cursor->position.visible ? QXL_CURSOR_MOVE : QXL_CURSOR_HIDE;
  item->command.u.position = place_of (cursor);
  return item;
}

gboolean
spice_cursor_next (SpiceCursor *cursor, QXLCommandExt *ret_command)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&cursor->lock);
  Item *item;

  if (cursor->shape_is_new)
    item = make_shape (cursor);
  else if (cursor->position_is_new)
    item = make_place (cursor);
  else
    return FALSE;
  cursor->shape_is_new = cursor->position_is_new = FALSE;
  item->command.release_info.id = (uintptr_t) item | SPICE_CURSOR_TAG;
  *ret_command =
      (QXLCommandExt) { .cmd = { .type = QXL_CMD_CURSOR, .data = (uintptr_t) &item->command } };
  return TRUE;
}

void
spice_cursor_release (QXLReleaseInfo *info)
{
  g_free ((Item *) (uintptr_t) (info->id & ~SPICE_CURSOR_TAG));
}
