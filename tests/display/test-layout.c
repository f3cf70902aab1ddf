/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Heads without a guest: QEMU's list of consoles, where a pointer goes with several heads, and how
 * QEMU's placeholder picture is told from a guest's.
 */
#include "frame/placeholder.h"
#include "qemu/consoles-parse.h"
#include "qemu/head-layout.h"

#include <string.h>

static void
test_ids (void)
{
  guint32 many[1000];
  ConsoleList list;

  for (guint i = 0; i < G_N_ELEMENTS (many); i++)
    many[i] = i;
  g_assert_cmpint (consoles_parse_ids (many, 1, &list), ==, PARSE_OK);
  g_assert_cmpuint (list.count, ==, 1);
  g_assert_cmpint (consoles_parse_ids ((guint32[]) { 2, 0, 1 }, 3, &list), ==, PARSE_OK);
  g_assert_cmpuint (list.count, ==, 3);
  g_assert_cmpuint (list.ids[2], ==, 2);
  g_assert_cmpint (consoles_parse_ids (many, CONSOLES_MAX, &list), ==, PARSE_OK);
  g_assert_cmpint (consoles_parse_ids (many, CONSOLES_MAX + 1, &list), ==, PARSE_BAD);
  g_assert_cmpint (consoles_parse_ids (many, 1000, &list), ==, PARSE_BAD);
  g_assert_cmpint (consoles_parse_ids (many, 0, &list), ==, PARSE_BAD);
  g_assert_cmpint (consoles_parse_ids (many + 1, 2, &list), ==, PARSE_BAD);
  g_assert_cmpint (consoles_parse_ids ((guint32[]) { 0, 1, 1 }, 3, &list), ==, PARSE_BAD);
  g_assert_cmpint (consoles_parse_ids ((guint32[]) { 0, 256 }, 2, &list), ==, PARSE_BAD);
  g_assert_cmpint (consoles_parse_ids ((guint32[]) { 0, 0xffffffff }, 2, &list), ==, PARSE_BAD);
}

static void
test_type (void)
{
  ConsoleType type;

  g_assert_cmpint (consoles_parse_type ("Graphic", &type), ==, PARSE_OK);
  g_assert_cmpint (type, ==, CONSOLE_GRAPHIC);
  g_assert_cmpint (consoles_parse_type ("Text", &type), ==, PARSE_OK);
  g_assert_cmpint (type, ==, CONSOLE_TEXT);
  g_assert_cmpint (consoles_parse_type ("", &type), ==, PARSE_BAD);
  g_assert_cmpint (consoles_parse_type ("graphic", &type), ==, PARSE_BAD);
}

static void
assert_place (const HeadLayout *layout, guint head, guint32 x, guint32 y, HeadPlace expected)
{
  HeadPlace place = head_layout_place (layout, head, x, y);

  g_assert_cmpuint (place.head, ==, expected.head);
  g_assert_cmpuint (place.x, ==, expected.x);
  g_assert_cmpuint (place.y, ==, expected.y);
}

static void
test_one_head (void)
{
  HeadLayout layout = { .heads = { { 1024, 768, TRUE }, { 640, 480, FALSE } } };

  /* Unchanged, to the pixel. */
  assert_place (&layout, 0, 0, 0, (HeadPlace) { 0, 0, 0 });
  assert_place (&layout, 0, 1023, 767, (HeadPlace) { 0, 1023, 767 });
  /* One that is off is a place of its own. */
  assert_place (&layout, 1, 639, 479, (HeadPlace) { 1, 639, 479 });
  layout.heads[0].lit = FALSE;
  assert_place (&layout, 0, 7, 9, (HeadPlace) { 0, 7, 9 });
}

static void
test_two_heads (void)
{
  HeadLayout layout = { .heads = { { 1024, 768, TRUE }, { 1024, 768, TRUE } } };

  /* The tablet's left half is the first, its right half the second. */
  assert_place (&layout, 0, 1023, 0, (HeadPlace) { 0, 511, 0 });
  assert_place (&layout, 1, 0, 767, (HeadPlace) { 1, 512, 767 });
  assert_place (&layout, 1, 1023, 384, (HeadPlace) { 1, 1023, 384 });
  /* The widest carries it, and heights are scaled to the tallest. */
  layout.heads[1].width = 2048;
  layout.heads[1].height = 1536;
  assert_place (&layout, 0, 0, 767, (HeadPlace) { 1, 0, 767 });
  assert_place (&layout, 1, 2047, 1535, (HeadPlace) { 1, 2047, 1535 });
  g_assert_cmpuint (head_layout_left (&layout, 1), ==, 1024);
}

/* Wherever the pointer is, QEMU's and the guest's arithmetic bring it back to within a pixel of it
 * for each head that there is. */
static void
test_round_trip (void)
{
  const HeadLayout layout = {
    .heads = { { 1280, 800, TRUE }, { 1920, 1080, TRUE }, { 640, 480, FALSE }, { 800, 600, TRUE } }
  };
  const guint32 width = 1280 + 1920 + 800;

  for (guint head = 0; head < 4; head++)
    for (guint32 x = 0; layout.heads[head].lit && x < layout.heads[head].width; x++)
      {
        guint32 y = x % layout.heads[head].height;
        HeadPlace place = head_layout_place (&layout, head, x, y);
        guint32 tablet_x = place.x * 32767u / layout.heads[place.head].width;
        guint32 tablet_y = place.y * 32767u / layout.heads[place.head].height;
        gint32 guest_x = (guint64) tablet_x * width / 32768 - head_layout_left (&layout, head);
        gint32 guest_y = (guint64) tablet_y * 1080 / 32768;

        g_assert_cmpuint (place.x, <, layout.heads[place.head].width);
        g_assert_cmpuint (place.y, <, layout.heads[place.head].height);
        g_assert_cmpint (ABS (guest_x - (gint32) x), <=, 4);
        g_assert_cmpint (ABS (guest_y - (gint32) y), <=, 2);
      }
}

static guint32 *
pixel (Frame *frame, guint32 x, guint32 y)
{
  return (guint32 *) (frame->map + (gsize) y * frame->stride) + x;
}

static void
test_placeholder (void)
{
  g_autoptr (Frame) frame = frame_new (640, 480, NULL);
  g_autoptr (Frame) tiny = frame_new (4, 1, NULL);

  g_assert_false (placeholder_is_shown (tiny));
  g_assert_false (placeholder_is_shown (frame)); /* black: a guest's */
  *pixel (frame, 300, 230) = 0xaaaaaa;
  g_assert_true (placeholder_is_shown (frame));
  *pixel (frame, 300, 231) = 0xff123456;
  g_assert_false (placeholder_is_shown (frame));
  *pixel (frame, 300, 231) = 0;
  *pixel (frame, 0, 0) = 0xaaaaaa;
  g_assert_false (placeholder_is_shown (frame));
  *pixel (frame, 0, 0) = 0;
  *pixel (frame, 639, 479) = 1;
  g_assert_false (placeholder_is_shown (frame));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/heads/consoles/ids", test_ids);
  g_test_add_func ("/heads/consoles/type", test_type);
  g_test_add_func ("/heads/layout/one", test_one_head);
  g_test_add_func ("/heads/layout/two", test_two_heads);
  g_test_add_func ("/heads/layout/round-trip", test_round_trip);
  g_test_add_func ("/heads/placeholder", test_placeholder);
  return g_test_run ();
}
