/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Where a frame lies in the console: sharp where it fits, inside always, and the pointer finds the
 * pixel that is shown.
 */
#include "config.h"

#include "console-view.h"

static void
test_unscaled (void)
{
  ConsoleView view = console_view_compute (1001, 701, 1, 800, 600, FALSE);

  g_assert_true (view.sharp);
  g_assert_cmpfloat (view.zoom, ==, 1);
  g_assert_cmpint (view.x, ==, 100);
  g_assert_cmpint (view.y, ==, 50);
  g_assert_cmpint (view.width, ==, 800);
}

static void
test_hidpi (void)
{
  /* Room for two device pixels a guest pixel. */
  ConsoleView view = console_view_compute (1000, 700, 2, 800, 600, FALSE);

  g_assert_true (view.sharp);
  g_assert_cmpfloat (view.zoom, ==, 2);
  g_assert_cmpint (view.width, ==, 1600);
  /* Room for one only: each guest pixel is one device pixel. */
  view = console_view_compute (1000, 700, 2, 1280, 800, FALSE);
  g_assert_true (view.sharp);
  g_assert_cmpfloat (view.zoom, ==, 1);
  g_assert_cmpint (view.width, ==, 1280);
}

static void
test_too_large (void)
{
  ConsoleView view = console_view_compute (1000, 500, 1, 2000, 2000, FALSE);

  g_assert_false (view.sharp);
  g_assert_cmpfloat (view.zoom, ==, 0.25);
  g_assert_cmpint (view.width, ==, 500);
  g_assert_cmpint (view.height, ==, 500);
  g_assert_cmpint (view.x, ==, 250);
}

static void
test_fit (void)
{
  ConsoleView view = console_view_compute (1000, 700, 1, 640, 350, TRUE);

  g_assert_false (view.sharp);
  g_assert_cmpint (view.width, ==, 1000);
  view = console_view_compute (1280, 960, 1, 640, 480, TRUE);
  g_assert_true (view.sharp);
  g_assert_cmpfloat (view.zoom, ==, 2);
}

static void
test_area (void)
{
  ConsoleView view = console_view_compute (800, 600, 1, 800, 600, FALSE);
  GlassRect rect = { 10, 20, 30, 40 };
  cairo_rectangle_int_t area = console_view_area (&view, &rect);

  g_assert_cmpint (area.x, ==, 10);
  g_assert_cmpint (area.y, ==, 20);
  g_assert_cmpint (area.width, ==, 30);
  g_assert_cmpint (area.height, ==, 40);
}

/* Every size: the picture is inside, damage covers its pixels, and the pointer over the middle of a
 * pixel finds that pixel. */
static void
test_any (void)
{
  for (guint round = 0; round < 5000; round++)
    {
      int width = g_test_rand_int_range (1, 3000);
      int height = g_test_rand_int_range (1, 2000);
      int factor = g_test_rand_int_range (1, 4);
      guint guest_width = g_test_rand_int_range (1, 4000);
      guint guest_height = g_test_rand_int_range (1, 3000);
      ConsoleView view = console_view_compute (width, height, factor, guest_width, guest_height,
                                               g_test_rand_bit ());
      GlassRect rect = { g_test_rand_int_range (0, guest_width),
                         g_test_rand_int_range (0, guest_height), 1, 1 };
      double x = (view.x + (rect.x + 0.5) * view.zoom) / factor;
      double y = (view.y + (rect.y + 0.5) * view.zoom) / factor;
      cairo_rectangle_int_t area = console_view_area (&view, &rect);
      guint found_x, found_y;

      g_assert_cmpint (view.x, >=, 0);
      g_assert_cmpint (view.y, >=, 0);
      g_assert_cmpint (view.x + view.width, <=, width * factor);
      g_assert_cmpint (view.y + view.height, <=, height * factor);
      g_assert_true (console_view_to_guest (&view, x, y, &found_x, &found_y));
      g_assert_cmpuint (found_x, ==, rect.x);
      g_assert_cmpuint (found_y, ==, rect.y);
      g_assert_cmpfloat (area.x, <=, x);
      g_assert_cmpfloat (area.y, <=, y);
      g_assert_cmpfloat (area.x + area.width, >=, x);
      g_assert_cmpfloat (area.y + area.height, >=, y);
    }
}

static void
test_outside (void)
{
  ConsoleView view = console_view_compute (1000, 800, 1, 800, 600, FALSE);
  guint x, y;

  g_assert_false (console_view_to_guest (&view, -50, 2000, &x, &y));
  g_assert_cmpuint (x, ==, 0);
  g_assert_cmpuint (y, ==, 599);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/console-view/unscaled", test_unscaled);
  g_test_add_func ("/console-view/hidpi", test_hidpi);
  g_test_add_func ("/console-view/too-large", test_too_large);
  g_test_add_func ("/console-view/fit", test_fit);
  g_test_add_func ("/console-view/area", test_area);
  g_test_add_func ("/console-view/any", test_any);
  g_test_add_func ("/console-view/outside", test_outside);
  return g_test_run ();
}
