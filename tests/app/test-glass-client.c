/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The front ends' glass client with a display process that behaves. See test-hostile-display.c for
 * one that does not.
 */
#include "fake-display.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

#define XRGB GLASS_FORMAT_XRGB8888

static void
test_nothing_before_welcome (void)
{
  g_autoptr (FakeDisplay) fake = fake_display_new (0);

  vt_glass_client_key (fake->client, 30, TRUE);
  vt_glass_client_key (fake->client, 30, FALSE);
  fake_display_turn ();
  fake_display_expect_nothing (fake);
  g_assert_false (vt_glass_client_is_drained (fake->client));
  fake_display_welcome (fake);
  fake_display_expect (fake, GLASS_KEY, 30, 1);
  fake_display_expect (fake, GLASS_KEY, 30, 0);
  fake_display_expect_nothing (fake);
}

/* How often the memory of fake_display_memory is mapped, and never writable by the client. */
static guint
count_mappings (void)
{
  g_autofree char *maps = NULL;
  guint n = 0;

  g_assert_true (g_file_get_contents ("/proc/self/maps", &maps, NULL, NULL));
  for (const char *at = maps; (at = strstr (at, "r--s ")) != NULL; at++)
    {
      const char *end = strchr (at, '\n');

      n += g_strstr_len (at, end - at, "memfd:fake-display") != NULL;
    }
  return n;
}

static guint32
get_pixel (cairo_surface_t *surface, int x, int y)
{
  guint32 pixel;

  memcpy (&pixel,
          cairo_image_surface_get_data (surface) + y * cairo_image_surface_get_stride (surface) +
              x * 4,
          sizeof pixel);
  return pixel;
}

static void
test_frame (void)
{
  g_autoptr (FakeDisplay) fake = fake_display_new (0);
  void *map;
  autofd fd = fake_display_memory (8 * 64, &map);
  guint32 *pixels = map;
  cairo_surface_t *frame;

  fake_display_welcome (fake);
  g_assert_null (vt_glass_client_get_frame (fake->client));
  pixels[3 * 16 + 2] = 0x123456;
  fake_display_say_fd (fake, fd, GLASS_SCANOUT, 41, 10, 8, 64, XRGB);
  fake_display_turn ();
  fake_display_expect_events (fake, "scanout(10,8)");
  frame = vt_glass_client_get_frame (fake->client);
  g_assert_cmpint (cairo_image_surface_get_format (frame), ==, CAIRO_FORMAT_RGB24);
  g_assert_cmpint (cairo_image_surface_get_stride (frame), ==, 64);
  g_assert_cmphex (get_pixel (frame, 2, 3), ==, 0x123456);
  /* It is shared, not copied. */
  pixels[3 * 16 + 2] = 0x654321;
  g_assert_cmphex (get_pixel (frame, 2, 3), ==, 0x654321);
  g_assert_cmpuint (count_mappings (), ==, 1);
  munmap (map, 8 * 64);
}

/* A frame's memory is let go with it, but not under whoever still holds the surface. */
static void
test_mapping_ends (void)
{
  FakeDisplay *fake = fake_display_new (0);
  guint32 *pixels = fake_display_show (fake, 16, 16);
  cairo_surface_t *held = cairo_surface_reference (vt_glass_client_get_frame (fake->client));

  pixels[0] = 0xabcdef;
  fake_display_say (fake, GLASS_BLANK);
  fake_display_turn ();
  fake_display_expect_events (fake, "blank");
  g_assert_cmpuint (count_mappings (), ==, 1);
  g_assert_cmphex (get_pixel (held, 0, 0), ==, 0xabcdef);
  cairo_surface_destroy (held);
  g_assert_cmpuint (count_mappings (), ==, 0);
  munmap (pixels, 16 * 16 * 4);

  for (guint i = 0; i < 3; i++)
    {
      void *map;
      autofd fd = fake_display_memory (64, &map);

      fake_display_say_fd (fake, fd, GLASS_SCANOUT, 2 + i, 4, 4, 16, XRGB);
      fake_display_turn ();
      fake_display_expect_events (fake, "scanout(4,4)");
      g_assert_cmpuint (count_mappings (), ==, 1);
      munmap (map, 64);
    }
  fake_display_free (fake);
  g_assert_cmpuint (count_mappings (), ==, 0);
}

static void
test_ack (void)
{
  g_autoptr (FakeDisplay) fake = fake_display_new (0);
  guint32 *pixels = fake_display_show (fake, 16, 16);

  vt_glass_client_ack (fake->client);
  fake_display_expect_nothing (fake);
  fake_display_say (fake, GLASS_DAMAGE, 2, 2, 5, 0, 0, 1, 1, 15, 8, 1, 8);
  fake_display_turn ();
  fake_display_expect_events (fake, "damage(0,0,1,1) damage(15,8,1,8)");
  fake_display_expect_nothing (fake);
  vt_glass_client_ack (fake->client);
  vt_glass_client_ack (fake->client);
  fake_display_expect (fake, GLASS_ACK, 2);
  fake_display_expect_nothing (fake);

  /* From within the signal, and several frames in one go. */
  fake->painting = TRUE;
  fake_display_say (fake, GLASS_DAMAGE, 3, 1, 1, 0, 0, 16, 16);
  fake_display_say (fake, GLASS_DAMAGE, 4, 1, 1, 0, 0, 2, 2);
  fake_display_turn ();
  fake_display_expect_events (fake, "damage(0,0,16,16) damage(0,0,2,2)");
  fake_display_expect (fake, GLASS_ACK, 3);
  fake_display_expect (fake, GLASS_ACK, 4);

  /* Nothing is owed for a picture that is gone. */
  fake->painting = FALSE;
  fake_display_say (fake, GLASS_DAMAGE, 5, 1, 1, 0, 0, 16, 16);
  fake_display_say (fake, GLASS_BLANK);
  fake_display_turn ();
  vt_glass_client_ack (fake->client);
  fake_display_expect_nothing (fake);
  munmap (pixels, 16 * 16 * 4);
}

static void
test_cursor (void)
{
  g_autoptr (FakeDisplay) fake = fake_display_new (0);
  void *map;
  autofd fd = fake_display_memory (3 * 2 * 4, &map);
  guint32 *pixels = map;
  cairo_surface_t *cursor;
  int x, y;

  fake_display_welcome (fake);
  g_assert_null (vt_glass_client_get_cursor (fake->client, &x, &y));
  pixels[5] = 0x80102030;
  fake_display_say_fd (fake, fd, GLASS_CURSOR, 3, 2, 2, 1);
  fake_display_turn ();
  fake_display_expect_events (fake, "cursor");
  cursor = vt_glass_client_get_cursor (fake->client, &x, &y);
  g_assert_cmpint (x, ==, 2);
  g_assert_cmpint (y, ==, 1);
  g_assert_cmpint (cairo_image_surface_get_format (cursor), ==, CAIRO_FORMAT_ARGB32);
  g_assert_cmpint (cairo_image_surface_get_width (cursor), ==, 3);
  g_assert_cmpint (cairo_image_surface_get_height (cursor), ==, 2);
  /* A copy: what the display process writes later is not seen. */
  pixels[5] = 0;
  g_assert_cmphex (get_pixel (cursor, 2, 1), ==, 0x80102030);
  g_assert_cmpuint (count_mappings (), ==, 0);
  fake_display_say (fake, GLASS_CURSOR, 0, 0, 0, 0);
  fake_display_turn ();
  fake_display_expect_events (fake, "cursor");
  g_assert_null (vt_glass_client_get_cursor (fake->client, &x, &y));
  munmap (map, 3 * 2 * 4);
}

static void
test_state (void)
{
  g_autoptr (FakeDisplay) fake = fake_display_new (0);

  fake_display_welcome (fake);
  fake_display_say (fake, GLASS_CURSOR_POSITION, (guint32) -5, 7, 1);
  fake_display_say (fake, GLASS_CURSOR_POSITION, 0x80000000, 0x7fffffff, 0);
  fake_display_say (fake, GLASS_POINTER_MODE, 1);
  fake_display_say (fake, GLASS_LEDS, GLASS_LED_CAPS | GLASS_LED_NUM);
  fake_display_turn ();
  fake_display_expect_events (fake, "position(-5,7,1) position(-16384,16384,0) absolute leds(6)");
  g_assert_false (vt_glass_client_get_cursor_visible (fake->client));
  g_assert_true (vt_glass_client_is_absolute (fake->client));
  g_assert_cmpuint (vt_glass_client_get_leds (fake->client), ==, 6);
}

static void
test_sound (void)
{
  g_autoptr (FakeDisplay) fake = fake_display_new (0);
  guint32 *pixels = fake_display_show (fake, 100, 50);
  const GlassSoundFrame said[] = { { 1, 2 }, { 3, 4 } };
  VtGlassClient *client = fake->client;
  guint32 words[4 + GLASS_SOUND_FRAMES_MAX];
  guint n;

  vt_glass_client_set_sound (client, GLASS_SOUND_HEAR);
  fake_display_expect (fake, GLASS_SOUND_WISH, GLASS_SOUND_HEAR);
  fake_display_say (fake, GLASS_SOUND_STATE, GLASS_SOUND_PLAYING);
  fake_display_say (fake, GLASS_SOUND_PLAYED, 2, 0, 0xfffe0005);
  fake_display_turn ();
  fake_display_expect_events (fake, "sound-state(1) sound(2,5,-2)");

  /* What was asked for may still come when it is no longer wanted. */
  vt_glass_client_set_sound (client, GLASS_SOUND_SPEAK);
  vt_glass_client_set_sound (client, 0);
  fake_display_say (fake, GLASS_SOUND_STATE, GLASS_SOUND_RECORDING);
  fake_display_turn ();
  fake_display_expect_events (fake, "sound-state(2)");
  fake_display_expect (fake, GLASS_SOUND_WISH, GLASS_SOUND_SPEAK);
  fake_display_expect (fake, GLASS_SOUND_WISH, 0);

  vt_glass_client_record (client, said, G_N_ELEMENTS (said));
  g_assert_true (fake_display_hear (fake, words, &n));
  g_assert_cmpuint (n, ==, 4);
  g_assert_cmpuint (words[0], ==, GLASS_SOUND_RECORDED);
  g_assert_cmpuint (words[1], ==, 2);
  g_assert_cmpmem (words + 2, sizeof said, said, sizeof said);

  /* A display that does not read: the microphone's sound is lost, and nothing waits. */
  for (guint i = 0; i < 10000; i++)
    vt_glass_client_record (client, said, G_N_ELEMENTS (said));
  g_assert_true (vt_glass_client_is_drained (client));
  close (fds_steal (&fake->socket));
  fake_display_turn ();
  fake_display_expect_events (fake, "closed");
  g_assert_cmpuint (vt_glass_client_get_sound_state (client), ==, 0);
  munmap (pixels, 100 * 50 * 4);
}

/* Whatever our caller says, what leaves us keeps the protocol. */
static void
test_input (void)
{
  g_autoptr (FakeDisplay) fake = fake_display_new (0);
  guint32 *pixels = fake_display_show (fake, 100, 50);
  VtGlassClient *client = fake->client;

  vt_glass_client_key (client, 0, TRUE);
  vt_glass_client_key (client, 256, TRUE);
  vt_glass_client_button (client, GLASS_BUTTON_LAST + 1, TRUE);
  vt_glass_client_touch (client, 4, 0, 0, 0);
  vt_glass_client_touch (client, 0, GLASS_TOUCH_SLOTS_MAX, 0, 0);
  vt_glass_client_resize (client, 0, 10, 0, 0);
  fake_display_expect_nothing (fake);

  vt_glass_client_key (client, 255, 7);
  g_assert_true (vt_glass_client_is_drained (client));
  g_assert_false (vt_glass_client_is_taken (client));
  fake_display_expect (fake, GLASS_KEY, 255, 1);
  g_assert_true (vt_glass_client_is_taken (client));
  vt_glass_client_button (client, GLASS_BUTTON_EXTRA, FALSE);
  fake_display_expect (fake, GLASS_BUTTON, 6, 0);
  vt_glass_client_pointer (client, 99, 49);
  fake_display_expect (fake, GLASS_POINTER_ABSOLUTE, 99, 49);
  vt_glass_client_pointer (client, 100, G_MAXUINT);
  fake_display_expect (fake, GLASS_POINTER_ABSOLUTE, 99, 49);
  vt_glass_client_pointer_relative (client, G_MININT, G_MAXINT);
  fake_display_expect (fake, GLASS_POINTER_RELATIVE, (guint32) -10000, 10000);
  vt_glass_client_touch (client, 3, 15, 200, 3);
  fake_display_expect (fake, GLASS_TOUCH, 3, 15, 99, 3);
  vt_glass_client_resize (client, 100000, 600, 300, 200);
  fake_display_expect (fake, GLASS_RESIZE, 16384, 600, 300, 200);
  g_assert_true (vt_glass_client_is_drained (client));
  munmap (pixels, 100 * 50 * 4);
}

/* Presses keys until the socket takes no more; returns how many. */
static guint
fill_socket (FakeDisplay *fake)
{
  guint n = 0;

  while (vt_glass_client_is_drained (fake->client))
    vt_glass_client_key (fake->client, n++ % 255 + 1, TRUE);
  return n;
}

/* While the display process does not read, moves merge, the rest waits in order. */
static void
test_queue (void)
{
  g_autoptr (FakeDisplay) fake = fake_display_new (0);
  guint32 *pixels = fake_display_show (fake, 100, 50);
  VtGlassClient *client = fake->client;
  guint32 words[16];
  guint n = fill_socket (fake);
  guint n_words;

  for (guint i = 0; i < 10000; i++)
    vt_glass_client_pointer (client, i % 100, 0);
  vt_glass_client_button (client, GLASS_BUTTON_LEFT, TRUE);
  for (guint i = 0; i < 10000; i++)
    vt_glass_client_pointer_relative (client, 1, -1);
  vt_glass_client_pointer_relative (client, 1, -1); /* no longer fits into one message */
  vt_glass_client_button (client, GLASS_BUTTON_LEFT, FALSE);
  vt_glass_client_touch (client, 0, 1, 5, 5);
  for (guint i = 0; i < 50; i++)
    vt_glass_client_touch (client, 1, 1, i, i);
  vt_glass_client_touch (client, 1, 2, 1, 1);
  vt_glass_client_touch (client, 2, 1, 49, 49);
  for (guint i = 0; i < 10000; i++)
    vt_glass_client_resize (client, 640 + i, 480, 0, 0);
  vt_glass_client_key (client, 30, TRUE);
  vt_glass_client_resize (client, 800, 600, 0, 0);

  for (guint i = 0; i < n; i++)
    {
      if (!fake_display_hear (fake, words, &n_words))
        {
          fake_display_turn ();
          g_assert_true (fake_display_hear (fake, words, &n_words));
        }
      g_assert_cmpuint (words[0], ==, GLASS_KEY);
      g_assert_cmpuint (words[1], ==, i % 255 + 1);
    }
  fake_display_turn ();
  fake_display_expect_events (fake, "drained");
  fake_display_expect (fake, GLASS_POINTER_ABSOLUTE, 99, 0);
  fake_display_expect (fake, GLASS_BUTTON, 0, 1);
  fake_display_expect (fake, GLASS_POINTER_RELATIVE, 10000, (guint32) -10000);
  fake_display_expect (fake, GLASS_POINTER_RELATIVE, 1, (guint32) -1);
  fake_display_expect (fake, GLASS_BUTTON, 0, 0);
  fake_display_expect (fake, GLASS_TOUCH, 0, 1, 5, 5);
  fake_display_expect (fake, GLASS_TOUCH, 1, 1, 49, 49);
  fake_display_expect (fake, GLASS_TOUCH, 1, 2, 1, 1);
  fake_display_expect (fake, GLASS_TOUCH, 2, 1, 49, 49);
  fake_display_expect (fake, GLASS_RESIZE, 800, 600, 0, 0);
  fake_display_expect (fake, GLASS_KEY, 30, 1);
  fake_display_expect_nothing (fake);
  munmap (pixels, 100 * 50 * 4);
}

static void
unref_client (VtGlassClient *client)
{
  g_object_unref (client);
}

/* The owner may drop the client from any of its signals, and then hears no more of it. */
static void
test_unref_in_signals (void)
{
  static const char *const signals[] = { "drained",      "scanout", "damage",
                                         "cursor",       "leds",    "cursor-position",
                                         "pointer-mode", "blank",   "closed" };

  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    {
      g_autoptr (FakeDisplay) fake = fake_display_new (0);
      void *map;
      autofd fd = fake_display_memory (64, &map);
      const char *last;

      g_signal_connect (fake->client, signals[i], G_CALLBACK (unref_client), NULL);
      g_object_add_weak_pointer (G_OBJECT (fake->client), (gpointer *) &fake->client);
      fake->painting = TRUE;
      fake_display_say (fake, GLASS_WELCOME, GLASS_VERSION, 0);
      fake_display_say_fd (fake, fd, GLASS_SCANOUT, 1, 4, 4, 16, XRGB);
      fake_display_say (fake, GLASS_DAMAGE, 2, 1, 1, 0, 0, 1, 1);
      fake_display_say_fd (fake, fd, GLASS_CURSOR, 4, 4, 0, 0);
      fake_display_say (fake, GLASS_LEDS, 1);
      fake_display_say (fake, GLASS_CURSOR_POSITION, 1, 1, 1);
      fake_display_say (fake, GLASS_POINTER_MODE, 1);
      fake_display_say (fake, GLASS_BLANK);
      shutdown (fake->socket, SHUT_WR);
      fake_display_turn ();
      g_assert_null (fake->client);
      last = strrchr (fake->events->str, ' ');
      last = last != NULL ? last + 1 : fake->events->str;
      if (g_str_equal (signals[i], "cursor-position"))
        g_assert_cmpstr (last, ==, "position(1,1,1)");
      else if (g_str_equal (signals[i], "pointer-mode"))
        g_assert_cmpstr (last, ==, "absolute");
      else
        g_assert_true (g_str_has_prefix (last, signals[i]));
      munmap (map, 64);
    }
  g_assert_cmpuint (count_mappings (), ==, 0);
}

static void
test_closed (void)
{
  g_autoptr (FakeDisplay) fake = fake_display_new (0);
  guint32 *pixels = fake_display_show (fake, 16, 16);

  pixels[1] = 0x00ff00;
  fake_display_say (fake, GLASS_LEDS, 2);
  fds_clear (&fake->socket);
  /* Writing to a peer that has gone is no news before what it said has been read. */
  vt_glass_client_key (fake->client, 30, TRUE);
  fake_display_turn ();
  fake_display_expect_events (fake, "leds(2) closed");
  g_assert_nonnull (strstr (fake->reason, "closed the connection"));
  /* The last picture stays. */
  g_assert_cmphex (get_pixel (vt_glass_client_get_frame (fake->client), 1, 0), ==, 0x00ff00);
  vt_glass_client_key (fake->client, 30, FALSE);
  vt_glass_client_ack (fake->client);
  g_assert_false (vt_glass_client_is_drained (fake->client));
  fake_display_turn ();
  fake_display_expect_events (fake, "");
  munmap (pixels, 16 * 16 * 4);
}

/* Signals come in the context of the maker. */
static void
test_context (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  FakeDisplay *fake;

  g_main_context_push_thread_default (context);
  fake = fake_display_new (0);
  g_main_context_pop_thread_default (context);
  fake_display_say (fake, GLASS_WELCOME, GLASS_VERSION, 0);
  fake_display_turn ();
  fake_display_expect_events (fake, "");
  while (g_main_context_iteration (context, FALSE))
    ;
  fake_display_expect_events (fake, "drained");
  fake_display_free (fake);
}

static void
test_screenshot (void)
{
  g_autoptr (FakeDisplay) fake = fake_display_new (0);
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("vitrine-glass-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (folder, "shot.png", NULL);
  g_autofree char *nowhere = g_build_filename (folder, "no", "shot.png", NULL);
  g_autoptr (GDir) dir = NULL;
  cairo_surface_t *picture;
  guint32 *pixels;

  g_assert_false (vt_glass_client_screenshot (fake->client, file, &error));
  g_assert_nonnull (strstr (error->message, "no picture"));
  g_clear_error (&error);
  pixels = fake_display_show (fake, 20, 10);
  for (guint i = 0; i < 20 * 10; i++)
    pixels[i] = 0xff000000 ^ (i * 0x010203);
  g_assert_false (vt_glass_client_screenshot (fake->client, nowhere, &error));
  g_assert_nonnull (strstr (error->message, nowhere));
  g_clear_error (&error);
  g_assert_true (g_file_set_contents (file, "what was there before", -1, NULL));
  g_assert_true (vt_glass_client_screenshot (fake->client, file, &error));
  g_assert_no_error (error);

  picture = cairo_image_surface_create_from_png (file);
  g_assert_cmpint (cairo_image_surface_get_width (picture), ==, 20);
  g_assert_cmpint (cairo_image_surface_get_height (picture), ==, 10);
  for (guint i = 0; i < 20 * 10; i++)
    g_assert_cmphex (get_pixel (picture, i % 20, i / 20) & 0xffffff, ==, pixels[i] & 0xffffff);
  cairo_surface_destroy (picture);
  /* Nothing half-written lies beside it. */
  dir = g_dir_open (folder, 0, NULL);
  g_assert_cmpstr (g_dir_read_name (dir), ==, "shot.png");
  g_assert_null (g_dir_read_name (dir));
  g_unlink (file);
  g_rmdir (folder);
  munmap (pixels, 20 * 10 * 4);
}

static int
listen_at (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  g_assert_cmpint (bind (fd, (void *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (fd, 0), ==, 0);
  return fd;
}

static void
test_connect (void)
{
  g_autofree char *folder = g_dir_make_tmp ("vitrine-glass-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "display", NULL);
  g_autofree char *long_path = g_strnfill (200, 'x');
  g_autoptr (GPtrArray) clients = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GError) error = NULL;
  autofd listener = -1;
  autofd accepted = -1;
  guint32 hello[2];

  g_assert_null (vt_glass_client_new (path, 0, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);
  g_assert_null (vt_glass_client_new (long_path, 0, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FILENAME_TOO_LONG);
  g_clear_error (&error);

  /* Nobody accepts: we are refused at once instead of waiting. */
  listener = listen_at (path);
  while (clients->len < 100)
    {
      VtGlassClient *client = vt_glass_client_new (path, 0, &error);

      if (client == NULL)
        break;
      g_ptr_array_add (clients, client);
    }
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_assert_cmpuint (clients->len, >=, 1);
  accepted = accept4 (listener, NULL, NULL, SOCK_CLOEXEC);
  g_assert_cmpint (recv (accepted, hello, sizeof hello, 0), ==, sizeof hello);
  g_assert_cmpuint (hello[0], ==, GLASS_HELLO);
  g_unlink (path);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/glass-client/nothing-before-welcome", test_nothing_before_welcome);
  g_test_add_func ("/glass-client/frame", test_frame);
  g_test_add_func ("/glass-client/mapping-ends", test_mapping_ends);
  g_test_add_func ("/glass-client/ack", test_ack);
  g_test_add_func ("/glass-client/cursor", test_cursor);
  g_test_add_func ("/glass-client/state", test_state);
  g_test_add_func ("/glass-client/sound", test_sound);
  g_test_add_func ("/glass-client/input", test_input);
  g_test_add_func ("/glass-client/queue", test_queue);
  g_test_add_func ("/glass-client/unref-in-signals", test_unref_in_signals);
  g_test_add_func ("/glass-client/closed", test_closed);
  g_test_add_func ("/glass-client/context", test_context);
  g_test_add_func ("/glass-client/screenshot", test_screenshot);
  g_test_add_func ("/glass-client/connect", test_connect);
  return g_test_run ();
}
