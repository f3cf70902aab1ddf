/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A SPICE viewer's input. Runs in vitrine-display on the main loop, on messages that the front end
 * has framed and the library has read; numbers are held within the limits of glass-wire.h here.
 */
#include "spice-input.h"

#define EXTENDED 0xe0u
#define PAUSE_PREFIX 0xe1u
#define PAUSE_KEY 0xc6u

struct _SpiceInput
{
  SpiceServer *server; /* borrowed */
  guint head;
  gboolean view_only;
  QemuInput *(*get_input) (gpointer user_data);
  gpointer user_data;
  InputSource *source; /* owned; NULL before the first event */

  SpiceKbdInstance keyboard;
  SpiceMouseInstance mouse;
  SpiceTabletInstance tablet;
  gboolean has_tablet;
  guint32 width; /* what positions are within */
  guint32 height;

  guint8 prefix;      /* of the scan code under way, 0: none */
  guint8 pause_bytes; /* to come of the key that has three of them */
  guint32 buttons;    /* as the viewer last said */
  guint8 leds;
};

#define INPUT_OF(instance, member)                                                                 \
  ((SpiceInput *) ((char *) (instance) -G_STRUCT_OFFSET (SpiceInput, member)))

/* NULL: it may not, or there is nobody to take it. */
static InputSource *
get_source (SpiceInput *input)
{
  QemuInput *qemu = input->view_only ? NULL : input->get_input (input->user_data);

  if (qemu == NULL)
    return NULL;
  if (input->source == NULL)
    input->source = input_source_new (qemu, input->head);
  return input->source;
}

/* --- Keyboard --- */

static void
press (SpiceInput *input, guint32 key, gboolean down)
{
  InputSource *source = get_source (input);

  if (source != NULL && key >= 1 && key <= GLASS_KEY_MAX)
    input_source_key (source, key, down);
}

/* One byte of scan code set 1. */
static void
on_scan_code (SpiceKbdInstance *instance, uint8_t byte)
{
  SpiceInput *input = INPUT_OF (instance, keyboard);
  guint8 prefix = input->prefix;

  if (byte == 0) /* fills a message up */
    return;
  if (input->pause_bytes > 0)
    {
      if (--input->pause_bytes == 0)
        press (input, PAUSE_KEY, !(byte & 0x80));
      return;
    }
  input->prefix = 0;
  if (byte == PAUSE_PREFIX)
    input->pause_bytes = 2;
  else if (byte == EXTENDED)
    input->prefix = EXTENDED;
  else
    press (input, (byte & 0x7f) | (prefix == EXTENDED ? 0x80 : 0), !(byte & 0x80));
}

/* The library's bits are ours. */
static uint8_t
on_get_leds (SpiceKbdInstance *instance)
{
  return INPUT_OF (instance, keyboard)->leds;
}

/* --- Pointer --- */

static void
set_buttons (SpiceInput *input, InputSource *source, guint32 buttons)
{
  static const struct
  {
    guint32 mask;
    guint32 button;
  } map[] = {
    { 1u << 0, GLASS_BUTTON_LEFT },  { 1u << 1, GLASS_BUTTON_MIDDLE },
    { 1u << 2, GLASS_BUTTON_RIGHT }, { 1u << 5, GLASS_BUTTON_SIDE },
    { 1u << 6, GLASS_BUTTON_EXTRA },
  };
  guint32 changed = buttons ^ input->buttons;

  for (gsize i = 0; i < G_N_ELEMENTS (map); i++)
    if (changed & map[i].mask)
      input_source_button (source, map[i].button, (buttons & map[i].mask) != 0);
  input->buttons = buttons;
}

static void
turn_wheel (InputSource *source, int steps)
{
  guint32 button = steps < 0 ? GLASS_BUTTON_WHEEL_UP : GLASS_BUTTON_WHEEL_DOWN;

  if (steps == 0)
    return;
  input_source_button (source, button, TRUE);
  input_source_button (source, button, FALSE);
}

static void
on_motion (SpiceMouseInstance *instance, int dx, int dy, int dz, uint32_t buttons)
{
  SpiceInput *input = INPUT_OF (instance, mouse);
  InputSource *source = get_source (input);

  if (source == NULL)
    return;
  if (dx != 0 || dy != 0)
    input_source_move_relative (source, CLAMP (dx, -GLASS_RELATIVE_MAX, GLASS_RELATIVE_MAX),
                                CLAMP (dy, -GLASS_RELATIVE_MAX, GLASS_RELATIVE_MAX));
  turn_wheel (source, dz);
  set_buttons (input, source, buttons);
}

static void
on_mouse_buttons (SpiceMouseInstance *instance, uint32_t buttons)
{
  SpiceInput *input = INPUT_OF (instance, mouse);
  InputSource *source = get_source (input);

  if (source != NULL)
    set_buttons (input, source, buttons);
}

static void
on_size (SpiceTabletInstance *instance, int width, int height)
{
  SpiceInput *input = INPUT_OF (instance, tablet);

  input->width = CLAMP (width, 1, (int) GLASS_DIMENSION_MAX);
  input->height = CLAMP (height, 1, (int) GLASS_DIMENSION_MAX);
}

static void
on_position (SpiceTabletInstance *instance, int x, int y, uint32_t buttons)
{
  SpiceInput *input = INPUT_OF (instance, tablet);
  InputSource *source = get_source (input);

  if (source == NULL || input->width == 0)
    return;
  input_source_move (source, CLAMP (x, 0, (int) input->width - 1),
                     CLAMP (y, 0, (int) input->height - 1));
  set_buttons (input, source, buttons);
}

static void
on_wheel (SpiceTabletInstance *instance, int steps, uint32_t buttons)
{
  SpiceInput *input = INPUT_OF (instance, tablet);
  InputSource *source = get_source (input);

  if (source == NULL)
    return;
  turn_wheel (source, steps);
  set_buttons (input, source, buttons);
}

static void
on_tablet_buttons (SpiceTabletInstance *instance, uint32_t buttons)
{
  SpiceInput *input = INPUT_OF (instance, tablet);
  InputSource *source = get_source (input);

  if (source != NULL)
    set_buttons (input, source, buttons);
}

/* --- For the console --- */

static const SpiceKbdInterface keyboard_interface = {
  .base = { SPICE_INTERFACE_KEYBOARD, "keyboard", SPICE_INTERFACE_KEYBOARD_MAJOR,
            SPICE_INTERFACE_KEYBOARD_MINOR },
  .push_scan_freg = on_scan_code,
  .get_leds = on_get_leds,
};

static const SpiceMouseInterface mouse_interface = {
  .base = { SPICE_INTERFACE_MOUSE, "mouse", SPICE_INTERFACE_MOUSE_MAJOR,
            SPICE_INTERFACE_MOUSE_MINOR },
  .motion = on_motion,
  .buttons = on_mouse_buttons,
};

static const SpiceTabletInterface tablet_interface = {
  .base = { SPICE_INTERFACE_TABLET, "tablet", SPICE_INTERFACE_TABLET_MAJOR,
            SPICE_INTERFACE_TABLET_MINOR },
  .set_logical_size = on_size,
  .position = on_position,
  .wheel = on_wheel,
  .buttons = on_tablet_buttons,
};

gboolean
spice_input_is_busy (SpiceInput *input)
{
  return input->source != NULL && input_source_is_busy (input->source);
}

void
spice_input_set_absolute (SpiceInput *input, gboolean absolute)
{
  if (absolute == input->has_tablet)
    return;
  input->has_tablet = absolute;
  if (absolute)
    spice_server_add_interface (input->server, &input->tablet.base);
  else
    spice_server_remove_interface (&input->tablet.base);
}

void
spice_input_set_leds (SpiceInput *input, guint32 leds)
{
  if (leds == input->leds)
    return;
  input->leds = leds;
  spice_server_kbd_leds (&input->keyboard, leds);
}

void
spice_input_resize (SpiceInput *input, guint32 width, guint32 height)
{
  InputSource *source = get_source (input);
  GlassResize resize = { GLASS_RESIZE, MIN (width, GLASS_DIMENSION_MAX),
                         MIN (height, GLASS_DIMENSION_MAX), 0, 0 };

  if (source != NULL && width > 0 && height > 0)
    input_source_resize (source, &resize);
}

SpiceInput *
spice_input_new (SpiceServer *server,
                 guint head,
                 gboolean view_only,
                 QemuInput *(*get_input) (gpointer user_data),
                 gpointer user_data)
{
  SpiceInput *input = g_new0 (SpiceInput, 1);

  input->server = server;
  input->head = head;
  input->view_only = view_only;
  input->get_input = get_input;
  input->user_data = user_data;
  input->keyboard.base.sif = &keyboard_interface.base;
  input->mouse.base.sif = &mouse_interface.base;
  input->tablet.base.sif = &tablet_interface.base;
  spice_server_add_interface (server, &input->keyboard.base);
  spice_server_add_interface (server, &input->mouse.base);
  return input;
}

void
spice_input_free (SpiceInput *input)
{
  if (input == NULL)
    return;
  input_source_free (input->source);
  g_free (input);
}
