/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The console's key rules: what reaches the guest, and that a grab can always be left.
 */
#include "config.h"

#include "console-keys.h"

enum
{
  CTRL = 0x1d,
  CTRL_R = 0x9d,
  ALT = 0x38,
  ALT_GR = 0xb8,
  G = 0x22,
  A = 0x1e,
  F1 = 0x3b,
  F11 = 0x57,
};

static void
test_plain (void)
{
  ConsoleKeys keys = { 0 };

  g_assert_cmpint (console_keys_press (&keys, A, FALSE), ==, CONSOLE_KEYS_SEND);
  g_assert_true (keys.held[A]);
  g_assert_cmpint (console_keys_press (&keys, A, FALSE), ==, CONSOLE_KEYS_SEND); /* repeat */
  g_assert_cmpint (console_keys_release (&keys, A), ==, CONSOLE_KEYS_SEND);
  g_assert_false (keys.held[A]);
  /* A release whose press went elsewhere is not for the guest. */
  g_assert_cmpint (console_keys_release (&keys, A), ==, CONSOLE_KEYS_SWALLOW);
}

/* Ctrl and Alt, in either order pressed and in either order released, leave. */
static void
test_leave (void)
{
  const guint ctrls[] = { CTRL, CTRL_R };

  for (guint i = 0; i < 8; i++)
    {
      guint ctrl = ctrls[i & 1];
      guint first = i & 2 ? ctrl : ALT;
      guint second = i & 2 ? ALT : ctrl;
      guint up = i & 4 ? ctrl : ALT;
      guint last = i & 4 ? ALT : ctrl;
      ConsoleKeys keys = { 0 };

      console_keys_press (&keys, first, TRUE);
      console_keys_press (&keys, second, TRUE);
      console_keys_press (&keys, second, TRUE); /* a repeat does not spoil it */
      g_assert_cmpint (console_keys_release (&keys, up), ==, CONSOLE_KEYS_LEAVE);
      g_assert_cmpint (console_keys_release (&keys, last), ==, CONSOLE_KEYS_SEND);
    }
}

/* Ctrl+Alt+F1 is the guest's: its release must not leave. */
static void
test_chord_for_guest (void)
{
  ConsoleKeys keys = { 0 };

  console_keys_press (&keys, CTRL, FALSE);
  console_keys_press (&keys, ALT, FALSE);
  g_assert_cmpint (console_keys_press (&keys, F1, FALSE), ==, CONSOLE_KEYS_SEND);
  g_assert_cmpint (console_keys_release (&keys, F1), ==, CONSOLE_KEYS_SEND);
  g_assert_cmpint (console_keys_release (&keys, ALT), ==, CONSOLE_KEYS_SEND);
  g_assert_cmpint (console_keys_release (&keys, CTRL), ==, CONSOLE_KEYS_SEND);
}

static void
test_click_disarms (void)
{
  ConsoleKeys keys = { 0 };

  console_keys_press (&keys, CTRL, FALSE);
  console_keys_press (&keys, ALT, FALSE);
  console_keys_disarm (&keys);
  g_assert_cmpint (console_keys_release (&keys, ALT), ==, CONSOLE_KEYS_SEND);
}

static void
test_alt_gr_is_not_alt (void)
{
  ConsoleKeys keys = { 0 };

  console_keys_press (&keys, CTRL, FALSE);
  console_keys_press (&keys, ALT_GR, FALSE);
  g_assert_cmpint (console_keys_release (&keys, ALT_GR), ==, CONSOLE_KEYS_SEND);
  g_assert_cmpint (console_keys_release (&keys, CTRL), ==, CONSOLE_KEYS_SEND);
}

static void
test_grab (void)
{
  ConsoleKeys keys = { 0 };

  console_keys_press (&keys, CTRL, FALSE);
  console_keys_press (&keys, ALT, FALSE);
  g_assert_cmpint (console_keys_press (&keys, G, FALSE), ==, CONSOLE_KEYS_TOGGLE_GRAB);
  g_assert_cmpint (console_keys_press (&keys, G, TRUE), ==, CONSOLE_KEYS_SWALLOW); /* repeat */
  g_assert_cmpint (console_keys_release (&keys, G), ==, CONSOLE_KEYS_SWALLOW);
  /* Letting go of the chord that made the grab must not end it. */
  g_assert_cmpint (console_keys_release (&keys, ALT), ==, CONSOLE_KEYS_SEND);
  g_assert_cmpint (console_keys_release (&keys, CTRL), ==, CONSOLE_KEYS_SEND);
  g_assert_cmpint (console_keys_press (&keys, G, TRUE), ==, CONSOLE_KEYS_SEND);
}

static void
test_fullscreen (void)
{
  ConsoleKeys keys = { 0 };

  g_assert_cmpint (console_keys_press (&keys, F11, FALSE), ==, CONSOLE_KEYS_FULLSCREEN);
  g_assert_cmpint (console_keys_release (&keys, F11), ==, CONSOLE_KEYS_SWALLOW);
  g_assert_cmpint (console_keys_press (&keys, F11, TRUE), ==, CONSOLE_KEYS_SEND);
  console_keys_release (&keys, F11);
  console_keys_press (&keys, CTRL, FALSE);
  g_assert_cmpint (console_keys_press (&keys, F11, FALSE), ==, CONSOLE_KEYS_SEND);
}

static void
test_take_held (void)
{
  ConsoleKeys keys = { 0 };

  console_keys_press (&keys, A, FALSE);
  console_keys_press (&keys, CTRL, FALSE);
  g_assert_cmpuint (console_keys_take_held (&keys), ==, CTRL);
  g_assert_cmpuint (console_keys_take_held (&keys), ==, A);
  g_assert_cmpuint (console_keys_take_held (&keys), ==, 0);
  g_assert_cmpint (console_keys_release (&keys, A), ==, CONSOLE_KEYS_SWALLOW);
}

/* Whatever is pressed, what the guest was told is down can be released, and Ctrl+Alt then leaves.
 */
static void
test_always_releasable (void)
{
  for (guint round = 0; round < 2000; round++)
    {
      ConsoleKeys keys = { 0 };
      guint8 guest[GLASS_KEY_MAX + 1] = { 0 };
      guint key;

      for (guint i = 0; i < 40; i++)
        {
          guint qnum = g_test_rand_int_range (1, GLASS_KEY_MAX + 1);
          gboolean down = g_test_rand_bit ();
          ConsoleKeysAction action = down ? console_keys_press (&keys, qnum, g_test_rand_bit ())
                                          : console_keys_release (&keys, qnum);

          if (action == CONSOLE_KEYS_SEND || action == CONSOLE_KEYS_LEAVE)
            guest[qnum] = down;
        }
      while ((key = console_keys_take_held (&keys)) != 0)
        {
          g_assert_true (guest[key]);
          guest[key] = 0;
        }
      for (guint i = 0; i <= GLASS_KEY_MAX; i++)
        g_assert_false (guest[i]);
      console_keys_press (&keys, CTRL, TRUE);
      console_keys_press (&keys, ALT, TRUE);
      g_assert_cmpint (console_keys_release (&keys, CTRL), ==, CONSOLE_KEYS_LEAVE);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/console-keys/plain", test_plain);
  g_test_add_func ("/console-keys/leave", test_leave);
  g_test_add_func ("/console-keys/chord-for-guest", test_chord_for_guest);
  g_test_add_func ("/console-keys/click-disarms", test_click_disarms);
  g_test_add_func ("/console-keys/alt-gr-is-not-alt", test_alt_gr_is_not_alt);
  g_test_add_func ("/console-keys/grab", test_grab);
  g_test_add_func ("/console-keys/fullscreen", test_fullscreen);
  g_test_add_func ("/console-keys/take-held", test_take_held);
  g_test_add_func ("/console-keys/always-releasable", test_always_releasable);
  return g_test_run ();
}
