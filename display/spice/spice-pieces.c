/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Drawing commands for the SPICE library. Runs in vitrine-display, mostly on the library's worker
 * threads. A piece is a copy that does not change any more: the library looks at pixels more than
 * once and must see the same each time.
 */
#include "spice-pieces.h"

#include <string.h>

typedef struct
{
  QXLDrawable drawable; /* its release_info comes first and leads back here */
  QXLImage image;
  gsize size;
  guint8 pixels[];
} Piece;

struct _SpicePieces
{
  GMutex lock;
  SpicePicture *picture;
  Tiles dirty;
  GlassRect rects[GLASS_RECTS_MAX]; /* taken out of `dirty`, the next first */
  guint n_rects;
  guint at;
  gboolean is_open;
  gboolean is_full; /* next () said so */
  guint n_out;
  gsize bytes_out;
  guint32 last_id;
};

SpicePieces *
spice_pieces_new (void)
{
  SpicePieces *pieces = g_new0 (SpicePieces, 1);

  g_mutex_init (&pieces->lock);
  return pieces;
}

void
spice_pieces_free (SpicePieces *pieces)
{
  if (pieces == NULL)
    return;
  g_clear_pointer (&pieces->picture, spice_picture_unref);
  tiles_free (&pieces->dirty);
  g_mutex_clear (&pieces->lock);
  g_free (pieces);
}

static void
mark_all (SpicePieces *pieces)
{
  for (guint32 row = 0; row < pieces->dirty.rows; row++)
    for (guint32 column = 0; column < pieces->dirty.columns; column++)
      tiles_mark (&pieces->dirty, column, row);
}

void
spice_pieces_set_picture (SpicePieces *pieces, SpicePicture *picture, gboolean sees)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&pieces->lock);

  spice_picture_ref (picture);
  g_clear_pointer (&pieces->picture, spice_picture_unref);
  pieces->picture = picture;
  pieces->n_rects = pieces->at = 0;
  tiles_reset (&pieces->dirty, picture->width, picture->height);
  if (!sees)
    mark_all (pieces);
}

gboolean
spice_pieces_add (SpicePieces *pieces, const Tiles *damage)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&pieces->lock);

  if (damage->width != pieces->dirty.width || damage->height != pieces->dirty.height)
    return FALSE;
  tiles_merge (&pieces->dirty, damage);
  return TRUE;
}

void
spice_pieces_open (SpicePieces *pieces)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&pieces->lock);

  pieces->is_open = TRUE;
}

void
spice_pieces_shut (SpicePieces *pieces)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&pieces->lock);

  pieces->is_open = FALSE;
}

/* The rows at the front of the next rectangle that make a piece. FALSE: nothing has changed. */
static gboolean
take_rect (SpicePieces *pieces, GlassRect *ret_rect)
{
  GlassRect *rect;
  guint32 rows;

  if (pieces->at == pieces->n_rects)
    {
      if (!pieces->dirty.any)
        return FALSE;
      pieces->n_rects = tiles_to_rects (&pieces->dirty, pieces->rects);
      pieces->at = 0;
      tiles_clear (&pieces->dirty);
    }
  rect = &pieces->rects[pieces->at];
  rows = CLAMP (SPICE_PIECE_BYTES_MAX / (rect->width * 4), 1, rect->height);
  *ret_rect = (GlassRect) { rect->x, rect->y, rect->width, rows };
  rect->y += rows;
  rect->height -= rows;
  if (rect->height == 0)
    pieces->at++;
  return TRUE;
}

static void
copy_pixels (Piece *piece, const SpicePicture *picture, const GlassRect *rect)
{
  const gsize row = (gsize) rect->width * 4;
  const gsize stride = (gsize) picture->width * 4;

  if (picture->map == NULL)
    {
      memset (piece->pixels, 0, row * rect->height);
      return;
    }
  for (guint32 y = 0; y < rect->height; y++)
    memcpy (piece->pixels + y * row, picture->map + (rect->y + y) * stride + (gsize) rect->x * 4,
            row);
}

static void
fill_image (Piece *piece, const GlassRect *rect, guint32 id)
{
  QXLImage *image = &piece->image;

  QXL_SET_IMAGE_ID (image, QXL_IMAGE_GROUP_DEVICE, id);
  image->descriptor.type = SPICE_IMAGE_TYPE_BITMAP;
  image->descriptor.width = rect->width;
  image->descriptor.height = rect->height;
  image->bitmap.format = SPICE_BITMAP_FMT_32BIT;
  image->bitmap.flags = QXL_BITMAP_DIRECT | QXL_BITMAP_TOP_DOWN;
  image->bitmap.x = rect->width;
  image->bitmap.y = rect->height;
  image->bitmap.stride = rect->width * 4;
  image->bitmap.data = (uintptr_t) piece->pixels;
}

static void
fill_drawable (Piece *piece, const GlassRect *rect)
{
  QXLDrawable *drawable = &piece->drawable;

  drawable->release_info.id = (uintptr_t) piece;
  drawable->type = QXL_DRAW_COPY;
  drawable->effect = QXL_EFFECT_OPAQUE;
  drawable->clip.type = SPICE_CLIP_TYPE_NONE;
  drawable->bbox = (QXLRect) { .top = rect->y,
                               .left = rect->x,
                               .bottom = rect->y + rect->height,
                               .right = rect->x + rect->width };
  for (guint i = 0; i < G_N_ELEMENTS (drawable->surfaces_dest); i++)
    drawable->surfaces_dest[i] = -1;
  drawable->u.copy.rop_descriptor = SPICE_ROPD_OP_PUT;
  drawable->u.copy.src_bitmap = (uintptr_t) &piece->image;
  drawable->u.copy.src_area = (QXLRect) { .bottom = rect->height, .right = rect->width };
}

SpicePiecesResult
spice_pieces_next (SpicePieces *pieces, QXLCommandExt *ret_command)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&pieces->lock);
  GlassRect rect;
  Piece *piece;
  gsize size;

  if (!pieces->is_open)
    return SPICE_PIECES_NONE;
  if (pieces->n_out >= SPICE_PIECES_MAX || pieces->bytes_out >= SPICE_PIECES_BYTES_MAX)
    {
      if (pieces->at == pieces->n_rects && !pieces->dirty.any)
        return SPICE_PIECES_NONE;
      pieces->is_full = TRUE;
      return SPICE_PIECES_FULL;
    }
  if (!take_rect (pieces, &rect))
    return SPICE_PIECES_NONE;
  size = (gsize) rect.width * rect.height * 4;
  piece = g_malloc (sizeof *piece + size);
  memset (piece, 0, sizeof *piece);
  piece->size = size;
  copy_pixels (piece, pieces->picture, &rect);
  fill_image (piece, &rect, ++pieces->last_id);
  fill_drawable (piece, &rect);
  pieces->n_out++;
  pieces->bytes_out += size;
  *ret_command =
      (QXLCommandExt) { .cmd = { .type = QXL_CMD_DRAW, .data = (uintptr_t) &piece->drawable } };
  return SPICE_PIECES_ONE;
}

void
spice_pieces_release (SpicePieces *pieces,
                      QXLReleaseInfo *info,
                      gboolean *ret_again,
                      gboolean *ret_empty)
{
  Piece *piece = (Piece *) (uintptr_t) info->id;
  gsize size = piece->size;

  g_free (piece);
  g_mutex_lock (&pieces->lock);
  pieces->n_out--;
  pieces->bytes_out -= size;
  *ret_empty = pieces->n_out == 0;
  *ret_again = pieces->is_full && pieces->n_out <= SPICE_PIECES_MAX / 2 &&
               pieces->bytes_out <= SPICE_PIECES_BYTES_MAX / 2;
  if (*ret_again)
    pieces->is_full = FALSE;
  g_mutex_unlock (&pieces->lock);
}

guint
spice_pieces_get_out (SpicePieces *pieces)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&pieces->lock);

  return pieces->n_out;
}
