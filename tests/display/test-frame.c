/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Tiles, frames and the screen: whatever changes, a viewer that copies only the damage it is told
 * ends up with the guest's picture, and damage is no more than what changed.
 */
#include "fds.h"
#include "frame/large-pages.h"
#include "frame/pixels.h"
#include "frame/screen.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

static void
ignore (gpointer user_data)
{
}

/* --- Tiles --- */

static void
check_rects (const Tiles *tiles, gboolean exact)
{
  GlassRect rects[GLASS_RECTS_MAX];
  guint n = tiles_to_rects (tiles, rects);
  g_autofree guint8 *covered = g_new0 (guint8, (gsize) tiles->rows * tiles->columns);

  g_assert_cmpuint (n, <=, GLASS_RECTS_MAX);
  for (guint i = 0; i < n; i++)
    {
      g_assert_cmpuint (rects[i].width, >=, 1);
      g_assert_cmpuint (rects[i].height, >=, 1);
      g_assert_true (geometry_rect_fits (&rects[i], tiles->width, tiles->height));
      for (guint32 y = rects[i].y; y < rects[i].y + rects[i].height;
           y = (y / TILE_HEIGHT + 1) * TILE_HEIGHT)
        for (guint32 x = rects[i].x; x < rects[i].x + rects[i].width;
             x = (x / TILE_WIDTH + 1) * TILE_WIDTH)
          g_assert_cmpuint (covered[y / TILE_HEIGHT * tiles->columns + x / TILE_WIDTH]++, ==, 0);
    }
  for (guint32 row = 0; row < tiles->rows; row++)
    for (guint32 column = 0; column < tiles->columns; column++)
      {
        gboolean marked = tiles_is_marked (tiles, column, row);

        if (marked || exact)
          g_assert_cmpuint (covered[row * tiles->columns + column], ==, marked);
      }
}

static void
test_tiles (void)
{
  static const guint32 sizes[][2] = { { 1, 1 },       { 64, 16 },      { 65, 17 },
                                      { 1920, 1080 }, { 16384, 4096 }, { 7, 16384 } };

  for (gsize s = 0; s < G_N_ELEMENTS (sizes); s++)
    {
      Tiles tiles = { 0 };
      GlassRect rects[GLASS_RECTS_MAX];

      tiles_reset (&tiles, sizes[s][0], sizes[s][1]);
      g_assert_cmpuint (tiles_to_rects (&tiles, rects), ==, 0);
      /* A checkerboard is the most rectangles there can be. */
      for (guint32 row = 0; row < tiles.rows; row++)
        for (guint32 column = row % 2; column < tiles.columns; column += 2)
          tiles_mark (&tiles, column, row);
      check_rects (&tiles, FALSE);
      /* Everything is one rectangle. */
      for (guint32 row = 0; row < tiles.rows; row++)
        for (guint32 column = 0; column < tiles.columns; column++)
          tiles_mark (&tiles, column, row);
      check_rects (&tiles, TRUE);
      g_assert_cmpuint (tiles_to_rects (&tiles, rects), ==, 1);
      /* A few are covered exactly. */
      tiles_clear (&tiles);
      for (guint i = 0; i < 20; i++)
        tiles_mark (&tiles, g_test_rand_int_range (0, tiles.columns),
                    g_test_rand_int_range (0, tiles.rows));
      check_rects (&tiles, TRUE);
      tiles_free (&tiles);
    }
}

/* --- Pixels --- */

static void
test_pixels (void)
{
  static const struct
  {
    PixelFormat format;
    guint8 bytes[4];
    guint32 expected;
  } cases[] = {
    { PIXELS_XRGB8888, { 0x33, 0x22, 0x11, 0 }, 0x112233 },
    { PIXELS_XBGR8888, { 0x11, 0x22, 0x33, 0xff }, 0x112233 },
    { PIXELS_BGRX8888, { 0xff, 0x11, 0x22, 0x33 }, 0x112233 },
    { PIXELS_RGBX8888, { 0xff, 0x33, 0x22, 0x11 }, 0x112233 },
    { PIXELS_RGB888, { 0x33, 0x22, 0x11 }, 0x112233 },
    { PIXELS_BGR888, { 0x11, 0x22, 0x33 }, 0x112233 },
    { PIXELS_RGB565, { 0x00, 0xf8 }, 0xff0000 },
    { PIXELS_RGB565, { 0xe0, 0x07 }, 0x00ff00 },
    { PIXELS_RGB565, { 0x1f, 0x00 }, 0x0000ff },
    { PIXELS_RGB565, { 0x10, 0x84 }, 0x848284 },
    { PIXELS_XRGB1555, { 0x00, 0x7c }, 0xff0000 },
    { PIXELS_XRGB1555, { 0xff, 0xff }, 0xffffff },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint32 out;

      pixels_convert_row (cases[i].format, cases[i].bytes, &out, 1);
      g_test_message ("case %zu", i);
      g_assert_cmphex (out & 0xffffff, ==, cases[i].expected);
    }
  g_assert_cmphex (pixels_premultiply (0xffabcdef), ==, 0xffabcdef);
  g_assert_cmphex (pixels_premultiply (0x00abcdef), ==, 0);
  g_assert_cmphex (pixels_premultiply (0x80ff00ff), ==, 0x80800080);
}

/* --- The screen as a viewer sees it --- */

typedef struct
{
  Screen *screen;
  ScreenNews news;
  guint32 width, height;
  guint32 *guest;  /* what QEMU has shown */
  guint32 *viewer; /* copied from the shared frame where damage said so */
  const guint32 *shared;
  gsize shared_size;
} Fixture;

static void
unmap (Fixture *f)
{
  if (f->shared != NULL)
    munmap ((void *) f->shared, f->shared_size);
  f->shared = NULL;
}

static void
clear (Fixture *f)
{
  unmap (f);
  screen_news_clear (&f->news);
  screen_free (f->screen);
  g_free (f->guest);
  g_free (f->viewer);
}

static PixelBlock
random_part (guint32 width, guint32 height)
{
  GlassRect rect = { .x = g_test_rand_int_range (0, width),
                     .y = g_test_rand_int_range (0, height) };

  rect.width = g_test_rand_int_range (1, width - rect.x + 1);
  rect.height = g_test_rand_int_range (1, height - rect.y + 1);
  return (PixelBlock) { .rect = rect, .stride = rect.width * 4, .format = PIXELS_XRGB8888 };
}

/* QEMU reports the rectangle, in which a few pixels have changed since. */
static void
report_part (Fixture *f, const PixelBlock *part)
{
  const GlassRect *rect = &part->rect;
  g_autofree guint32 *data = g_new (guint32, (gsize) rect->width * rect->height);

  for (guint i = g_test_rand_int_range (0, 5); i > 0; i--)
    {
      guint32 x = rect->x + g_test_rand_int_range (0, rect->width);
      guint32 y = rect->y + g_test_rand_int_range (0, rect->height);

      f->guest[y * f->width + x] = g_test_rand_int () & 0xffffff;
    }
  for (guint32 y = 0; y < rect->height; y++)
    memcpy (data + y * rect->width, f->guest + (rect->y + y) * f->width + rect->x,
            (gsize) rect->width * 4);
  g_assert_true (screen_begin_part (f->screen, rect));
  screen_apply (f->screen, part, (guint8 *) data);
  screen_end (f->screen);
}

/* A frame of another size, whole. */
static void
report_frame (Fixture *f, guint32 width, guint32 height)
{
  PixelBlock block = { .rect = { 0, 0, width, height }, .stride = width * 4 };

  g_free (f->guest);
  g_free (f->viewer);
  f->width = width;
  f->height = height;
  f->guest = g_new (guint32, (gsize) width * height);
  f->viewer = g_new0 (guint32, (gsize) width * height);
  for (gsize i = 0; i < (gsize) width * height; i++)
    f->guest[i] = g_test_rand_int () & 0xffffff;
  g_assert_true (screen_begin_frame (f->screen, width, height, NULL));
  screen_apply (f->screen, &block, (guint8 *) f->guest);
  screen_end (f->screen);
}

/* Fills a rectangle of the guest's with one colour, a few of which come again and again. */
static void
fill_part (Fixture *f, const GlassRect *rect)
{
  guint32 colour = g_test_rand_int_range (0, 3) * 0x01400101;

  for (guint32 y = rect->y; y < rect->y + rect->height; y++)
    for (guint32 x = rect->x; x < rect->x + rect->width; x++)
      f->guest[y * f->width + x] = colour;
}

static gboolean
is_solid (const Fixture *f, const GlassRect *rect)
{
  guint32 first = f->guest[rect->y * f->width + rect->x];

  for (guint32 y = rect->y; y < rect->y + rect->height; y++)
    for (guint32 x = rect->x; x < rect->x + rect->width; x++)
      if (f->guest[y * f->width + x] != first)
        return FALSE;
  return TRUE;
}

/* What is known of the tiles' colours is so. Returns whether anything was. */
static gboolean
check_colours (const Fixture *f, const TileColours *colours, const GlassRect *rect)
{
  TileColour colour = tile_colours_find (colours, rect);

  if (colour.kind == TILE_UNKNOWN)
    return FALSE;
  g_assert_cmpint (colour.kind == TILE_SOLID, ==, is_solid (f, rect));
  if (colour.kind == TILE_SOLID)
    g_assert_cmphex (colour.colour, ==, f->guest[rect->y * f->width + rect->x]);
  return TRUE;
}

/* As a whole, and tile by tile. */
static void
check_all_colours (const Fixture *f, guint64 generation, gboolean known)
{
  g_autoptr (TileColours) colours = screen_ref_colours (f->screen, generation);
  const GlassRect all = { 0, 0, f->width, f->height };

  g_assert_null (screen_ref_colours (f->screen, generation + 1));
  check_colours (f, colours, &all);
  for (guint32 y = 0; y < f->height; y += TILE_HEIGHT)
    for (guint32 x = 0; x < f->width; x += TILE_WIDTH)
      {
        const GlassRect tile = { x, y, MIN (TILE_WIDTH, f->width - x),
                                 MIN (TILE_HEIGHT, f->height - y) };

        g_assert_true (check_colours (f, colours, &tile) || !known);
      }
}

static void
copy_rect (Fixture *f, const GlassRect *rect)
{
  for (guint32 y = rect->y; y < rect->y + rect->height; y++)
    memcpy (f->viewer + y * f->width + rect->x, f->shared + y * f->width + rect->x,
            (gsize) rect->width * 4);
}

/* What a viewer does with the news. */
static void
view (Fixture *f, guint64 *generation)
{
  GlassRect rects[GLASS_RECTS_MAX];
  guint n;

  screen_take_news (f->screen, &f->news);
  if (f->news.generation != *generation)
    {
      GlassScanout scanout;
      autofd fd = screen_dup_frame (f->screen, &scanout, generation);
      const GlassRect all = { 0, 0, scanout.width, scanout.height };

      unmap (f);
      f->shared_size = (gsize) scanout.stride * scanout.height;
      g_assert_true (fds_is_safe_to_map (fd, f->shared_size, NULL));
      g_assert_true (mmap (NULL, f->shared_size, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
      f->shared = mmap (NULL, f->shared_size, PROT_READ, MAP_SHARED, fd, 0);
      g_assert_true (f->shared != MAP_FAILED);
      copy_rect (f, &all);
      return;
    }
  n = tiles_to_rects (&f->news.damage, rects);
  for (guint i = 0; i < n; i++)
    copy_rect (f, &rects[i]);
}

static void
test_random_updates (void)
{
  Fixture f = { .screen = screen_new (ignore, NULL) };
  guint64 generation = 0;

  for (guint frame = 0; frame < 12; frame++)
    {
      report_frame (&f, g_test_rand_int_range (1, 700), g_test_rand_int_range (1, 300));
      for (guint round = 0; round < 40; round++)
        {
          for (guint i = g_test_rand_int_range (0, 4); i > 0; i--)
            {
              PixelBlock part = random_part (f.width, f.height);

              if (g_test_rand_bit ())
                fill_part (&f, &part.rect);
              report_part (&f, &part);
            }
          view (&f, &generation);
          g_assert_cmpmem (f.viewer, (gsize) f.width * f.height * 4, f.guest,
                           (gsize) f.width * f.height * 4);
          check_all_colours (&f, generation, FALSE);
        }
    }
  clear (&f);
}

/* After a whole frame nothing is unknown, in whatever bands it came. */
static void
test_colours_are_known (void)
{
  Fixture f = { .screen = screen_new (ignore, NULL) };
  guint64 generation = 0;

  report_frame (&f, 333, 222);
  for (guint round = 0; round < 50; round++)
    {
      PixelBlock band = { .rect = { 0, 0, 333, 0 }, .stride = 333 * 4 };
      PixelBlock part = random_part (f.width, f.height);

      fill_part (&f, &part.rect);
      report_part (&f, &part); /* after which little is known */
      g_assert_true (screen_begin_frame (f.screen, f.width, f.height, NULL));
      for (; band.rect.y < f.height; band.rect.y += band.rect.height)
        {
          guint32 most = g_test_rand_int_range (TILE_HEIGHT, 64);

          band.rect.height = frame_cut_band (band.rect.y, most, f.height);
          g_assert_cmpuint (band.rect.height, <=, most);
          screen_apply (f.screen, &band, (guint8 *) (f.guest + band.rect.y * f.width));
        }
      screen_end (f.screen);
      view (&f, &generation);
      check_all_colours (&f, generation, TRUE);
    }
  clear (&f);
}

static void
test_damage_is_what_changed (void)
{
  Fixture f = { .screen = screen_new (ignore, NULL) };
  guint64 generation = 0;
  GlassRect rects[GLASS_RECTS_MAX];
  const PixelBlock all = { .rect = { 0, 0, 640, 480 }, .stride = 2560 };

  report_frame (&f, 640, 480);
  view (&f, &generation);

  /* The same picture again: nothing happened. */
  g_assert_true (screen_begin_frame (f.screen, 640, 480, NULL));
  screen_apply (f.screen, &all, (guint8 *) f.guest);
  screen_end (f.screen);
  screen_take_news (f.screen, &f.news);
  g_assert_cmpint (f.news.changes, ==, 0);
  g_assert_cmpuint (f.news.n_updates, ==, 0);

  /* One pixel of a whole frame. */
  f.guest[100 * 640 + 200] ^= 1;
  g_assert_true (screen_begin_frame (f.screen, 640, 480, NULL));
  screen_apply (f.screen, &all, (guint8 *) f.guest);
  screen_end (f.screen);
  screen_take_news (f.screen, &f.news);
  g_assert_cmpint (f.news.changes, ==, SCREEN_DAMAGE);
  g_assert_cmpuint (f.news.n_updates, ==, 1);
  g_assert_cmpuint (tiles_to_rects (&f.news.damage, rects), ==, 1);
  g_assert_cmpuint (rects[0].x, ==, 200);
  g_assert_cmpuint (rects[0].y, ==, 100);
  g_assert_cmpuint (rects[0].width, ==, 1);
  g_assert_cmpuint (rects[0].height, ==, 1);

  /* Two, in tiles beside each other, in two updates: the least that covers both. */
  for (guint i = 0; i < 2; i++)
    {
      f.guest[(101 + i) * 640 + 250 + i * 10] ^= 1;
      g_assert_true (screen_begin_frame (f.screen, 640, 480, NULL));
      screen_apply (f.screen, &all, (guint8 *) f.guest);
      screen_end (f.screen);
    }
  screen_take_news (f.screen, &f.news);
  g_assert_cmpuint (tiles_to_rects (&f.news.damage, rects), ==, 1);
  g_assert_cmpuint (rects[0].x, ==, 250);
  g_assert_cmpuint (rects[0].y, ==, 101);
  g_assert_cmpuint (rects[0].width, ==, 11);
  g_assert_cmpuint (rects[0].height, ==, 2);
  clear (&f);
}

static void
test_parts_outside (void)
{
  Fixture f = { .screen = screen_new (ignore, NULL) };
  const GlassRect inside = { 0, 0, 10, 10 };
  const GlassRect outside = { 1, 1, 10, 10 };

  g_assert_false (screen_begin_part (f.screen, &inside)); /* no frame yet */
  report_frame (&f, 10, 10);
  g_assert_true (screen_begin_part (f.screen, &inside));
  g_assert_false (screen_begin_part (f.screen, &outside));
  screen_blank (f.screen);
  g_assert_false (screen_begin_part (f.screen, &inside));
  screen_take_news (f.screen, &f.news);
  g_assert_cmpuint (f.news.width, ==, 0);
  g_assert_true (f.news.known);
  clear (&f);
}

/* --- Large pages --- */

/* How much of what is mapped of such a memfd the kernel says to have in large pages. */
static gsize
count_large (const char *name)
{
  g_autofree char *smaps = NULL;
  gsize sum = 0;

  g_assert_true (g_file_get_contents ("/proc/self/smaps", &smaps, NULL, NULL));
  for (const char *at = smaps; (at = strstr (at, name)) != NULL; at++)
    {
      const char *line = strstr (at, "\nShmemPmdMapped:");
      gsize kilobytes = 0;

      g_assert_cmpint (line != NULL ? sscanf (line, "\nShmemPmdMapped: %zu", &kilobytes) : 1, ==,
                       1);
      sum += kilobytes * 1024;
    }
  return sum;
}

/* Whether the kernel makes large pages of memory that is not shared, when asked. */
static gboolean
kernel_has_large_pages (void)
{
  gsize room = 2 * LARGE_PAGE_BYTES;
  g_autofree char *shared = NULL;
  gboolean has;
  void *map = mmap (NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  g_assert_true (map != MAP_FAILED);
  memset (map, 1, room);
  has = madvise (map, room, 25 /* MADV_COLLAPSE */) == 0;
  munmap (map, room);
  return has &&
         g_file_get_contents ("/sys/kernel/mm/transparent_hugepage/shmem_enabled", &shared, NULL,
                              NULL) &&
         strstr (shared, "[deny]") == NULL;
}

/* The kernel may have none left for a moment. */
static void
check_large (guint32 width, guint32 height, gsize large, gboolean wanted)
{
  gsize found = 0;

  for (guint i = 0; i < 20 && (i == 0 || (wanted && found != large)); i++)
    {
      g_autoptr (Frame) frame = frame_new (width, height, NULL);
      struct stat info;

      g_assert_nonnull (frame);
      g_assert_cmpint (fstat (frame->fd, &info), ==, 0);
      g_assert_cmpuint (info.st_size, ==, frame->bytes);
      g_assert_cmpuint (frame->bytes, >=, (gsize) width * height * 4);
      g_assert_cmpuint (frame->bytes, <=, (gsize) width * height * 4 * 9 / 8);
      g_assert_true (fds_is_safe_to_map (frame->fd, (gsize) width * height * 4, NULL));
      g_assert_true (fds_is_whole (frame->fd, NULL));
      for (gsize at = 0; at < frame->bytes; at += 1000)
        g_assert_cmpuint (frame->map[at], ==, 0);
      found = count_large ("memfd:vitrine-frame");
    }
  if (wanted)
    g_assert_cmpuint (found, ==, large);
}

static void
test_large_pages (void)
{
  gboolean wanted = kernel_has_large_pages ();

  check_large (1, 1, 0, wanted);
  check_large (640, 480, 0, wanted);
  check_large (1024, 768, LARGE_PAGE_BYTES, wanted); /* and a half */
  check_large (1280, 800, 2 * LARGE_PAGE_BYTES, wanted);
  check_large (1920, 1080, 4 * LARGE_PAGE_BYTES, wanted);
}

static void
test_cursor (void)
{
  g_autoptr (Screen) screen = screen_new (ignore, NULL);
  const GlassCursor two = { GLASS_CURSOR, 2, 1, 1, 0 };
  const GlassCursor none = { GLASS_CURSOR };
  const guint32 argb[2] = { 0xff112233, 0x00ffffff };
  guint32 premultiplied[2];
  GlassCursor cursor;
  autofd fd = -1;

  g_assert_cmpint (screen_dup_cursor (screen, &cursor), ==, -1);
  g_assert_cmpuint (cursor.width, ==, 0);
  g_assert_true (screen_set_cursor (screen, &two, (const guint8 *) argb, NULL));
  fd = screen_dup_cursor (screen, &cursor);
  g_assert_cmpuint (cursor.width, ==, 2);
  g_assert_cmpint (pread (fd, premultiplied, 8, 0), ==, 8);
  g_assert_cmphex (premultiplied[0], ==, 0xff112233);
  g_assert_cmphex (premultiplied[1], ==, 0);
  g_assert_true (screen_set_cursor (screen, &none, NULL, NULL));
  g_assert_cmpint (screen_dup_cursor (screen, &cursor), ==, -1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/display/tiles", test_tiles);
  g_test_add_func ("/display/pixels", test_pixels);
  g_test_add_func ("/display/screen/random-updates", test_random_updates);
  g_test_add_func ("/display/screen/colours-are-known", test_colours_are_known);
  g_test_add_func ("/display/screen/damage-is-what-changed", test_damage_is_what_changed);
  g_test_add_func ("/display/screen/parts-outside", test_parts_outside);
  g_test_add_func ("/display/frame/large-pages", test_large_pages);
  g_test_add_func ("/display/screen/cursor", test_cursor);
  return g_test_run ();
}
