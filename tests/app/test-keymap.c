/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Key numbers, names and characters.
 */
#include "keymap.h"
#include "strokes.h"

#include <gio/gio.h>
#include <string.h>

static void
test_hardware (void)
{
  /* Hardware code (evdev + 8) and qnum, from X11's and QEMU's own tables. */
  static const struct
  {
    guint hardware;
    guint qnum;
  } keys[] = {
    { 9, 1 },      { 24, 16 },    { 38, 30 },    { 36, 28 },    { 65, 57 },    { 91, 83 },
    { 94, 0x56 },  { 95, 0x57 },  { 96, 0x58 },  { 104, 0x9c }, { 105, 0x9d }, { 106, 0xb5 },
    { 107, 0x54 }, { 108, 0xb8 }, { 110, 0xc7 }, { 111, 0xc8 }, { 112, 0xc9 }, { 113, 0xcb },
    { 114, 0xcd }, { 115, 0xcf }, { 116, 0xd0 }, { 117, 0xd1 }, { 118, 0xd2 }, { 119, 0xd3 },
    { 121, 0xa0 }, { 127, 0xc6 }, { 130, 0x72 }, { 131, 0x71 }, { 132, 0x7d }, { 133, 0xdb },
    { 134, 0xdc }, { 135, 0xdd }, { 202, 0x6f }, { 247, 0xf4 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    g_assert_cmpuint (keymap_from_hardware (keys[i].hardware), ==, keys[i].qnum);
  g_assert_cmpuint (keymap_from_hardware (0), ==, 0);
  g_assert_cmpuint (keymap_from_hardware (7), ==, 0);
  g_assert_cmpuint (keymap_from_hardware (8), ==, 0);
  g_assert_cmpuint (keymap_from_hardware (92), ==, 0);
  g_assert_cmpuint (keymap_from_hardware (248), ==, 0);
  g_assert_cmpuint (keymap_from_hardware (G_MAXUINT), ==, 0);
}

/* No two keys of a keyboard send the same number. */
static void
test_hardware_unique (void)
{
  gboolean seen[256] = { FALSE };
  guint known = 0;

  for (guint code = 0; code < 1000; code++)
    {
      guint qnum = keymap_from_hardware (code);

      if (qnum == 0)
        continue;
      g_assert_cmpuint (qnum, <, G_N_ELEMENTS (seen));
      g_assert_false (seen[qnum & 0xff]);
      seen[qnum & 0xff] = TRUE;
      known++;
    }
  g_assert_cmpuint (known, >, 220);
}

static void
test_names (void)
{
  /* Every name that QEMU 10's query-qmp-schema lists in QKeyCode. */
  static const char all[] =
      "shift shift_r alt alt_r ctrl ctrl_r menu esc 1 2 3 4 5 6 7 8 9 0 minus equal backspace tab "
      "q w "
      "e r t y u i o p bracket_left bracket_right ret a s d f g h j k l semicolon apostrophe "
      "grave_accent backslash z x c v b n m comma dot slash asterisk spc caps_lock f1 f2 f3 f4 f5 "
      "f6 "
      "f7 f8 f9 f10 num_lock scroll_lock kp_divide kp_multiply kp_subtract kp_add kp_enter "
      "kp_decimal "
      "sysrq kp_0 kp_1 kp_2 kp_3 kp_4 kp_5 kp_6 kp_7 kp_8 kp_9 less f11 f12 print home pgup pgdn "
      "end "
      "left up down right insert delete stop again props undo front copy open paste find cut lf "
      "help "
      "meta_l meta_r compose pause ro hiragana henkan yen muhenkan katakanahiragana kp_comma "
      "kp_equals power sleep wake audionext audioprev audiostop audioplay audiomute volumeup "
      "volumedown mediaselect mail calculator computer ac_home ac_back ac_forward ac_refresh "
      "ac_bookmarks lang1 lang2 f13 f14 f15 f16 f17 f18 f19 f20 f21 f22 f23 f24";
  g_auto (GStrv) names = g_strsplit (all, " ", -1);

  for (gsize i = 0; names[i] != NULL; i++)
    if (keymap_from_name (names[i]) == 0)
      g_error ("%s is unknown", names[i]);
  g_assert_cmpuint (keymap_from_name ("a"), ==, 30);
  g_assert_cmpuint (keymap_from_name ("A"), ==, 30);
  g_assert_cmpuint (keymap_from_name ("0"), ==, 11);
  g_assert_cmpuint (keymap_from_name ("delete"), ==, 0xd3);
  g_assert_cmpuint (keymap_from_name ("Del"), ==, 0xd3);
  g_assert_cmpuint (keymap_from_name ("enter"), ==, 28);
  g_assert_cmpuint (keymap_from_name ("win"), ==, 0xdb);
  g_assert_cmpuint (keymap_from_name ("F12"), ==, 0x58);
  g_assert_cmpuint (keymap_from_name (""), ==, 0);
  g_assert_cmpuint (keymap_from_name ("-"), ==, 0);
  g_assert_cmpuint (keymap_from_name ("ab"), ==, 0);
  g_assert_cmpuint (keymap_from_name ("unmapped"), ==, 0);
  g_assert_cmpuint (keymap_from_name ("\xc3\xa4"), ==, 0);
}

static void
assert_chord (const char *chord, const guint *expected, guint n)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) keys = keymap_from_chord (chord, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (keys->len, ==, n);
  for (guint i = 0; i < n; i++)
    g_assert_cmpuint (g_array_index (keys, guint, i), ==, expected[i]);
}

static void
assert_no_chord (const char *chord, const char *word)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (keymap_from_chord (chord, &error));
  g_assert_nonnull (strstr (error->message, word));
}

static void
test_chords (void)
{
  assert_chord ("ctrl-alt-delete", (guint[]) { 29, 56, 0xd3 }, 3);
  assert_chord ("Ctrl+Alt+F2", (guint[]) { 29, 56, 60 }, 3);
  assert_chord ("a", (guint[]) { 30 }, 1);
  assert_no_chord ("", "ctrl-alt-delete");
  assert_no_chord ("ctrl-", "“”");
  assert_no_chord ("ctrl-alt-delet", "“delet”");
  assert_no_chord ("-", "“”");
  assert_no_chord ("a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a", "16");
}

static void
test_characters (void)
{
  /* The keys of a US keyboard in their order, without and with shift. */
  static const char *plain = "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./ \t\n";
  static const char *shifted = "~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:\"ZXCVBNM<>?";
  guint qnum, other;
  gboolean shift;
  guint n = 0;

  for (gunichar c = 0; c < 0x300; c++)
    {
      const char *in_plain = c > 0 && c < 0x80 ? strchr (plain, (int) c) : NULL;
      const char *in_shifted = c > 0 && c < 0x80 ? strchr (shifted, (int) c) : NULL;
      gboolean known = keymap_from_char (c, &qnum, &shift);

      g_assert_cmpint (known, ==, in_plain != NULL || in_shifted != NULL);
      if (!known)
        continue;
      g_assert_cmpint (shift, ==, in_plain == NULL);
      if (in_shifted != NULL)
        {
          g_assert_true (keymap_from_char (plain[in_shifted - shifted], &other, &shift));
          g_assert_cmpuint (qnum, ==, other);
        }
      n++;
    }
  g_assert_cmpuint (n, ==, 0x7f - 0x20 + 2); /* printable ASCII, tab, newline */
  g_assert_true (keymap_from_char ('~', &qnum, &shift));
  g_assert_cmpuint (qnum, ==, 0x29);
  g_assert_true (keymap_from_char ('\\', &qnum, &shift));
  g_assert_cmpuint (qnum, ==, 0x2b);
  g_assert_true (keymap_from_char ('?', &qnum, &shift));
  g_assert_cmpuint (qnum, ==, 0x35);
  g_assert_false (keymap_from_char (0x20ac, &qnum, &shift));
  g_assert_false (keymap_from_char (0x100 + 'a', &qnum, &shift));
}

static void
test_strokes (void)
{
  g_autoptr (GArray) strokes = NULL;
  g_autoptr (GArray) empty = NULL;
  g_autofree char *shown = NULL;
  g_autofree char *number = NULL;
  gunichar character = 0;

  strokes = strokes_from_text ("aA\r\n", &character);
  g_assert_cmpuint (strokes->len, ==, 3);
  g_assert_false (g_array_index (strokes, Stroke, 0).shift);
  g_assert_true (g_array_index (strokes, Stroke, 1).shift);
  g_assert_cmpuint (g_array_index (strokes, Stroke, 1).key, ==, keymap_from_name ("a"));
  g_assert_cmpuint (g_array_index (strokes, Stroke, 2).key, ==, keymap_from_name ("ret"));
  empty = strokes_from_text ("", &character);
  g_assert_cmpuint (empty->len, ==, 0);
  g_assert_null (strokes_from_text ("ab\xe2\x82\xac", &character));
  g_assert_cmpuint (character, ==, 0x20ac);
  shown = strokes_show_character (character);
  g_assert_cmpstr (shown, ==, "\xe2\x82\xac");
  number = strokes_show_character (7);
  g_assert_cmpstr (number, ==, "U+0007");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/keymap/hardware", test_hardware);
  g_test_add_func ("/keymap/hardware-unique", test_hardware_unique);
  g_test_add_func ("/keymap/names", test_names);
  g_test_add_func ("/keymap/chords", test_chords);
  g_test_add_func ("/keymap/characters", test_characters);
  g_test_add_func ("/keymap/strokes", test_strokes);
  return g_test_run ();
}
