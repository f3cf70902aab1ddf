/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The bitmap of changed tiles. Runs in vitrine-display on both threads, each map owned by one or
 * guarded by the screen's lock. Pure memory; its size is bounded by GLASS_DIMENSION_MAX (32 KiB).
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
  *tiles = (Tiles) { 0 };
}

gboolean
tiles_is_marked (const Tiles *tiles, guint32 column, guint32 row)
{
  return (tiles->bits[row * tiles->words + column / 64] >> (column % 64)) & 1;
}

void
tiles_merge (Tiles *tiles, const Tiles *more)
{
  g_return_if_fail (tiles->width == more->width && tiles->height == more->height);
  if (!more->any)
    return;
  for (gsize i = 0; i < (gsize) tiles->words * tiles->rows; i++)
    tiles->bits[i] |= more->bits[i];
  tiles->any = TRUE;
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
    {
      const Run *run = &list.runs[i];
      GlassRect *rect = &rects[i];

      rect->x = run->left * TILE_WIDTH;
      rect->y = run->top * TILE_HEIGHT;
      rect->width = MIN (run->right * TILE_WIDTH, tiles->width) - rect->x;
      rect->height = MIN (run->bottom * TILE_HEIGHT, tiles->height) - rect->y;
    }
  return list.n;
}
