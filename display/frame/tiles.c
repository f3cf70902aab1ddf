/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The bitmap of changed tiles. Runs in vitrine-display on both threads, each map owned by one or
 * guarded by the screen's lock. Pure memory; its size is bounded by GLASS_FRAME_BYTES_MAX (about a
 * thousandth of it).
 */
#include "tiles.h"

#include <string.h>

void
tiles_reset (Tiles *tiles, guint32 width, guint32 height)
{
  if (tiles->width == width && tiles->height == height)
    {
      tiles_clear (tiles);
      return;
    }
  tiles_free (tiles);
  tiles->width = width;
  tiles->height = height;
  tiles->columns = (width + TILE_WIDTH - 1) / TILE_WIDTH;
  tiles->rows = (height + TILE_HEIGHT - 1) / TILE_HEIGHT;
  tiles->words = (tiles->columns + 63) / 64;
  tiles->bits = g_new0 (guint64, (gsize) tiles->words * tiles->rows);
  tiles->boxes = g_new0 (TileBox, (gsize) tiles->columns * tiles->rows);
}

void
tiles_clear (Tiles *tiles)
{
  if (tiles->any)
    memset (tiles->bits, 0, sizeof *tiles->bits * tiles->words * tiles->rows);
  tiles->any = FALSE;
}

void
tiles_free (Tiles *tiles)
{
  g_free (tiles->bits);
  g_free (tiles->boxes);
  *tiles = (Tiles) { 0 };
}

gboolean
tiles_is_marked (const Tiles *tiles, guint32 column, guint32 row)
{
  return (tiles->bits[row * tiles->words + column / 64] >> (column % 64)) & 1;
}

/* The tile's box, for the caller to widen at once: an empty one if nothing was marked there. */
static TileBox *
open_box (Tiles *tiles, guint32 column, guint32 row)
{
  guint64 *word = &tiles->bits[row * tiles->words + column / 64];
  guint64 bit = G_GUINT64_CONSTANT (1) << (column % 64);
  TileBox *box = &tiles->boxes[(gsize) row * tiles->columns + column];

  if (!(*word & bit))
    {
      *word |= bit;
      tiles->any = TRUE;
      *box = (TileBox) { TILE_WIDTH, TILE_HEIGHT, 0, 0 };
    }
  return box;
}

void
tiles_mark_box (Tiles *tiles, guint32 column, guint32 row, TileBox box)
{
  TileBox *old = open_box (tiles, column, row);

  old->left = MIN (old->left, box.left);
  old->top = MIN (old->top, box.top);
  old->right = MAX (old->right, box.right);
  old->bottom = MAX (old->bottom, box.bottom);
}

void
tiles_mark (Tiles *tiles, guint32 column, guint32 row)
{
  tiles_mark_box (tiles, column, row, (TileBox) { 0, 0, TILE_WIDTH, TILE_HEIGHT });
}

void
tiles_merge (Tiles *tiles, const Tiles *more)
{
  g_return_if_fail (tiles->width == more->width && tiles->height == more->height);
  if (!more->any)
    return;
  for (guint32 row = 0; row < more->rows; row++)
    for (guint32 word = 0; word < more->words; word++)
      for (guint64 bits = more->bits[row * more->words + word]; bits != 0; bits &= bits - 1)
        {
          guint32 column = word * 64 + __builtin_ctzll (bits);

          tiles_mark_box (tiles, column, row, more->boxes[(gsize) row * more->columns + column]);
        }
}

/* A rectangle counted in tiles, ends excluded. */
typedef struct
{
  guint32 left, right, top, bottom;
} Run;

/* Rectangles under construction. Those that end at the row above come last, from `open` on. */
typedef struct
{
  Run runs[GLASS_RECTS_MAX];
  guint n;
} RunList;

/* Whether any of the `band` tile rows from `row` on is marked in this column. */
static gboolean
band_is_marked (const Tiles *tiles, guint32 column, guint32 row, guint32 band)
{
  for (guint32 r = row; r < row + band && r < tiles->rows; r++)
    if (tiles_is_marked (tiles, column, r))
      return TRUE;
  return FALSE;
}

/* Continues a rectangle of the band above with the same sides, or begins one. */
static gboolean
add_run (RunList *list, Run run)
{
  for (guint i = 0; i < list->n; i++)
    if (list->runs[i].bottom == run.top && list->runs[i].left == run.left &&
        list->runs[i].right == run.right)
      {
        list->runs[i].bottom = run.bottom;
        return TRUE;
      }
  if (list->n == GLASS_RECTS_MAX)
    return FALSE;
  list->runs[list->n++] = run;
  return TRUE;
}

/* The runs of one band; those at most `gap` tiles apart are joined. */
static gboolean
add_band (const Tiles *tiles, RunList *list, guint32 row, guint32 band, guint32 gap)
{
  guint32 bottom = MIN (row + band, tiles->rows);
  Run run = { 0 };
  gboolean have = FALSE;

  for (guint32 column = 0; column < tiles->columns; column++)
    {
      if (!band_is_marked (tiles, column, row, band))
        continue;
      if (have && column - run.right > gap)
        {
          if (!add_run (list, run))
            return FALSE;
          have = FALSE;
        }
      if (!have)
        run = (Run) { .left = column, .top = row, .bottom = bottom };
      run.right = column + 1;
      have = TRUE;
    }
  return !have || add_run (list, run);
}

static gboolean
collect (const Tiles *tiles, RunList *list, guint32 band, guint32 gap)
{
  list->n = 0;
  for (guint32 row = 0; row < tiles->rows; row += band)
    if (!add_band (tiles, list, row, band, gap))
      return FALSE;
  return TRUE;
}

/* What is marked in the tiles of a run. */
static GlassRect
fit_rect (const Tiles *tiles, const Run *run)
{
  guint32 left = G_MAXUINT32, top = G_MAXUINT32, right = 0, bottom = 0;

  for (guint32 row = run->top; row < run->bottom; row++)
    for (guint32 column = run->left; column < run->right; column++)
      {
        const TileBox *box = &tiles->boxes[(gsize) row * tiles->columns + column];

        if (!tiles_is_marked (tiles, column, row))
          continue;
        left = MIN (left, column * TILE_WIDTH + box->left);
        top = MIN (top, row * TILE_HEIGHT + box->top);
        right = MAX (right, column * TILE_WIDTH + box->right);
        bottom = MAX (bottom, row * TILE_HEIGHT + box->bottom);
      }
  right = MIN (right, tiles->width);
  bottom = MIN (bottom, tiles->height);
  return (GlassRect) { left, top, right - left, bottom - top };
}

guint
tiles_to_rects (const Tiles *tiles, GlassRect rects[GLASS_RECTS_MAX])
{
  RunList list = { .n = 0 };
  guint32 gap = 0;
  guint32 band = 1;

  if (!tiles->any)
    return 0;
  /* Too many: first join what lies in one row, then rows; one rectangle a band always fits. */
  while (!collect (tiles, &list, band, gap))
    {
      if (gap < tiles->columns)
        gap = gap * 2 + 1;
      else
        band *= 2;
    }
  for (guint i = 0; i < list.n; i++)
    rects[i] = fit_rect (tiles, &list.runs[i]);
  return list.n;
}
