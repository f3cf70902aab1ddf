/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Several heads in the real vitrine-display, with a QEMU played by the test: which consoles become
 * heads, that each viewer is shown its own, where its pointer and its wishes for a size go, and
 * what becomes of a QEMU that lies about its consoles.
 */
#include "fake-qemu.h"
#include "fds.h"

#include <string.h>

#define WORDS (GLASS_MESSAGE_BYTES_MAX / 4)
#define LISTENER "org.qemu.Display1.Listener"
#define SEND(viewer, ...)                                                                          \
  fake_qemu_send_words (viewer, sizeof ((guint32[]) { __VA_ARGS__ }) / 4,                          \
                        (guint32[]) { __VA_ARGS__ })

static void
scanout (FakeQemu *fake, guint head, guint32 width, guint32 height, guint32 colour)
{
  gsize count = (gsize) width * height;
  guint32 *pixels = g_new (guint32, count);

  for (gsize i = 0; i < count; i++)
    pixels[i] = colour;
  fake_qemu_send_head (fake, head, LISTENER, "Scanout",
                       g_variant_new ("(uuuu@ay)", width, height, width * 4, FAKE_X8R8G8B8,
                                      g_variant_new_from_data (G_VARIANT_TYPE ("ay"), pixels,
                                                               count * 4, TRUE, g_free, pixels)));
}

/* QEMU's "Display output is not active.", as far as anybody can tell. */
static void
placeholder (FakeQemu *fake, guint head)
{
  gsize count = 640 * 480;
  guint32 *pixels = g_new0 (guint32, count);

  for (guint x = 200; x < 432; x += 3)
    pixels[230 * 640 + x] = 0xaaaaaa;
  fake_qemu_send_head (fake, head, LISTENER, "Scanout",
                       g_variant_new ("(uuuu@ay)", 640, 480, 2560, FAKE_X8R8G8B8,
                                      g_variant_new_from_data (G_VARIANT_TYPE ("ay"), pixels,
                                                               count * 4, TRUE, g_free, pixels)));
}

/* Two heads and, between them in QEMU's numbers, a text console. */
static FakeQemu *
new_two_heads (void)
{
  FakeQemu *fake = fake_qemu_start ();

  fake->consoles = g_variant_new_parsed ("[uint32 0, 1, 2]");
  fake->text_consoles = "1";
  fake_qemu_accept (fake, TRUE);
  fake_qemu_listen (fake);
  fake_qemu_listen_head (fake, 1);
  fake_qemu_expect_registration (fake, "/org/qemu/Display1/Console_0");
  fake_qemu_expect_registration (fake, "/org/qemu/Display1/Console_2");
  scanout (fake, 0, 64, 48, 0xff0000);
  placeholder (fake, 1);
  g_assert_cmpint (fake_qemu_expect (fake, LINK_READY), ==, 0);
  return fake;
}

static void
expect_heads (int viewer, guint32 count, guint32 lit)
{
  guint32 packet[WORDS];

  do
    fake_qemu_expect_packet (viewer, GLASS_HEADS, packet);
  while (packet[1] != count || packet[2] != lit);
}

static void
test_own_pictures (void)
{
  g_autoptr (FakeQemu) fake = new_two_heads ();
  autofd first = fake_qemu_view_head (fake, 0);
  autofd second = fake_qemu_view_head (fake, 1);
  guint32 packet[WORDS];

  fake_qemu_expect_packet (second, GLASS_WELCOME, packet);
  g_assert_cmpuint (packet[2], ==, 1);
  expect_heads (first, 2, 1);
  fake_qemu_expect_pixel (first, 0xff0000);
  scanout (fake, 1, 32, 32, 0x00ff00);
  fake_qemu_expect_pixel (second, 0x00ff00);
  scanout (fake, 1, 40, 32, 0x0000ff);
  fake_qemu_expect_pixel (second, 0x0000ff);
  /* All that the first is told of it is that it is lit, and that it is not. */
  expect_heads (first, 2, 3);
  placeholder (fake, 1);
  expect_heads (first, 2, 1);
  fake_qemu_expect_silence (first);
}

static void
test_own_state (void)
{
  g_autoptr (FakeQemu) fake = new_two_heads ();
  autofd second = fake_qemu_view_head (fake, 1);
  guint32 packet[WORDS];

  fake_qemu_expect_packet (second, GLASS_LEDS, packet);
  g_assert_cmpuint (packet[1], ==, 0);
  fake_qemu_change_console (fake, 1, "org.qemu.Display1.Keyboard", "Modifiers",
                            g_variant_new_uint32 (4)); /* nobody's */
  fake_qemu_change_console (fake, 0, "org.qemu.Display1.Keyboard", "Modifiers",
                            g_variant_new_uint32 (1)); /* another's */
  fake_qemu_change_console (fake, 2, "org.qemu.Display1.Keyboard", "Modifiers",
                            g_variant_new_uint32 (2));
  fake_qemu_expect_packet (second, GLASS_LEDS, packet);
  g_assert_cmpuint (packet[1], ==, 2);
}

static void
test_pointer (void)
{
  g_autoptr (FakeQemu) fake = new_two_heads ();
  autofd second = fake_qemu_view_head (fake, 1);

  scanout (fake, 1, 64, 48, 0x00ff00);
  expect_heads (second, 2, 3);
  /* The right half of the tablet, whichever console it is reached through. */
  SEND (second, GLASS_POINTER_ABSOLUTE, 62, 47);
  fake_qemu_expect_call (fake, "Mouse.SetAbsPosition (uint32 63, uint32 47)");
  SEND (second, GLASS_POINTER_ABSOLUTE, 0, 0);
  fake_qemu_expect_call (fake, "Mouse.SetAbsPosition (uint32 32, uint32 0)");
  SEND (second, GLASS_BUTTON, 0, 1);
  fake_qemu_expect_call (fake, "Mouse.Press (uint32 0,)");
  SEND (second, GLASS_KEY, 30, 1);
  fake_qemu_expect_call (fake, "Keyboard.Press (uint32 30,)");
}

static void
test_sizes (void)
{
  g_autoptr (FakeQemu) fake = new_two_heads ();
  autofd first = fake_qemu_view_head (fake, 0);
  autofd second = fake_qemu_view_head (fake, 1);

  SEND (second, GLASS_RESIZE, 800, 600, 0, 0);
  fake_qemu_expect_call (fake, "Console.SetUIInfo (uint16 0, uint16 0, 64, 0, uint32 800, "
                               "uint32 600)");
  SEND (second, GLASS_HEAD_OFF);
  fake_qemu_expect_call (fake, "Console.SetUIInfo (uint16 0, uint16 0, 64, 0, uint32 0, uint32 0)");
  /* The first cannot be switched off: this is not passed on, what follows is. */
  SEND (first, GLASS_HEAD_OFF);
  SEND (first, GLASS_KEY, 30, 1);
  fake_qemu_expect_call (fake, "Keyboard.Press (uint32 30,)");
  SEND (first, GLASS_RESIZE, 1024, 768, 0, 0);
  fake_qemu_expect_call (fake, "Console.SetUIInfo (uint16 0, uint16 0, 0, 0, uint32 1024, "
                               "uint32 768)");
}

/* A head that QEMU does not have stays dark and does nothing. */
static void
test_missing (void)
{
  g_autoptr (FakeQemu) fake = new_two_heads ();
  autofd missing = fake_qemu_view_head (fake, 3);
  autofd outside = fake_qemu_view_head (fake, GLASS_HEADS_MAX);
  guint32 packet[WORDS];
  autofd fd = -1;

  expect_heads (missing, 2, 1);
  SEND (missing, GLASS_RESIZE, 800, 600, 0, 0);
  SEND (missing, GLASS_HEAD_OFF);
  SEND (missing, GLASS_POINTER_ABSOLUTE, 0, 0);
  SEND (missing, GLASS_KEY, 30, 1);
  fake_qemu_expect_call (fake, "Keyboard.Press (uint32 30,)");
  g_assert_cmpuint (fake_qemu_read_packet (outside, packet, &fd), ==, 0);
}

/* More than are served: the rest is left alone. */
static void
test_many (void)
{
  g_autoptr (FakeQemu) fake = fake_qemu_start ();
  autofd viewer = -1;

  fake->consoles = g_variant_new_parsed ("[uint32 0, 1, 2, 3, 4, 5, 6, 7]");
  fake_qemu_accept (fake, TRUE);
  fake_qemu_listen (fake);
  for (guint head = 1; head < GLASS_HEADS_MAX; head++)
    fake_qemu_listen_head (fake, head);
  scanout (fake, 0, 64, 48, 0xff0000);
  g_assert_cmpint (fake_qemu_expect (fake, LINK_READY), ==, 0);
  viewer = fake_qemu_view (fake);
  expect_heads (viewer, GLASS_HEADS_MAX, 1);
}

static const struct
{
  const char *name;
  const char *consoles;
} lies[] = {
  { "none", "@au []" },
  { "no-first", "[uint32 1]" },
  { "twice", "[uint32 0, 1, 1]" },
  { "out-of-range", "[uint32 0, 256]" },
  { "largest", "[uint32 0, 4294967295]" },
  { "words", "['0']" },
  { "number", "uint32 0" },
  { "thousand", NULL },
};

static void
test_lie (gconstpointer data)
{
  const char *consoles = data;
  g_autoptr (FakeQemu) fake = fake_qemu_start ();
  guint32 ids[1000];

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    ids[i] = i;
  fake->consoles = consoles != NULL
                       ? g_variant_new_parsed (consoles)
                       : g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, ids, 1000, 4);
  fake_qemu_accept (fake, TRUE);
  g_assert_cmpint (fake_qemu_expect (fake, LINK_FAILED), ==, LINK_FAILURE_QEMU_PROTOCOL);
  fake_qemu_wait_end (fake);
}

/* A further console whose listener goes is the end of the link, as the first's is. */
static void
test_lost_head (void)
{
  g_autoptr (FakeQemu) fake = new_two_heads ();

  g_dbus_connection_close_sync (fake->more_listeners[0], NULL, NULL);
  g_assert_cmpint (fake_qemu_expect (fake, LINK_FAILED), ==, LINK_FAILURE_QEMU_GONE);
  fake_qemu_wait_end (fake);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/heads/own-pictures", test_own_pictures);
  g_test_add_func ("/heads/own-state", test_own_state);
  g_test_add_func ("/heads/pointer", test_pointer);
  g_test_add_func ("/heads/sizes", test_sizes);
  g_test_add_func ("/heads/missing", test_missing);
  g_test_add_func ("/heads/many", test_many);
  for (gsize i = 0; i < G_N_ELEMENTS (lies); i++)
    {
      g_autofree char *path = g_strconcat ("/heads/lie/", lies[i].name, NULL);

      g_test_add_data_func (path, lies[i].consoles, test_lie);
    }
  g_test_add_func ("/heads/lost", test_lost_head);
  return g_test_run ();
}
