/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A VNC viewer's input. Runs in vitrine-display on the main loop, on checked messages.
 */
#include "vnc-input.h"

#define SHIFT_LEFT 0x2au
#define SHIFT_RIGHT 0x36u

typedef struct
{
  guint16 keysym;
  guint8 key;
} Keysym;

/* The printable ones, unshifted and shifted, where the US keyboard has them. */
static const struct
{
  const char *keysyms;
  guint8 first; /* key of the first; the rest follow */
} rows[] = {
  { "1234567890-=", 0x02 }, { "!@#$%^&*()_+", 0x02 }, { "qwertyuiop[]", 0x10 },
  { "QWERTYUIOP{}", 0x10 }, { "asdfghjkl;'`", 0x1e }, { "ASDFGHJKL:\"~", 0x1e },
  { "\\zxcvbnm,./", 0x2b }, { "|ZXCVBNM<>?", 0x2b },  { " ", 0x39 },
};

static const Keysym keysyms[] = {
  { 0xff08, 0x0e }, /* BackSpace */
  { 0xff09, 0x0f }, /* Tab */
  { 0xfe20, 0x0f }, /* ISO_Left_Tab */
  { 0xff0d, 0x1c }, /* Return */
  { 0xff13, 0xc6 }, /* Pause */
  { 0xff14, 0x46 }, /* Scroll_Lock */
  { 0xff15, 0x54 }, /* Sys_Req */
  { 0xff1b, 0x01 }, /* Escape */
  { 0xffff, 0xd3 }, /* Delete */
  { 0xff50, 0xc7 }, /* Home */
  { 0xff51, 0xcb }, /* Left */
  { 0xff52, 0xc8 }, /* Up */
  { 0xff53, 0xcd }, /* Right */
  { 0xff54, 0xd0 }, /* Down */
  { 0xff55, 0xc9 }, /* Page_Up */
  { 0xff56, 0xd1 }, /* Page_Down */
  { 0xff57, 0xcf }, /* End */
  { 0xff61, 0xb7 }, /* Print */
  { 0xff63, 0xd2 }, /* Insert */
  { 0xff67, 0xdd }, /* Menu */
  { 0xff7f, 0x45 }, /* Num_Lock */
  { 0xff8d, 0x9c }, /* KP_Enter */
  { 0xff95, 0x47 }, /* KP_Home */
  { 0xff96, 0x4b }, /* KP_Left */
  { 0xff97, 0x48 }, /* KP_Up */
  { 0xff98, 0x4d }, /* KP_Right */
  { 0xff99, 0x50 }, /* KP_Down */
  { 0xff9a, 0x49 }, /* KP_Page_Up */
  { 0xff9b, 0x51 }, /* KP_Page_Down */
  { 0xff9c, 0x4f }, /* KP_End */
  { 0xff9d, 0x4c }, /* KP_Begin */
  { 0xff9e, 0x52 }, /* KP_Insert */
  { 0xff9f, 0x53 }, /* KP_Delete */
  { 0xffaa, 0x37 }, /* KP_Multiply */
  { 0xffab, 0x4e }, /* KP_Add */
  { 0xffad, 0x4a }, /* KP_Subtract */
  { 0xffae, 0x53 }, /* KP_Decimal */
  { 0xffaf, 0xb5 }, /* KP_Divide */
  { 0xffb0, 0x52 }, /* KP_0 */
  { 0xffb1, 0x4f }, { 0xffb2, 0x50 }, { 0xffb3, 0x51 }, { 0xffb4, 0x4b }, { 0xffb5, 0x4c },
  { 0xffb6, 0x4d }, { 0xffb7, 0x47 }, { 0xffb8, 0x48 }, { 0xffb9, 0x49 }, /* KP_9 */
  { 0xffbe, 0x3b },                                                       /* F1 */
  { 0xffbf, 0x3c }, { 0xffc0, 0x3d }, { 0xffc1, 0x3e }, { 0xffc2, 0x3f }, { 0xffc3, 0x40 },
  { 0xffc4, 0x41 }, { 0xffc5, 0x42 }, { 0xffc6, 0x43 }, { 0xffc7, 0x44 }, /* F10 */
  { 0xffc8, 0x57 },                                                       /* F11 */
  { 0xffc9, 0x58 },                                                       /* F12 */
  { 0xffe1, 0x2a },                                                       /* Shift_L */
  { 0xffe2, 0x36 },                                                       /* Shift_R */
  { 0xffe3, 0x1d },                                                       /* Control_L */
  { 0xffe4, 0x9d },                                                       /* Control_R */
  { 0xffe5, 0x3a },                                                       /* Caps_Lock */
  { 0xffe7, 0x38 },                                                       /* Meta_L */
  { 0xffe8, 0xb8 },                                                       /* Meta_R */
  { 0xffe9, 0x38 },                                                       /* Alt_L */
  { 0xffea, 0xb8 },                                                       /* Alt_R */
  { 0xffeb, 0xdb },                                                       /* Super_L */
  { 0xffec, 0xdc },                                                       /* Super_R */
  { 0xff7e, 0xb8 },                                                       /* Mode_switch */
  { 0xfe03, 0xb8 },                                                       /* ISO_Level3_Shift */
};

guint32
vnc_keysym_to_key (guint32 keysym)
{
  if (keysym == 0 || keysym > G_MAXUINT16)
    return 0;
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const char *found = keysym < 0x80 ? strchr (rows[i].keysyms, (char) keysym) : NULL;

      if (found != NULL)
        return rows[i].first + (found - rows[i].keysyms);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (keysyms); i++)
    if (keysyms[i].keysym == keysym)
      return keysyms[i].key;
  return 0;
}

void
vnc_input_clear (VncInput *input)
{
  g_clear_pointer (&input->source, input_source_free);
}

static InputSource *
get_source (VncInput *input, QemuInput *qemu)
{
  if (input->source == NULL)
    input->source = input_source_new (qemu, input->head);
  return input->source;
}

/* From KP_Home to KP_Delete the keypad without Num Lock, from KP_Decimal and KP_0 on with it. */
static gboolean
is_keypad (guint32 keysym, gboolean *ret_digits)
{
  *ret_digits = keysym == 0xffae || (keysym >= 0xffb0 && keysym <= 0xffb9);
  return *ret_digits || (keysym >= 0xff95 && keysym <= 0xff9f);
}

static void
guess_locks (InputSource *source, guint32 keysym)
{
  gboolean upper = keysym >= 'A' && keysym <= 'Z';
  gboolean shift = input_source_holds (source, SHIFT_LEFT) || input_source_holds (source, SHIFT_RIGHT);
  gboolean digits;

  if (upper || (keysym >= 'a' && keysym <= 'z'))
    input_source_locks (source, upper != shift ? GLASS_LED_CAPS : 0, GLASS_LED_CAPS);
  else if (is_keypad (keysym, &digits) && !shift)
    input_source_locks (source, digits ? GLASS_LED_NUM : 0, GLASS_LED_NUM);
}

void
vnc_input_key (VncInput *input, QemuInput *qemu, const RfbRequest *request, gboolean guess)
{
  guint32 key = request->key.key != 0 ? request->key.key : vnc_keysym_to_key (request->key.keysym);
  InputSource *source = get_source (input, qemu);

  if (key < 1 || key > GLASS_KEY_MAX)
    return;
  if (guess && request->key.down)
    guess_locks (source, request->key.keysym);
  input_source_key (source, key, request->key.down);
}

static void
move (VncInput *input, InputSource *source, const RfbRequest *request, const VncPointerMode *mode)
{
  guint16 x = request->pointer.x;
  guint16 y = request->pointer.y;

  if (mode->absolute)
    input_source_move (source, MIN (x, mode->width - 1), MIN (y, mode->height - 1));
  else if (mode->told)
    {
      gint32 dx = (gint32) x - RFB_POINTER_CENTRE;
      gint32 dy = (gint32) y - RFB_POINTER_CENTRE;

      if (dx != 0 || dy != 0)
        input_source_move_relative (source, CLAMP (dx, -GLASS_RELATIVE_MAX, GLASS_RELATIVE_MAX),
                                    CLAMP (dy, -GLASS_RELATIVE_MAX, GLASS_RELATIVE_MAX));
    }
  else if (input->placed && (x != input->x || y != input->y))
    {
      gint32 dx = (gint32) x - input->x;
      gint32 dy = (gint32) y - input->y;

      input_source_move_relative (source, CLAMP (dx, -GLASS_RELATIVE_MAX, GLASS_RELATIVE_MAX),
                                  CLAMP (dy, -GLASS_RELATIVE_MAX, GLASS_RELATIVE_MAX));
    }
  input->placed = TRUE;
  input->x = x;
  input->y = y;
}

void
vnc_input_pointer (VncInput *input,
                   QemuInput *qemu,
                   const RfbRequest *request,
                   const VncPointerMode *mode)
{
  /* By bit; -1 where QEMU has none (the horizontal wheel). */
  static const gint8 buttons[8] = {
    GLASS_BUTTON_LEFT,
    GLASS_BUTTON_MIDDLE,
    GLASS_BUTTON_RIGHT,
    GLASS_BUTTON_WHEEL_UP,
    GLASS_BUTTON_WHEEL_DOWN,
    -1,
    -1,
    GLASS_BUTTON_SIDE,
  };
  InputSource *source = get_source (input, qemu);
  guint8 changed = input->buttons ^ request->pointer.buttons;

  move (input, source, request, mode);
  for (guint i = 0; i < 8; i++)
    if ((changed & (1u << i)) && buttons[i] >= 0)
      input_source_button (source, buttons[i], (request->pointer.buttons & (1u << i)) != 0);
  input->buttons = request->pointer.buttons;
}

void
vnc_input_resize (VncInput *input, QemuInput *qemu, guint16 width, guint16 height)
{
  GlassResize resize = { GLASS_RESIZE, MIN (width, GLASS_DIMENSION_MAX),
                         MIN (height, GLASS_DIMENSION_MAX), 0, 0 };

  input_source_resize (get_source (input, qemu), &resize);
}
