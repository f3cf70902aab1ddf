/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Local viewers of the real vitrine-display, with a QEMU played by the test: what they are told and
 * when, what they may send, what reaches QEMU, and that none can disturb another.
 */
#include "fake-qemu.h"
#include "fds.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define WORDS (GLASS_MESSAGE_BYTES_MAX / 4)
#define SEND(viewer, ...)                                                                          \
  fake_qemu_send_words (viewer, sizeof ((guint32[]) { __VA_ARGS__ }) / 4,                          \
                        (guint32[]) { __VA_ARGS__ })

/* Part of a row of the frame, in one colour. */
static void
update (FakeQemu *fake, gint32 x, gint32 y, guint32 colour)
{
  guint32 *pixels = g_new (guint32, 16);

  for (guint i = 0; i < 16; i++)
    pixels[i] = colour;
  fake_qemu_send (fake, "org.qemu.Display1.Listener", "Update",
                  g_variant_new ("(iiiiuu@ay)", x, y, 16, 1, 64, FAKE_X8R8G8B8,
                                 g_variant_new_from_data (G_VARIANT_TYPE ("ay"), pixels, 64, TRUE,
                                                          g_free, pixels)));
}

/* A display that shows 640x480 and a viewer that has acknowledged it and been told the rest. */
static int
view_ready (FakeQemu *fake)
{
  guint32 packet[WORDS];
  int viewer = fake_qemu_view (fake);

  fake_qemu_expect_packet (viewer, GLASS_SCANOUT, packet);
  SEND (viewer, GLASS_ACK, packet[1]);
  fake_qemu_expect_packet (viewer, GLASS_LEDS, packet);
  return viewer;
}

static FakeQemu *
new_with_frame (void)
{
  FakeQemu *fake = fake_qemu_new ();

  fake_qemu_scanout (fake, 640, 480, 0);
  g_assert_cmpint (fake_qemu_expect (fake, LINK_READY), ==, 0);
  return fake;
}

/* --- What a viewer is told --- */

static void
test_first_messages (void)
{
  g_autoptr (FakeQemu) fake = new_with_frame ();
  autofd viewer = fake_qemu_view (fake);
  guint32 packet[WORDS];
  autofd fd = -1;

  g_assert_cmpuint (fake_qemu_read_packet (viewer, packet, &fd), ==, sizeof (GlassWelcome));
  g_assert_cmpuint (packet[0], ==, GLASS_WELCOME);
  g_assert_cmpuint (packet[1], ==, GLASS_VERSION);
  g_assert_cmpuint (packet[2], ==, 0);
  g_assert_cmpint (fd, ==, -1);
  g_assert_cmpuint (fake_qemu_read_packet (viewer, packet, &fd), ==, sizeof (GlassHeads));
  g_assert_cmpuint (packet[0], ==, GLASS_HEADS);
  g_assert_cmpuint (packet[1], ==, 1);
  g_assert_cmpuint (packet[2], ==, 1);
  g_assert_cmpuint (fake_qemu_read_packet (viewer, packet, &fd), ==, sizeof (GlassScanout));
  g_assert_cmpuint (packet[0], ==, GLASS_SCANOUT);
  g_assert_cmpuint (packet[2], ==, 640);
  g_assert_cmpuint (packet[3], ==, 480);
  g_assert_cmpuint (packet[4], ==, 2560);
  g_assert_cmpuint (packet[5], ==, GLASS_FORMAT_XRGB8888);
  g_assert_true (fds_is_safe_to_map (fd, 2560 * 480, NULL));
}

static void
test_acknowledgement (void)
{
  g_autoptr (FakeQemu) fake = new_with_frame ();
  autofd viewer = view_ready (fake);
  guint32 packet[WORDS];

  update (fake, 0, 0, 1);
  fake_qemu_expect_packet (viewer, GLASS_DAMAGE, packet);
  g_assert_cmpuint (packet[2], ==, 1);  /* rectangles */
  g_assert_cmpuint (packet[3], ==, 1);  /* updates */
  g_assert_cmpuint (packet[6], ==, 16); /* what changed, no more */
  g_assert_cmpuint (packet[7], ==, 1);

  /* Until it is acknowledged there is no other; then all that happened meanwhile in one. */
  update (fake, 0, 0, 2);
  update (fake, 320, 240, 3);
  update (fake, 320, 240, 4);
  fake_qemu_expect_silence (viewer);
  SEND (viewer, GLASS_ACK, packet[1]);
  fake_qemu_expect_packet (viewer, GLASS_DAMAGE, packet);
  g_assert_cmpuint (packet[2], ==, 2);
  g_assert_cmpuint (packet[3], ==, 3);
  SEND (viewer, GLASS_ACK, packet[1]);

  /* The same pixels again are no change. */
  update (fake, 320, 240, 4);
  fake_qemu_expect_silence (viewer);
}

static void
test_new_size (void)
{
  g_autoptr (FakeQemu) fake = new_with_frame ();
  autofd viewer = view_ready (fake);
  guint32 packet[WORDS];
  guint32 serial;

  /* A new frame comes even while a damage is out. */
  update (fake, 0, 0, 1);
  fake_qemu_expect_packet (viewer, GLASS_DAMAGE, packet);
  fake_qemu_scanout (fake, 800, 600, 5);
  fake_qemu_expect_packet (viewer, GLASS_SCANOUT, packet);
  serial = packet[1];
  g_assert_cmpuint (packet[2], ==, 800);
  /* But no second before that is acknowledged: each would pin its memory. */
  fake_qemu_scanout (fake, 801, 600, 5);
  fake_qemu_scanout (fake, 802, 600, 5);
  fake_qemu_expect_silence (viewer);
  SEND (viewer, GLASS_ACK, serial - 1); /* of the damage of the old frame: no offence */
  fake_qemu_expect_silence (viewer);
  SEND (viewer, GLASS_ACK, serial);
  fake_qemu_expect_packet (viewer, GLASS_SCANOUT, packet);
  g_assert_cmpuint (packet[2], ==, 802);
  SEND (viewer, GLASS_ACK, packet[1]);
  fake_qemu_send (fake, "org.qemu.Display1.Listener", "Disable", NULL);
  fake_qemu_expect_packet (viewer, GLASS_BLANK, packet);
  fake_qemu_scanout (fake, 802, 600, 5);
  fake_qemu_expect_packet (viewer, GLASS_SCANOUT, packet);
}

static void
test_pointer_and_leds (void)
{
  g_autoptr (FakeQemu) fake = new_with_frame ();
  autofd viewer = view_ready (fake);
  guint32 packet[WORDS];
  autofd fd = -1;

  fake_qemu_change (fake, "org.qemu.Display1.Mouse", "IsAbsolute", g_variant_new_boolean (TRUE));
  fake_qemu_expect_packet (viewer, GLASS_POINTER_MODE, packet);
  g_assert_cmpuint (packet[1], ==, 1);
  fake_qemu_change (fake, "org.qemu.Display1.Keyboard", "Modifiers", g_variant_new_uint32 (0xfffc));
  fake_qemu_expect_packet (viewer, GLASS_LEDS, packet);
  g_assert_cmpuint (packet[1], ==, GLASS_LED_CAPS);
  fake_qemu_send (fake, "org.qemu.Display1.Listener", "MouseSet", g_variant_new ("(iii)", 5, 6, 7));
  fake_qemu_expect_packet (viewer, GLASS_CURSOR_POSITION, packet);
  g_assert_cmpuint (packet[1], ==, 5);
  g_assert_cmpuint (packet[2], ==, 6);
  g_assert_cmpuint (packet[3], ==, 1);
  fake_qemu_send (fake, "org.qemu.Display1.Listener", "CursorDefine",
                  g_variant_new ("(iiii@ay)", 8, 4, 1, 2, fake_qemu_bytes (128)));
  g_assert_cmpuint (fake_qemu_read_packet (viewer, packet, &fd), ==, sizeof (GlassCursor));
  g_assert_cmpuint (packet[0], ==, GLASS_CURSOR);
  g_assert_cmpuint (packet[1], ==, 8);
  g_assert_true (fds_is_safe_to_map (fd, 128, NULL));
}

/* --- Input --- */

static void
test_keys (void)
{
  g_autoptr (FakeQemu) fake = new_with_frame ();
  autofd one = view_ready (fake);
  autofd two = view_ready (fake);

  SEND (one, GLASS_KEY, 30, 1);
  fake_qemu_expect_call (fake, "Keyboard.Press (uint32 30,)");
  SEND (one, GLASS_KEY, 30, 1); /* auto-repeat */
  fake_qemu_expect_call (fake, "Keyboard.Press (uint32 30,)");
  SEND (one, GLASS_KEY, 42, 1);
  fake_qemu_expect_call (fake, "Keyboard.Press (uint32 42,)");
  SEND (two, GLASS_KEY, 30, 1);
  fake_qemu_expect_call (fake, "Keyboard.Press (uint32 30,)");
  SEND (two, GLASS_KEY, 31, 0); /* which it does not hold */
  SEND (two, GLASS_BUTTON, GLASS_BUTTON_RIGHT, 1);
  fake_qemu_expect_call (fake, "Mouse.Press (uint32 2,)");

  /* Whoever goes lets go, but not of what the other still holds. */
  fds_clear (&one);
  fake_qemu_expect_call (fake, "Keyboard.Release (uint32 42,)");
  fds_clear (&two);
  fake_qemu_expect_call (fake, "Keyboard.Release (uint32 30,)");
  fake_qemu_expect_call (fake, "Mouse.Release (uint32 2,)");
}

static void
test_pointer (void)
{
  g_autoptr (FakeQemu) fake = new_with_frame ();
  autofd viewer = view_ready (fake);

  SEND (viewer, GLASS_POINTER_ABSOLUTE, 639, 479);
  fake_qemu_expect_call (fake, "Mouse.SetAbsPosition (uint32 639, uint32 479)");
  SEND (viewer, GLASS_POINTER_ABSOLUTE, 640, 0); /* outside: of an earlier, larger frame */

  /* While QEMU does not answer, only the newest position is kept, and a click takes it along. */
  fake_qemu_set_answering (fake, FALSE);
  SEND (viewer, GLASS_POINTER_ABSOLUTE, 1, 1);
  fake_qemu_expect_call (fake, "Mouse.SetAbsPosition (uint32 1, uint32 1)");
  SEND (viewer, GLASS_POINTER_ABSOLUTE, 2, 2);
  SEND (viewer, GLASS_POINTER_ABSOLUTE, 3, 3);
  SEND (viewer, GLASS_BUTTON, GLASS_BUTTON_LEFT, 1);
  fake_qemu_expect_call (fake, "Mouse.SetAbsPosition (uint32 3, uint32 3)");
  fake_qemu_expect_call (fake, "Mouse.Press (uint32 0,)");
  SEND (viewer, GLASS_POINTER_RELATIVE, (guint32) -5, 2);
  SEND (viewer, GLASS_POINTER_RELATIVE, (guint32) -5, 3);
  SEND (viewer, GLASS_BUTTON, GLASS_BUTTON_LEFT, 0);
  fake_qemu_expect_call (fake, "Mouse.RelMotion (-10, 5)");
  fake_qemu_expect_call (fake, "Mouse.Release (uint32 0,)");
  fake_qemu_set_answering (fake, TRUE);
}

static void
test_touch_and_resize (void)
{
  g_autoptr (FakeQemu) fake = new_with_frame ();
  autofd viewer = view_ready (fake);

  SEND (viewer, GLASS_TOUCH, 1, 3, 10, 10); /* an update of a touch that has not begun */
  SEND (viewer, GLASS_TOUCH, 0, 3, 10, 20);
  fake_qemu_expect_call (fake, "MultiTouch.SendEvent (uint32 0, uint64 3, 10.0, 20.0)");
  for (guint32 i = 0; i < 50; i++)
    SEND (viewer, GLASS_RESIZE, 800 + i, 600, 100000, 200);
  fake_qemu_expect_call (
      fake, "Console.SetUIInfo (uint16 65535, uint16 200, 0, 0, uint32 849, uint32 600)");
  fds_clear (&viewer);
  fake_qemu_expect_call (fake, "MultiTouch.SendEvent (uint32 3, uint64 3, 0.0, 0.0)");
}

/* A viewer types faster than QEMU answers: it is not read, and nothing piles up here. */
static void
test_input_flood (void)
{
  g_autoptr (FakeQemu) fake = new_with_frame ();
  autofd viewer = view_ready (fake);
  const guint32 wheel[2][3] = { { GLASS_BUTTON, GLASS_BUTTON_WHEEL_UP, 1 },
                                { GLASS_BUTTON, GLASS_BUTTON_WHEEL_UP, 0 } };
  guint sent = 0;

  fake_qemu_set_answering (fake, FALSE);
  for (; sent < 100000; sent++)
    if (send (viewer, wheel[sent % 2], sizeof wheel[0], MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
      {
        g_assert_cmpint (errno, ==, EAGAIN);
        /* Its queue may be full because display has not run yet. */
        g_usleep (20000);
        if (send (viewer, wheel[sent % 2], sizeof wheel[0], MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
          break;
      }
  g_assert_cmpuint (sent, <, 5000);
  g_assert_cmpint (g_async_queue_length (fake->calls), <=, 200);
  fake_qemu_set_answering (fake, TRUE);
  for (guint i = 0; i < sent; i++)
    fake_qemu_expect_call (fake, i % 2 ? "Mouse.Release (uint32 3,)" : "Mouse.Press (uint32 3,)");
}

/* --- Viewers that misbehave --- */

static gboolean
is_closed (int viewer)
{
  guint32 packet[WORDS];
  autofd fd = -1;

  while (fake_qemu_read_packet (viewer, packet, &fd) > 0)
    fds_clear (&fd);
  return TRUE; /* fake_qemu_read_packet fails if nothing happens */
}

static void
test_bad_messages (void)
{
  static const struct
  {
    guint n;
    guint32 words[8];
  } bad[] = {
    { 0 },
    { 1, { GLASS_ACK } },
    { 3, { GLASS_ACK, 1, 1 } },
    { 2, { GLASS_ACK, 7 } }, /* never sent */
    { 3, { GLASS_HELLO, GLASS_VERSION } },
    { 2, { GLASS_HEAD_OFF, 0 } },
    { 3, { GLASS_KEY, 0, 1 } },
    { 3, { GLASS_KEY, 256, 1 } },
    { 3, { GLASS_BUTTON, 9, 1 } },
    { 3, { GLASS_POINTER_ABSOLUTE, 20000, 1 } },
    { 5, { GLASS_RESIZE, 0, 1, 1, 1 } },
    { 2, { GLASS_LEDS, 1 } },
    { 8, { 0xffffffff, 0xffffffff, 0xffffffff } },
  };
  g_autoptr (FakeQemu) fake = new_with_frame ();
  autofd witness = view_ready (fake);

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      autofd viewer = view_ready (fake);

      fake_qemu_send_words (viewer, bad[i].n, bad[i].words);
      g_assert_true (is_closed (viewer));
    }
  update (fake, 0, 0, 0xabcdef);
  fake_qemu_expect_packet (witness, GLASS_DAMAGE, (guint32[WORDS]) { 0 });
}

static void
test_bad_hello (void)
{
  g_autoptr (FakeQemu) fake = new_with_frame ();
  autofd version = fake_qemu_connect (fake);
  autofd early = fake_qemu_connect (fake);
  autofd mute = fake_qemu_connect (fake);
  gint64 start = g_get_monotonic_time ();

  SEND (version, GLASS_HELLO, GLASS_VERSION + 1, 0);
  g_assert_true (is_closed (version));
  SEND (early, GLASS_KEY, 30, 1);
  g_assert_true (is_closed (early));
  /* One that says nothing is shown nothing and goes after ten seconds. */
  fake_qemu_expect_silence (mute);
  g_assert_true (is_closed (mute));
  g_assert_cmpint (g_get_monotonic_time () - start, >, 8 * G_USEC_PER_SEC);
}

static void
test_too_many (void)
{
  g_autoptr (FakeQemu) fake = new_with_frame ();
  int viewers[GLASS_CLIENTS_MAX + 1];
  guint32 packet[WORDS];

  for (guint i = 0; i < GLASS_CLIENTS_MAX; i++)
    viewers[i] = view_ready (fake);
  viewers[GLASS_CLIENTS_MAX] = fake_qemu_connect (fake);
  g_assert_true (is_closed (viewers[GLASS_CLIENTS_MAX]));
  /* There is room again when one goes. */
  close (viewers[0]);
  while (fake_qemu_expect (fake, LINK_VIEWERS) != GLASS_CLIENTS_MAX)
    ;
  g_assert_cmpint (fake_qemu_expect (fake, LINK_VIEWERS), ==, GLASS_CLIENTS_MAX - 1);
  viewers[0] = view_ready (fake);
  update (fake, 0, 0, 9);
  for (guint i = 0; i < GLASS_CLIENTS_MAX; i++)
    fake_qemu_expect_packet (viewers[i], GLASS_DAMAGE, packet);
  for (guint i = 0; i <= GLASS_CLIENTS_MAX; i++)
    close (viewers[i]);
}

/* Viewers that never read and never acknowledge cost neither memory nor the others' frames. */
static void
test_silent_viewers (void)
{
  g_autoptr (FakeQemu) fake = new_with_frame ();
  autofd live = view_ready (fake);
  int silent[8];
  guint updates = 0;
  gsize before;

  for (gsize i = 0; i < G_N_ELEMENTS (silent); i++)
    silent[i] = fake_qemu_view (fake);
  before = fake_qemu_memory_kib (fake);
  for (guint32 i = 1; i <= 500; i++)
    {
      guint32 packet[WORDS];

      update (fake, i % 600, i % 480, i);
      fake_qemu_expect_packet (live, GLASS_DAMAGE, packet);
      updates += packet[3];
      SEND (live, GLASS_ACK, packet[1]);
    }
  g_assert_cmpuint (updates, ==, 500);
  for (guint32 i = 0; i < 200; i++)
    {
      fake_qemu_send (fake, "org.qemu.Display1.Listener", "CursorDefine",
                      g_variant_new ("(iiii@ay)", 512, 512, 0, 0, fake_qemu_bytes (1 << 20)));
      fake_qemu_scanout (fake, 640 + i, 480, i);
    }
  fake_qemu_scanout (fake, 64, 64, 0x777777);
  fake_qemu_expect_pixel (live, 0x777777);
  g_assert_cmpuint (fake_qemu_memory_kib (fake), <, before + 8 * 1024);
  /* And when one reads at last, it has missed nothing that matters. */
  fake_qemu_expect_pixel (silent[0], 0x777777);
  for (gsize i = 0; i < G_N_ELEMENTS (silent); i++)
    close (silent[i]);
}

/* Coming and going leaves no descriptor behind. */
static void
test_coming_and_going (void)
{
  g_autoptr (FakeQemu) fake = new_with_frame ();
  g_autofree char *path = g_strdup_printf ("/proc/%d/fd", fake->pid);
  guint counts[2];

  for (guint round = 0; round < 2; round++)
    {
      g_autoptr (GDir) dir = NULL;

      for (guint i = 0; i < 300; i++)
        {
          int viewer = i % 3 == 0 ? fake_qemu_connect (fake) : view_ready (fake);

          close (viewer);
        }
      close (view_ready (fake)); /* all before it have been seen to go */
      while (fake_qemu_expect (fake, LINK_VIEWERS) != 0)
        ;
      dir = g_dir_open (path, 0, NULL);
      for (counts[round] = 0; g_dir_read_name (dir) != NULL; counts[round]++)
        ;
    }
  g_assert_cmpuint (counts[1], <=, counts[0] + 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/display/viewer/first-messages", test_first_messages);
  g_test_add_func ("/display/viewer/acknowledgement", test_acknowledgement);
  g_test_add_func ("/display/viewer/new-size", test_new_size);
  g_test_add_func ("/display/viewer/pointer-and-leds", test_pointer_and_leds);
  g_test_add_func ("/display/input/keys", test_keys);
  g_test_add_func ("/display/input/pointer", test_pointer);
  g_test_add_func ("/display/input/touch-and-resize", test_touch_and_resize);
  g_test_add_func ("/display/input/flood", test_input_flood);
  g_test_add_func ("/display/viewers/bad-messages", test_bad_messages);
  g_test_add_func ("/display/viewers/bad-hello", test_bad_hello);
  g_test_add_func ("/display/viewers/too-many", test_too_many);
  g_test_add_func ("/display/viewers/silent", test_silent_viewers);
  g_test_add_func ("/display/viewers/coming-and-going", test_coming_and_going);
  return g_test_run ();
}
