/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Input to QEMU over D-Bus: org.qemu.Display1.Keyboard, Mouse, MultiTouch and Console.SetUIInfo;
 * its life, the lock keys and the sizes of heads. Runs in vitrine-display on the main loop.
 */
#include "qemu-input-private.h"

/* A guest takes a while to change its mode, and a window being resized asks 60 times a second. */
#define RESIZE_DELAY_MS 150
/* Between two lock keys pressed for a viewer: a PS/2 keyboard that is being told its lights loses
 * keys. */
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

/* --- Lock keys --- */

void
qemu_input_note_lock (QemuInput *input, guint32 key)
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
      vt_qemu_keyboard_call_press (input->keyboard, lock_keys[i].key, input->cancellable, NULL,
                                   NULL);
      vt_qemu_keyboard_call_release (input->keyboard, lock_keys[i].key, input->cancellable, NULL,
                                     NULL);
      qemu_input_note_lock (input, lock_keys[i].key);
      input->lock_timer = g_timeout_add (LOCK_DELAY_MS, on_lock_timer, input);
      return;
    }
  input->wish_mask = 0; /* come true */
}

void
qemu_input_wish_locks (QemuInput *input, guint32 leds, guint32 mask)
{
  if (holds_lock_key (input))
    return;
  input->wish = (input->wish & ~mask) | (leds & mask);
  input->wish_mask |= mask;
  if (input->lock_timer == 0)
    lead_locks (input);
}

/* --- Sizes --- */

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
qemu_input_resize (QemuInput *input, guint number, const GlassResize *resize)
{
  InputHead *head = &input->heads[number];

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
