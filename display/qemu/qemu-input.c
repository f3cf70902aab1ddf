/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Input to QEMU over D-Bus: org.qemu.Display1.Keyboard, Mouse, MultiTouch and Console.SetUIInfo.
 * Runs in vitrine-display on the main loop. Must never queue without bound, however fast viewers
 * type and however slowly QEMU answers.
 */
#include "qemu-input.h"

#include "vt-qemu-dbus.h"

/* A guest takes a while to change its mode, and a window being resized asks 60 times a second. */
#define RESIZE_DELAY_MS 150
/* Between two lock keys pressed for a viewer: a PS/2 keyboard that is being told its lights loses keys. */
#define LOCK_DELAY_MS 100

/* Lock keys by their light's bit. */
static const struct
{
  guint32 led;
  guint8 key;
} lock_keys[] = {
  { GLASS_LED_CAPS, 0x3a },
  { GLASS_LED_NUM, 0x45 },
  { GLASS_LED_SCROLL, 0x46 },
};

#define TOUCH_BEGIN 0u
#define TOUCH_END 2u
#define TOUCH_CANCEL 3u

typedef struct
{
  QemuInput *input;
  guint number;
  VtQemuMouse *mouse; /* owned, as what follows; NULL: QEMU has no such head */
  VtQemuConsole *console;
  guint resize_timer;
  gboolean resizing; /* a SetUIInfo is out */
  gboolean fixed;    /* QEMU has refused one */
  gboolean have_resize;
  GlassResize resize; /* of 0 x 0: off */
} InputHead;

/* Keys, buttons and touches go to the first head: a guest has one keyboard and one pointer. */
struct _QemuInput
{
  GDBusConnection *connection; /* owned, as what follows */
  VtQemuKeyboard *keyboard;
  VtQemuMultiTouch *touch;
  GCancellable *cancellable; /* ends the calls with us */
  InputHead heads[GLASS_HEADS_MAX];
  guint n_heads;
  HeadLayout layout;

  void (*relieved) (gpointer user_data);
  gpointer user_data;

  guint key_holders[GLASS_KEY_MAX + 1]; /* how many viewers hold each */
  guint button_holders[GLASS_BUTTON_LAST + 1];
  guint32 leds;  /* as the guest last said */
  guint32 locks; /* and as they are by what was pressed since */
  guint32 wish;  /* what those of wish_mask are to become */
  guint32 wish_mask;
  guint lock_timer; /* until the next may be pressed */

  gboolean moving; /* a motion call is out */
  enum
  {
    MOVE_NONE,
    MOVE_ABSOLUTE,
    MOVE_RELATIVE
  } next_move;
  HeadPlace place;
  gint32 dx, dy;
};

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

/* Our generated proxies neither load properties nor listen to signals (qemu-broker.c does), so that
 * making one costs no call. */
#define PROXY_FLAGS                                                                                \
  (G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES | G_DBUS_PROXY_FLAGS_DO_NOT_CONNECT_SIGNALS)

QemuInput *
qemu_input_new (GDBusConnection *connection,
                void (*relieved) (gpointer user_data),
                gpointer user_data)
{
  QemuInput *input = g_new0 (QemuInput, 1);

  input->connection = g_object_ref (connection);
  input->relieved = relieved;
  input->user_data = user_data;
  input->cancellable = g_cancellable_new ();
  return input;
}

static gboolean
add_keyboard (QemuInput *input, const char *path, GError **error)
{
  input->keyboard =
      vt_qemu_keyboard_proxy_new_sync (input->connection, PROXY_FLAGS, NULL, path, NULL, error);
  if (input->keyboard == NULL)
    return FALSE;
  input->touch =
      vt_qemu_multi_touch_proxy_new_sync (input->connection, PROXY_FLAGS, NULL, path, NULL, error);
  return input->touch != NULL;
}

gboolean
qemu_input_add_head (QemuInput *input, const char *path, GError **error)
{
  InputHead *head = &input->heads[input->n_heads];

  g_assert (input->n_heads < GLASS_HEADS_MAX);
  if (input->n_heads == 0 && !add_keyboard (input, path, error))
    return FALSE;
  head->input = input;
  head->number = input->n_heads++;
  head->mouse =
      vt_qemu_mouse_proxy_new_sync (input->connection, PROXY_FLAGS, NULL, path, NULL, error);
  if (head->mouse == NULL)
    return FALSE;
  head->console =
      vt_qemu_console_proxy_new_sync (input->connection, PROXY_FLAGS, NULL, path, NULL, error);
  return head->console != NULL;
}

void
qemu_input_set_head (QemuInput *input, guint head, guint32 width, guint32 height, gboolean lit)
{
  input->layout.heads[head].width = width;
  input->layout.heads[head].height = height;
  input->layout.heads[head].lit = lit && width > 0;
}

void
qemu_input_set_leds (QemuInput *input, guint32 leds)
{
  guint32 changed = input->leds ^ leds;

  input->leds = leds;
  input->locks = (input->locks & ~changed) | (leds & changed);
}

void
qemu_input_free (QemuInput *input)
{
  if (input == NULL)
    return;
  g_cancellable_cancel (input->cancellable);
  g_clear_handle_id (&input->lock_timer, g_source_remove);
  for (guint i = 0; i < input->n_heads; i++)
    {
      g_clear_handle_id (&input->heads[i].resize_timer, g_source_remove);
      g_clear_object (&input->heads[i].mouse);
      g_clear_object (&input->heads[i].console);
    }
  g_clear_object (&input->keyboard);
  g_clear_object (&input->touch);
  g_clear_object (&input->cancellable);
  g_clear_object (&input->connection);
  g_free (input);
}

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

/* Somebody has pressed it: that is what they want it to be. */
static void
note_lock (QemuInput *input, guint32 key)
{
  for (gsize i = 0; i < G_N_ELEMENTS (lock_keys); i++)
    if (lock_keys[i].key == key)
      {
        input->locks ^= lock_keys[i].led;
        input->wish_mask &= ~lock_keys[i].led;
      }
}

static gboolean
holds_lock_key (QemuInput *input)
{
  for (gsize i = 0; i < G_N_ELEMENTS (lock_keys); i++)
    if (input->key_holders[lock_keys[i].key] > 0)
      return TRUE;
  return FALSE;
}

static void lead_locks (QemuInput *input);

static gboolean
on_lock_timer (gpointer user_data)
{
  QemuInput *input = user_data;

  input->lock_timer = 0;
  if (!holds_lock_key (input))
    lead_locks (input);
  return G_SOURCE_REMOVE;
}

/* One that is not as it is wished; then the next. */
static void
lead_locks (QemuInput *input)
{
  guint32 wrong = (input->locks ^ input->wish) & input->wish_mask;

  for (gsize i = 0; i < G_N_ELEMENTS (lock_keys); i++)
    {
      if (!(wrong & lock_keys[i].led))
        continue;
      vt_qemu_keyboard_call_press (input->keyboard, lock_keys[i].key, input->cancellable, NULL, NULL);
      vt_qemu_keyboard_call_release (input->keyboard, lock_keys[i].key, input->cancellable, NULL,
                                     NULL);
      note_lock (input, lock_keys[i].key);
      input->lock_timer = g_timeout_add (LOCK_DELAY_MS, on_lock_timer, input);
      return;
    }
  input->wish_mask = 0; /* come true */
}

gboolean
input_source_holds (InputSource *source, guint32 key)
{
  return (source->keys[key / 8] & 1u << (key % 8)) != 0;
}

void
input_source_locks (InputSource *source, guint32 leds, guint32 mask)
{
  QemuInput *input = source->input;

  if (holds_lock_key (input))
    return;
  input->wish = (input->wish & ~mask) | (leds & mask);
  input->wish_mask |= mask;
  if (input->lock_timer == 0)
    lead_locks (input);
}

void
input_source_key (InputSource *source, guint32 key, gboolean down)
{
  QemuInput *input = source->input;
  guint8 bit = 1u << (key % 8);
  gboolean held = input_source_holds (source, key);

  if (down && !held && input->key_holders[key]++ == 0)
    note_lock (input, key);
  if (!down && (!held || --input->key_holders[key] > 0))
    {
      source->keys[key / 8] &= ~bit;
      return;
    }
  source->keys[key / 8] = down ? source->keys[key / 8] | bit : source->keys[key / 8] & ~bit;
  call_key (source, key, down); /* down again while held: the viewer's auto-repeat */
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

static void send_resize (InputHead *head);

static void
on_resized (GObject *proxy, GAsyncResult *result, gpointer user_data)
{
  InputHead *head = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) values = g_dbus_proxy_call_finish (G_DBUS_PROXY (proxy), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  head->fixed = values == NULL && g_dbus_error_is_remote_error (error);
  head->resizing = FALSE;
  if (head->have_resize && head->resize_timer == 0)
    send_resize (head);
}

static void
send_resize (InputHead *head)
{
  QemuInput *input = head->input;
  const GlassResize *resize = &head->resize;

  head->have_resize = FALSE;
  head->resizing = TRUE;
  vt_qemu_console_call_set_uiinfo (
      head->console, MIN (resize->width_mm, G_MAXUINT16), MIN (resize->height_mm, G_MAXUINT16),
      head_layout_left (&input->layout, head->number), 0, resize->width, resize->height,
      input->cancellable, on_resized, head);
}

static gboolean
on_resize_timer (gpointer user_data)
{
  InputHead *head = user_data;

  head->resize_timer = 0;
  if (!head->resizing)
    send_resize (head);
  return G_SOURCE_REMOVE;
}

void
input_source_resize (InputSource *source, const GlassResize *resize)
{
  InputHead *head = &source->input->heads[source->head];

  if (head->console == NULL)
    return;
  head->resize = *resize;
  head->have_resize = TRUE;
  if (head->resize_timer == 0)
    head->resize_timer = g_timeout_add (RESIZE_DELAY_MS, on_resize_timer, head);
}

gboolean
qemu_input_can_resize (QemuInput *input, guint head)
{
  return input->heads[head].console != NULL && !input->heads[head].fixed;
}

void
input_source_head_off (InputSource *source)
{
  const GlassResize off = { .type = GLASS_RESIZE };

  if (source->head > 0)
    input_source_resize (source, &off);
}

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
