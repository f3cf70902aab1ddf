/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What one viewer does at the keyboard and the pointer that all share. Runs in vitrine-display on
 * the main loop. Must never queue without bound, however fast viewers type and however slowly QEMU
 * answers.
 */
#include "qemu-input-private.h"

#define TOUCH_BEGIN 0u
#define TOUCH_END 2u
#define TOUCH_CANCEL 3u

/* A reference for its viewer and one for each call: answers may come after the viewer has gone. */
struct _InputSource
{
  QemuInput *input; /* borrowed */
  guint head;
  guint calls; /* sent and not answered */
  gboolean busy;
  gboolean gone;
  guint8 keys[(GLASS_KEY_MAX + 8) / 8];
  guint32 buttons; /* mask of those held */
  guint32 touches; /* mask of slots that have begun */
};

gboolean
input_source_is_busy (InputSource *source)
{
  return source->busy;
}

/* What the answer is to be taken with. */
static InputSource *
count_call (InputSource *source)
{
  source->calls++;
  if (source->calls >= INPUT_SOURCE_CALLS_MAX)
    source->busy = TRUE;
  return g_rc_box_acquire (source);
}

/* Takes the answer of any call; errors ("Mouse is not absolute") are QEMU's opinion and no more.
 * FALSE if the input is gone. */
static gboolean
finish_call (GObject *proxy, GAsyncResult *result)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) values = g_dbus_proxy_call_finish (G_DBUS_PROXY (proxy), result, &error);

  return values != NULL || !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
count_answer (InputSource *source)
{
  QemuInput *input = source->input;

  source->calls--;
  if (!source->busy || source->calls > INPUT_SOURCE_CALLS_MAX / 2)
    return;
  source->busy = FALSE;
  if (!source->gone)
    input->relieved (input->user_data);
}

static void
on_answer (GObject *proxy, GAsyncResult *result, gpointer user_data)
{
  InputSource *source = user_data;

  if (finish_call (proxy, result))
    count_answer (source);
  g_rc_box_release (source);
}

/* --- The pointer --- */

static void on_moved (GObject *proxy, GAsyncResult *result, gpointer user_data);

static void
send_move (InputSource *source)
{
  QemuInput *input = source->input;

  if (input->next_move == MOVE_NONE)
    return;
  input->moving = TRUE;
  if (input->next_move == MOVE_ABSOLUTE)
    vt_qemu_mouse_call_set_abs_position (input->heads[input->place.head].mouse, input->place.x,
                                         input->place.y, input->cancellable, on_moved,
                                         count_call (source));
  else
    vt_qemu_mouse_call_rel_motion (input->heads[0].mouse, input->dx, input->dy, input->cancellable,
                                   on_moved, count_call (source));
  input->next_move = MOVE_NONE;
  input->dx = input->dy = 0;
}

static void
on_moved (GObject *proxy, GAsyncResult *result, gpointer user_data)
{
  InputSource *source = user_data;

  if (finish_call (proxy, result))
    {
      source->input->moving = FALSE;
      send_move (source); /* whoever moved it meanwhile */
      count_answer (source);
    }
  g_rc_box_release (source);
}

void
input_source_move (InputSource *source, guint32 x, guint32 y)
{
  QemuInput *input = source->input;
  HeadPlace place = head_layout_place (&input->layout, source->head, x, y);

  if (place.head >= input->n_heads)
    return;
  if (input->next_move == MOVE_RELATIVE)
    send_move (source);
  input->next_move = MOVE_ABSOLUTE;
  input->place = place;
  if (!input->moving)
    send_move (source);
}

void
input_source_move_relative (InputSource *source, gint32 dx, gint32 dy)
{
  QemuInput *input = source->input;
  const gint32 max = G_MAXINT32 / 2;

  if (input->next_move == MOVE_ABSOLUTE)
    send_move (source);
  input->next_move = MOVE_RELATIVE;
  input->dx = CLAMP (input->dx, -max, max) + dx;
  input->dy = CLAMP (input->dy, -max, max) + dy;
  if (!input->moving)
    send_move (source);
}

void
input_source_button (InputSource *source, guint32 button, gboolean down)
{
  QemuInput *input = source->input;
  guint32 bit = 1u << button;
  gboolean held = (source->buttons & bit) != 0;

  if (down == held)
    return;
  source->buttons ^= bit;
  input->button_holders[button] += down ? 1 : -1;
  if (input->button_holders[button] != (down ? 1 : 0))
    return;
  send_move (source); /* the click belongs where the pointer is by now */
  if (down)
    vt_qemu_mouse_call_press (input->heads[0].mouse, button, input->cancellable, on_answer,
                              count_call (source));
  else
    vt_qemu_mouse_call_release (input->heads[0].mouse, button, input->cancellable, on_answer,
                                count_call (source));
}

void
input_source_touch (InputSource *source, guint32 kind, guint32 slot, guint32 x, guint32 y)
{
  guint32 bit = 1u << slot;
  HeadPlace place = head_layout_place (&source->input->layout, source->head, x, y);

  if (kind == TOUCH_BEGIN)
    source->touches |= bit;
  else if (!(source->touches & bit))
    return;
  if (kind == TOUCH_END || kind == TOUCH_CANCEL)
    source->touches &= ~bit;
  vt_qemu_multi_touch_call_send_event (source->input->touch, kind, slot, place.x, place.y,
                                       source->input->cancellable, on_answer, count_call (source));
}

/* --- The keyboard --- */

static void
call_key (InputSource *source, guint32 key, gboolean down)
{
  QemuInput *input = source->input;

  if (down)
    vt_qemu_keyboard_call_press (input->keyboard, key, input->cancellable, on_answer,
                                 count_call (source));
  else
    vt_qemu_keyboard_call_release (input->keyboard, key, input->cancellable, on_answer,
                                   count_call (source));
}

gboolean
input_source_holds (InputSource *source, guint32 key)
{
  return (source->keys[key / 8] & 1u << (key % 8)) != 0;
}

void
input_source_locks (InputSource *source, guint32 leds, guint32 mask)
{
  qemu_input_wish_locks (source->input, leds, mask);
}

void
input_source_key (InputSource *source, guint32 key, gboolean down)
{
  QemuInput *input = source->input;
  guint8 bit = 1u << (key % 8);
  gboolean held = input_source_holds (source, key);

  if (down && !held && input->key_holders[key]++ == 0)
    qemu_input_note_lock (input, key);
  if (!down && (!held || --input->key_holders[key] > 0))
    {
      source->keys[key / 8] &= ~bit;
      return;
    }
  source->keys[key / 8] = down ? source->keys[key / 8] | bit : source->keys[key / 8] & ~bit;
  call_key (source, key, down); /* down again while held: the viewer's auto-repeat */
}

/* --- The head --- */

void
input_source_resize (InputSource *source, const GlassResize *resize)
{
  qemu_input_resize (source->input, source->head, resize);
}

void
input_source_head_off (InputSource *source)
{
  const GlassResize off = { .type = GLASS_RESIZE };

  if (source->head > 0)
    input_source_resize (source, &off);
}

/* --- Life --- */

InputSource *
input_source_new (QemuInput *input, guint head)
{
  InputSource *source = g_rc_box_new0 (InputSource);

  source->input = input;
  source->head = head;
  return source;
}

void
input_source_free (InputSource *source)
{
  if (source == NULL)
    return;
  for (guint32 key = 1; key <= GLASS_KEY_MAX; key++)
    if (source->keys[key / 8] & (1u << (key % 8)))
      input_source_key (source, key, FALSE);
  for (guint32 button = 0; button <= GLASS_BUTTON_LAST; button++)
    if (source->buttons & (1u << button))
      input_source_button (source, button, FALSE);
  for (guint32 slot = 0; slot < GLASS_TOUCH_SLOTS_MAX; slot++)
    if (source->touches & (1u << slot))
      input_source_touch (source, TOUCH_CANCEL, slot, 0, 0);
  source->gone = TRUE;
  g_rc_box_release (source);
}
