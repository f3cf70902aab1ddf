/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Key numbers, names and characters as tables. Runs in the front ends. Pure; must never send a key
 * itself.
 *
 * A "qnum" is the key's scan code of set 1, with an 0xe0 prefix folded into bit 7. Every other
 * table leads to evdev's numbers, so that a key has its qnum in one place.
 */
#include "keymap.h"

#include <gio/gio.h>
#include <linux/input-event-codes.h>
#include <string.h>

#define HARDWARE_OFFSET 8 /* X11 keycodes are evdev's plus 8 */
#define CHORD_MAX 16u     /* keys held at once */
#define E0(code) (0x80 | (code))

/* The keys of the original PC keyboard, KEY_ESC to KEY_KPDOT, have the same number in both. */
#define LAST_EQUAL KEY_KPDOT

static const guint8 from_evdev[] = {
  [KEY_ZENKAKUHANKAKU] = 0x76,
  [KEY_102ND] = 0x56,
  [KEY_F11] = 0x57,
  [KEY_F12] = 0x58,
  [KEY_RO] = 0x73,
  [KEY_KATAKANA] = 0x78,
  [KEY_HIRAGANA] = 0x77,
  [KEY_HENKAN] = 0x79,
  [KEY_KATAKANAHIRAGANA] = 0x70,
  [KEY_MUHENKAN] = 0x7b,
  [KEY_KPJPCOMMA] = 0x5c,
  [KEY_KPENTER] = E0 (0x1c),
  [KEY_RIGHTCTRL] = E0 (0x1d),
  [KEY_KPSLASH] = E0 (0x35),
  [KEY_SYSRQ] = 0x54,
  [KEY_RIGHTALT] = E0 (0x38),
  [KEY_LINEFEED] = 0x5b,
  [KEY_HOME] = E0 (0x47),
  [KEY_UP] = E0 (0x48),
  [KEY_PAGEUP] = E0 (0x49),
  [KEY_LEFT] = E0 (0x4b),
  [KEY_RIGHT] = E0 (0x4d),
  [KEY_END] = E0 (0x4f),
  [KEY_DOWN] = E0 (0x50),
  [KEY_PAGEDOWN] = E0 (0x51),
  [KEY_INSERT] = E0 (0x52),
  [KEY_DELETE] = E0 (0x53),
  [KEY_MACRO] = E0 (0x6f),
  [KEY_MUTE] = E0 (0x20),
  [KEY_VOLUMEDOWN] = E0 (0x2e),
  [KEY_VOLUMEUP] = E0 (0x30),
  [KEY_POWER] = E0 (0x5e),
  [KEY_KPEQUAL] = 0x59,
  [KEY_KPPLUSMINUS] = E0 (0x4e),
  [KEY_PAUSE] = E0 (0x46),
  [KEY_SCALE] = E0 (0x0b),
  [KEY_KPCOMMA] = 0x7e,
  [KEY_HANGEUL] = 0x72, /* a real keyboard sends 0xf2 and 0xf1, which QEMU does not know */
  [KEY_HANJA] = 0x71,
  [KEY_YEN] = 0x7d,
  [KEY_LEFTMETA] = E0 (0x5b),
  [KEY_RIGHTMETA] = E0 (0x5c),
  [KEY_COMPOSE] = E0 (0x5d),
  [KEY_STOP] = E0 (0x68),
  [KEY_AGAIN] = E0 (0x05),
  [KEY_PROPS] = E0 (0x06),
  [KEY_UNDO] = E0 (0x07),
  [KEY_FRONT] = E0 (0x0c),
  [KEY_COPY] = E0 (0x78),
  [KEY_OPEN] = 0x64,
  [KEY_PASTE] = 0x65,
  [KEY_FIND] = E0 (0x41),
  [KEY_CUT] = E0 (0x3c),
  [KEY_HELP] = E0 (0x75),
  [KEY_MENU] = E0 (0x1e),
  [KEY_CALC] = E0 (0x21),
  [KEY_SETUP] = 0x66,
  [KEY_SLEEP] = E0 (0x5f),
  [KEY_WAKEUP] = E0 (0x63),
  [KEY_FILE] = 0x67,
  [KEY_SENDFILE] = 0x68,
  [KEY_DELETEFILE] = 0x69,
  [KEY_XFER] = E0 (0x13),
  [KEY_PROG1] = E0 (0x1f),
  [KEY_PROG2] = E0 (0x17),
  [KEY_WWW] = E0 (0x02),
  [KEY_MSDOS] = 0x6a,
  [KEY_SCREENLOCK] = E0 (0x12),
  [KEY_DIRECTION] = 0x6b,
  [KEY_CYCLEWINDOWS] = E0 (0x26),
  [KEY_MAIL] = E0 (0x6c),
  [KEY_BOOKMARKS] = E0 (0x66),
  [KEY_COMPUTER] = E0 (0x6b),
  [KEY_BACK] = E0 (0x6a),
  [KEY_FORWARD] = E0 (0x69),
  [KEY_CLOSECD] = E0 (0x23),
  [KEY_EJECTCD] = 0x6c,
  [KEY_EJECTCLOSECD] = E0 (0x7d),
  [KEY_NEXTSONG] = E0 (0x19),
  [KEY_PLAYPAUSE] = E0 (0x22),
  [KEY_PREVIOUSSONG] = E0 (0x10),
  [KEY_STOPCD] = E0 (0x24),
  [KEY_RECORD] = E0 (0x31),
  [KEY_REWIND] = E0 (0x18),
  [KEY_PHONE] = 0x63,
  [KEY_CONFIG] = E0 (0x01),
  [KEY_HOMEPAGE] = E0 (0x32),
  [KEY_REFRESH] = E0 (0x67),
  [KEY_EDIT] = E0 (0x08),
  [KEY_SCROLLUP] = 0x75,
  [KEY_SCROLLDOWN] = E0 (0x0f),
  [KEY_KPLEFTPAREN] = E0 (0x76),
  [KEY_KPRIGHTPAREN] = E0 (0x7b),
  [KEY_NEW] = E0 (0x09),
  [KEY_REDO] = E0 (0x0a),
  [KEY_F13] = 0x5d,
  [KEY_F14] = 0x5e,
  [KEY_F15] = 0x5f,
  [KEY_F16] = 0x55,
  [KEY_F17] = E0 (0x03),
  [KEY_F18] = E0 (0x77),
  [KEY_F19] = E0 (0x04),
  [KEY_F20] = 0x5a,
  [KEY_F21] = 0x74,
  [KEY_F22] = E0 (0x79),
  [KEY_F23] = 0x6d,
  [KEY_F24] = 0x6f,
  [KEY_PLAYCD] = E0 (0x28),
  [KEY_PAUSECD] = E0 (0x29),
  [KEY_PROG3] = E0 (0x2b),
  [KEY_PROG4] = E0 (0x2c),
  [KEY_DASHBOARD] = E0 (0x2d),
  [KEY_SUSPEND] = E0 (0x25),
  [KEY_CLOSE] = E0 (0x2f),
  [KEY_PLAY] = E0 (0x33),
  [KEY_FASTFORWARD] = E0 (0x34),
  [KEY_BASSBOOST] = E0 (0x36),
  [KEY_PRINT] = E0 (0x39),
  [KEY_HP] = E0 (0x3a),
  [KEY_CAMERA] = E0 (0x3b),
  [KEY_SOUND] = E0 (0x3d),
  [KEY_QUESTION] = E0 (0x3e),
  [KEY_EMAIL] = E0 (0x3f),
  [KEY_CHAT] = E0 (0x40),
  [KEY_SEARCH] = E0 (0x65),
  [KEY_CONNECT] = E0 (0x42),
  [KEY_FINANCE] = E0 (0x43),
  [KEY_SPORT] = E0 (0x44),
  [KEY_SHOP] = E0 (0x45),
  [KEY_ALTERASE] = E0 (0x14),
  [KEY_CANCEL] = E0 (0x4a),
  [KEY_BRIGHTNESSDOWN] = E0 (0x4c),
  [KEY_BRIGHTNESSUP] = E0 (0x54),
  [KEY_MEDIA] = E0 (0x6d),
  [KEY_SWITCHVIDEOMODE] = E0 (0x56),
  [KEY_KBDILLUMTOGGLE] = E0 (0x57),
  [KEY_KBDILLUMDOWN] = E0 (0x58),
  [KEY_KBDILLUMUP] = E0 (0x59),
  [KEY_SEND] = E0 (0x5a),
  [KEY_REPLY] = E0 (0x64),
  [KEY_FORWARDMAIL] = E0 (0x0e),
  [KEY_SAVE] = E0 (0x55),
  [KEY_DOCUMENTS] = E0 (0x70),
  [KEY_BATTERY] = E0 (0x71),
  [KEY_BLUETOOTH] = E0 (0x72),
  [KEY_WLAN] = E0 (0x73),
  [KEY_UWB] = E0 (0x74),
};

/* QEMU's names (QKeyCode), then what people call them. Letters and digits are not here. */
static const struct
{
  const char *name;
  guint8 evdev;
} names[] = {
  { "shift", KEY_LEFTSHIFT },
  { "shift_r", KEY_RIGHTSHIFT },
  { "alt", KEY_LEFTALT },
  { "alt_r", KEY_RIGHTALT },
  { "ctrl", KEY_LEFTCTRL },
  { "ctrl_r", KEY_RIGHTCTRL },
  { "menu", KEY_MENU },
  { "esc", KEY_ESC },
  { "minus", KEY_MINUS },
  { "equal", KEY_EQUAL },
  { "backspace", KEY_BACKSPACE },
  { "tab", KEY_TAB },
  { "bracket_left", KEY_LEFTBRACE },
  { "bracket_right", KEY_RIGHTBRACE },
  { "ret", KEY_ENTER },
  { "semicolon", KEY_SEMICOLON },
  { "apostrophe", KEY_APOSTROPHE },
  { "grave_accent", KEY_GRAVE },
  { "backslash", KEY_BACKSLASH },
  { "comma", KEY_COMMA },
  { "dot", KEY_DOT },
  { "slash", KEY_SLASH },
  { "asterisk", KEY_KPASTERISK },
  { "spc", KEY_SPACE },
  { "caps_lock", KEY_CAPSLOCK },
  { "f1", KEY_F1 },
  { "f2", KEY_F2 },
  { "f3", KEY_F3 },
  { "f4", KEY_F4 },
  { "f5", KEY_F5 },
  { "f6", KEY_F6 },
  { "f7", KEY_F7 },
  { "f8", KEY_F8 },
  { "f9", KEY_F9 },
  { "f10", KEY_F10 },
  { "f11", KEY_F11 },
  { "f12", KEY_F12 },
  { "f13", KEY_F13 },
  { "f14", KEY_F14 },
  { "f15", KEY_F15 },
  { "f16", KEY_F16 },
  { "f17", KEY_F17 },
  { "f18", KEY_F18 },
  { "f19", KEY_F19 },
  { "f20", KEY_F20 },
  { "f21", KEY_F21 },
  { "f22", KEY_F22 },
  { "f23", KEY_F23 },
  { "f24", KEY_F24 },
  { "num_lock", KEY_NUMLOCK },
  { "scroll_lock", KEY_SCROLLLOCK },
  { "kp_divide", KEY_KPSLASH },
  { "kp_multiply", KEY_KPASTERISK },
  { "kp_subtract", KEY_KPMINUS },
  { "kp_add", KEY_KPPLUS },
  { "kp_enter", KEY_KPENTER },
  { "kp_decimal", KEY_KPDOT },
  { "kp_comma", KEY_KPCOMMA },
  { "kp_equals", KEY_KPEQUAL },
  { "kp_0", KEY_KP0 },
  { "kp_1", KEY_KP1 },
  { "kp_2", KEY_KP2 },
  { "kp_3", KEY_KP3 },
  { "kp_4", KEY_KP4 },
  { "kp_5", KEY_KP5 },
  { "kp_6", KEY_KP6 },
  { "kp_7", KEY_KP7 },
  { "kp_8", KEY_KP8 },
  { "kp_9", KEY_KP9 },
  { "sysrq", KEY_SYSRQ },
  { "print", KEY_SYSRQ },
  { "less", KEY_102ND },
  { "home", KEY_HOME },
  { "pgup", KEY_PAGEUP },
  { "pgdn", KEY_PAGEDOWN },
  { "end", KEY_END },
  { "left", KEY_LEFT },
  { "up", KEY_UP },
  { "down", KEY_DOWN },
  { "right", KEY_RIGHT },
  { "insert", KEY_INSERT },
  { "delete", KEY_DELETE },
  { "stop", KEY_STOP },
  { "again", KEY_AGAIN },
  { "props", KEY_PROPS },
  { "undo", KEY_UNDO },
  { "front", KEY_FRONT },
  { "copy", KEY_COPY },
  { "open", KEY_OPEN },
  { "paste", KEY_PASTE },
  { "find", KEY_FIND },
  { "cut", KEY_CUT },
  { "lf", KEY_LINEFEED },
  { "help", KEY_HELP },
  { "meta_l", KEY_LEFTMETA },
  { "meta_r", KEY_RIGHTMETA },
  { "compose", KEY_COMPOSE },
  { "pause", KEY_PAUSE },
  { "ro", KEY_RO },
  { "hiragana", KEY_HIRAGANA },
  { "henkan", KEY_HENKAN },
  { "yen", KEY_YEN },
  { "muhenkan", KEY_MUHENKAN },
  { "katakanahiragana", KEY_KATAKANAHIRAGANA },
  { "power", KEY_POWER },
  { "sleep", KEY_SLEEP },
  { "wake", KEY_WAKEUP },
  { "audionext", KEY_NEXTSONG },
  { "audioprev", KEY_PREVIOUSSONG },
  { "audiostop", KEY_STOPCD },
  { "audioplay", KEY_PLAYPAUSE },
  { "audiomute", KEY_MUTE },
  { "volumeup", KEY_VOLUMEUP },
  { "volumedown", KEY_VOLUMEDOWN },
  { "mediaselect", KEY_MEDIA },
  { "mail", KEY_MAIL },
  { "calculator", KEY_CALC },
  { "computer", KEY_COMPUTER },
  { "ac_home", KEY_HOMEPAGE },
  { "ac_back", KEY_BACK },
  { "ac_forward", KEY_FORWARD },
  { "ac_refresh", KEY_REFRESH },
  { "ac_bookmarks", KEY_BOOKMARKS },
  { "lang1", KEY_HANGEUL },
  { "lang2", KEY_HANJA },

  { "control", KEY_LEFTCTRL },
  { "ctl", KEY_LEFTCTRL },
  { "altgr", KEY_RIGHTALT },
  { "option", KEY_LEFTALT },
  { "win", KEY_LEFTMETA },
  { "windows", KEY_LEFTMETA },
  { "super", KEY_LEFTMETA },
  { "meta", KEY_LEFTMETA },
  { "cmd", KEY_LEFTMETA },
  { "command", KEY_LEFTMETA },
  { "win_r", KEY_RIGHTMETA },
  { "super_r", KEY_RIGHTMETA },
  { "escape", KEY_ESC },
  { "enter", KEY_ENTER },
  { "return", KEY_ENTER },
  { "space", KEY_SPACE },
  { "bksp", KEY_BACKSPACE },
  { "del", KEY_DELETE },
  { "ins", KEY_INSERT },
  { "pageup", KEY_PAGEUP },
  { "page_up", KEY_PAGEUP },
  { "pagedown", KEY_PAGEDOWN },
  { "page_down", KEY_PAGEDOWN },
  { "pgdown", KEY_PAGEDOWN },
  { "caps", KEY_CAPSLOCK },
  { "capslock", KEY_CAPSLOCK },
  { "numlock", KEY_NUMLOCK },
  { "scrolllock", KEY_SCROLLLOCK },
  { "printscreen", KEY_SYSRQ },
  { "prtsc", KEY_SYSRQ },
  { "break", KEY_PAUSE },
  { "period", KEY_DOT },
  { "quote", KEY_APOSTROPHE },
  { "grave", KEY_GRAVE },
  { "backquote", KEY_GRAVE },
  { "equals", KEY_EQUAL },
};

/* Rows of a US keyboard: the characters of consecutive evdev numbers, plain and with shift. */
static const struct
{
  guint8 first;
  const char *plain;
  const char *shifted;
} rows[] = {
  { KEY_1, "1234567890-=", "!@#$%^&*()_+" },
  { KEY_Q, "qwertyuiop[]", "QWERTYUIOP{}" },
  { KEY_A, "asdfghjkl;'`", "ASDFGHJKL:\"~" },
  { KEY_BACKSLASH, "\\zxcvbnm,./", "|ZXCVBNM<>?" },
  { KEY_SPACE, " ", "" },
  { KEY_TAB, "\t", "" },
  { KEY_ENTER, "\n", "" },
};

static guint
lookup_evdev (guint evdev)
{
  if (evdev >= KEY_ESC && evdev <= LAST_EQUAL)
    return evdev;
  return evdev < G_N_ELEMENTS (from_evdev) ? from_evdev[evdev] : 0;
}

guint
keymap_from_hardware (guint hardware_keycode)
{
  return hardware_keycode > HARDWARE_OFFSET ? lookup_evdev (hardware_keycode - HARDWARE_OFFSET) : 0;
}

gboolean
keymap_from_char (gunichar character, guint *ret_qnum, gboolean *ret_shift)
{
  if (character == 0 || character > 0x7f)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const char *plain = strchr (rows[i].plain, (int) character);
      const char *shifted = strchr (rows[i].shifted, (int) character);

      if (plain == NULL && shifted == NULL)
        continue;
      *ret_qnum = lookup_evdev (
          rows[i].first + (plain != NULL ? plain - rows[i].plain : shifted - rows[i].shifted));
      *ret_shift = plain == NULL;
      return TRUE;
    }
  return FALSE;
}

guint
keymap_from_name (const char *name)
{
  /* One letter or digit names its key; capitals are not another key. */
  if (g_ascii_isalnum (name[0]) && name[1] == '\0')
    {
      guint qnum = 0;
      gboolean shift;

      keymap_from_char (g_ascii_tolower (name[0]), &qnum, &shift);
      return qnum;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_ascii_strcasecmp (names[i].name, name) == 0)
      return lookup_evdev (names[i].evdev);
  return 0;
}

gboolean
keymap_is_lock (guint qnum)
{
  return qnum == keymap_from_name ("caps_lock") || qnum == keymap_from_name ("num_lock") ||
         qnum == keymap_from_name ("scroll_lock");
}

GArray *
keymap_from_chord (const char *chord, GError **error)
{
  g_auto (GStrv) parts = g_strsplit_set (chord, "-+", -1);
  g_autoptr (GArray) keys = g_array_new (FALSE, FALSE, sizeof (guint));

  if (parts[0] == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                           "No key is named. Name them like this: ctrl-alt-delete");
      return NULL;
    }
  for (gsize i = 0; parts[i] != NULL; i++)
    {
      guint qnum = keymap_from_name (parts[i]);

      if (qnum == 0)
        {
          g_set_error (
              error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
              "There is no key named “%s” in “%s”. Names are like ctrl, alt, delete, f1, a, "
              "minus",
              parts[i], chord);
          return NULL;
        }
      if (keys->len == CHORD_MAX)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                       "At most %u keys can be held at once", CHORD_MAX);
          return NULL;
        }
      g_array_append_val (keys, qnum);
    }
  return g_steal_pointer (&keys);
}
