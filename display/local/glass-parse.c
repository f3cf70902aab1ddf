/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Parser of the glass protocol's upward messages. Runs in vitrine-display. Pure; must never assert
 * on input.
 */
#include "glass-parse.h"

/* Each message's size and check, by type. */
static gboolean
check_hello (const GlassRequest *request)
{
  return request->hello.version == GLASS_VERSION && request->hello.console < GLASS_HEADS_MAX;
}

static gboolean
check_ack (const GlassRequest *request)
{
  return TRUE;
}

static gboolean
check_key (const GlassRequest *request)
{
  const GlassKey *key = &request->key;

  return key->key >= 1 && key->key <= GLASS_KEY_MAX && key->down <= 1;
}

static gboolean
check_absolute (const GlassRequest *request)
{
  return request->absolute.x < GLASS_DIMENSION_MAX && request->absolute.y < GLASS_DIMENSION_MAX;
}

static gboolean
is_step (gint32 value)
{
  return value >= -GLASS_RELATIVE_MAX && value <= GLASS_RELATIVE_MAX;
}

static gboolean
check_relative (const GlassRequest *request)
{
  return is_step (request->relative.dx) && is_step (request->relative.dy);
}

static gboolean
check_button (const GlassRequest *request)
{
  return request->button.button <= GLASS_BUTTON_LAST && request->button.down <= 1;
}

static gboolean
check_touch (const GlassRequest *request)
{
  const GlassTouch *touch = &request->touch;

  return touch->kind <= 3 && touch->slot < GLASS_TOUCH_SLOTS_MAX &&
         touch->x < GLASS_DIMENSION_MAX && touch->y < GLASS_DIMENSION_MAX;
}

static gboolean
check_resize (const GlassRequest *request)
{
  const GlassResize *resize = &request->resize;

  return resize->width >= 1 && resize->width <= GLASS_DIMENSION_MAX && resize->height >= 1 &&
         resize->height <= GLASS_DIMENSION_MAX;
}

static gboolean
check_sound (const GlassRequest *request)
{
  return (request->sound.wish & ~(GLASS_SOUND_HEAR | GLASS_SOUND_SPEAK)) == 0;
}

static gboolean
check_head_off (const GlassRequest *request)
{
  return TRUE;
}

static gboolean
check_locks (const GlassRequest *request)
{
  return (request->locks.leds & ~GLASS_LEDS_ALL) == 0;
}

static gboolean
is_kind (guint32 kind)
{
  return kind == GLASS_CLIPBOARD_TEXT || kind == GLASS_CLIPBOARD_PNG;
}

static gboolean
check_clipboard_give (const GlassRequest *request)
{
  return (request->clipboard_offer.kinds & ~GLASS_CLIPBOARD_KINDS_ALL) == 0;
}

static gboolean
check_clipboard_fetch (const GlassRequest *request)
{
  return request->clipboard_want.number != 0 && is_kind (request->clipboard_want.kind);
}

/* What answers nothing must hold something. */
static gboolean
check_clipboard_send (const GlassRequest *request)
{
  const GlassClipboardData *data = &request->clipboard_data;

  return is_kind (data->kind) && data->size <= GLASS_CLIPBOARD_BYTES_MAX &&
         (data->number != 0 || data->size > 0);
}

static gboolean
check_clipboard_decide (const GlassRequest *request)
{
  return request->clipboard_decision.question != 0 && request->clipboard_decision.allow <= 1;
}

static const struct
{
  guint32 type;
  gsize size;
  gboolean (*check) (const GlassRequest *request);
} requests[] = {
  { GLASS_HELLO, sizeof (GlassHello), check_hello },
  { GLASS_ACK, sizeof (GlassAck), check_ack },
  { GLASS_KEY, sizeof (GlassKey), check_key },
  { GLASS_POINTER_ABSOLUTE, sizeof (GlassPointerAbsolute), check_absolute },
  { GLASS_POINTER_RELATIVE, sizeof (GlassPointerRelative), check_relative },
  { GLASS_BUTTON, sizeof (GlassButton), check_button },
  { GLASS_TOUCH, sizeof (GlassTouch), check_touch },
  { GLASS_RESIZE, sizeof (GlassResize), check_resize },
  { GLASS_SOUND_WISH, sizeof (GlassSoundWish), check_sound },
  { GLASS_HEAD_OFF, sizeof (GlassHeadOff), check_head_off },
  { GLASS_LOCKS, sizeof (GlassLocks), check_locks },
  { GLASS_CLIPBOARD_GIVE, sizeof (GlassClipboardOffer), check_clipboard_give },
  { GLASS_CLIPBOARD_FETCH, sizeof (GlassClipboardWant), check_clipboard_fetch },
  { GLASS_CLIPBOARD_SEND, sizeof (GlassClipboardData), check_clipboard_send },
  { GLASS_CLIPBOARD_DECIDE, sizeof (GlassClipboardDecision), check_clipboard_decide },
};

guint
glass_parse_count_fds (const GlassRequest *request)
{
  return request->type == GLASS_CLIPBOARD_SEND && request->clipboard_data.size > 0 ? 1 : 0;
}

ParseResult
glass_parse_request (const void *data, gsize size, GlassRequest *ret_request)
{
  Cursor cursor = cursor_init (data, size);
  guint32 type = cursor_u32 (&cursor);

  for (gsize i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      GlassRequest request = { .type = type };

      if (requests[i].type != type)
        continue;
      /* The messages are host-order structs of 32-bit fields: what follows the type is read whole.
       */
      cursor_read (&cursor, (guint8 *) &request + sizeof type, requests[i].size - sizeof type);
      if (!cursor_is_done (&cursor) || !requests[i].check (&request))
        return PARSE_BAD;
      *ret_request = request;
      return PARSE_OK;
    }
  return PARSE_BAD;
}

ParseResult
glass_parse_recorded (const void *data,
                      gsize size,
                      GlassSoundFrame ret_frames[static GLASS_SOUND_FRAMES_MAX],
                      guint *ret_n)
{
  Cursor cursor = cursor_init (data, size);
  guint32 type = cursor_u32 (&cursor);
  guint32 n = cursor_u32 (&cursor);

  if (type != GLASS_SOUND_RECORDED || n < 1 || n > GLASS_SOUND_FRAMES_MAX ||
      cursor_left (&cursor) != n * sizeof (GlassSoundFrame))
    return PARSE_BAD;
  cursor_read (&cursor, ret_frames, n * sizeof (GlassSoundFrame));
  *ret_n = n;
  return PARSE_OK;
}
