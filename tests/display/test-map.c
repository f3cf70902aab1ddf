/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Surfaces that QEMU shares as memory: read as a file or from a mapping, the frame is the guest's
 * picture; memory that QEMU cuts off, at whatever moment, is an error and never the end of the
 * process.
 */
#include "fds.h"
#include "qemu/guarded-copy.h"
#include "qemu/qemu-map.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#define WIDTH 300u
#define HEIGHT 100u
#define STRIDE (WIDTH * 4 + 12)
#define OFFSET 4660u /* neither a page nor a row */
#define READS 40u

static void
ignore (gpointer user_data)
{
}

static int
make_memory (gsize size)
{
  int fd = memfd_create ("surface", MFD_CLOEXEC);

  g_assert_cmpint (ftruncate (fd, size), ==, 0);
  return fd;
}

/* --- The copy --- */

static void
test_copy (void)
{
  autofd fd = make_memory (8192);
  guint8 *map = mmap (NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  guint8 out[8192];

  memset (map, 7, 8192);
  for (guint i = 0; i < 3; i++)
    {
      g_assert_true (guarded_copy (out, map, 8192));
      g_assert_cmpuint (out[8191], ==, i == 0 ? 7 : 0);
      g_assert_cmpint (ftruncate (fd, 4096), ==, 0);
      g_assert_false (guarded_copy (out, map, 8192));
      g_assert_true (guarded_copy (out, map, 4096));
      g_assert_cmpint (ftruncate (fd, 8192), ==, 0);
    }
  munmap (map, 8192);
}

/* Only what is copied is guarded. */
static void
test_other_faults (void)
{
  if (g_test_subprocess ())
    {
      autofd fd = make_memory (8192);
      volatile guint8 *map = mmap (NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);
      guint8 out[4096];

      g_assert_true (guarded_copy (out, (const void *) map, 4096));
      g_assert_cmpint (ftruncate (fd, 4096), ==, 0);
      g_assert_cmpuint (map[4096], ==, 0);
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
}

/* --- Surfaces --- */

typedef struct
{
  Screen *screen;
  QemuMap map;
  PixelBlock block;
  int memory; /* as QEMU has it */
  guint8 *pixels;
  gsize size;
} Fixture;

static void
set_up (Fixture *f)
{
  f->screen = screen_new (ignore, NULL);
  f->block = (PixelBlock) { .rect = { 0, 0, WIDTH, HEIGHT }, .offset = OFFSET, .stride = STRIDE };
  f->size = OFFSET + geometry_block_bytes (&f->block);
  f->memory = make_memory (f->size);
  f->pixels = mmap (NULL, f->size, PROT_READ | PROT_WRITE, MAP_SHARED, f->memory, 0);
  qemu_map_init (&f->map);
  qemu_map_set (&f->map, fcntl (f->memory, F_DUPFD_CLOEXEC, 3), &f->block);
  g_assert_true (screen_begin_frame (f->screen, WIDTH, HEIGHT, NULL));
  g_assert_true (qemu_map_read (&f->map, &f->block, f->screen));
  screen_end (f->screen);
}

static void
tear_down (Fixture *f)
{
  qemu_map_clear (&f->map);
  screen_free (f->screen);
  munmap (f->pixels, f->size);
  fds_clear (&f->memory);
}

static void
fill (Fixture *f, const GlassRect *rect)
{
  for (guint32 y = rect->y; y < rect->y + rect->height; y++)
    for (guint32 x = rect->x * 4; x < (rect->x + rect->width) * 4; x++)
      f->pixels[OFFSET + y * STRIDE + x] = g_test_rand_int ();
}

static gboolean
read_part (Fixture *f, const GlassRect *rect)
{
  PixelBlock part;

  g_assert_cmpint (
      geometry_parse_update_map (&f->block, rect->x, rect->y, rect->width, rect->height, &part), ==,
      PARSE_OK);
  g_assert_true (screen_begin_part (f->screen, rect));
  if (!qemu_map_read (&f->map, &part, f->screen))
    return FALSE;
  screen_end (f->screen);
  return TRUE;
}

static void
check_frame (Fixture *f)
{
  GlassScanout scanout;
  guint64 generation;
  autofd fd = screen_dup_frame (f->screen, &scanout, &generation);
  guint8 row[WIDTH * 4];

  for (guint32 y = 0; y < HEIGHT; y++)
    {
      g_assert_cmpint (pread (fd, row, sizeof row, y * sizeof row), ==, sizeof row);
      g_assert_cmpmem (row, sizeof row, f->pixels + OFFSET + y * STRIDE, sizeof row);
    }
}

static void
test_parts (void)
{
  Fixture f;

  set_up (&f);
  for (guint i = 0; i < READS; i++)
    {
      GlassRect rect = { g_test_rand_int_range (0, WIDTH), g_test_rand_int_range (0, HEIGHT) };

      rect.width = g_test_rand_int_range (1, WIDTH - rect.x + 1);
      rect.height = g_test_rand_int_range (1, HEIGHT - rect.y + 1);
      fill (&f, &rect);
      g_assert_true (read_part (&f, &rect));
      check_frame (&f);
    }
  g_assert_nonnull (f.map.mapped);
  tear_down (&f);
}

static gpointer
cut (gpointer data)
{
  Fixture *f = data;

  for (guint i = 0; i < 2000; i++)
    g_assert_cmpint (ftruncate (f->memory, i % 2 == 0 ? 4096 : f->size), ==, 0);
  g_assert_cmpint (ftruncate (f->memory, 4096), ==, 0);
  return NULL;
}

/* While it is read. */
static void
test_cut (void)
{
  Fixture f;
  GThread *thread;
  guint failed = 0;

  set_up (&f);
  while (f.map.mapped == NULL)
    g_assert_true (read_part (&f, &f.block.rect));
  thread = g_thread_new ("cut", cut, &f);
  for (guint i = 0; i < 2000; i++)
    failed += !read_part (&f, &f.block.rect);
  g_thread_join (thread);
  g_test_message ("%u of 2000 failed", failed);
  g_assert_false (read_part (&f, &f.block.rect));
  tear_down (&f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/display/map/copy", test_copy);
  g_test_add_func ("/display/map/other-faults", test_other_faults);
  g_test_add_func ("/display/map/parts", test_parts);
  g_test_add_func ("/display/map/cut", test_cut);
  return g_test_run ();
}
