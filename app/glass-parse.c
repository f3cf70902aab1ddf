/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Parser of the glass protocol's downward messages (B7). Runs in the front ends, on bytes of a
 * display process that may have been taken over. Pure; must never assert on input.
 */
#include "glass-parse.h"

#include "clipboard-policy.h"

typedef gboolean (*Check) (const GlassState *state, GlassMessage *message);

static gboolean
check_welcome (const GlassState *state, GlassMessage *message)
{
  return message->welcome.version == GLASS_VERSION && message->welcome.console == state->console;
}

static gboolean
check_scanout (const GlassState *state, GlassMessage *message)
{
  const GlassScanout *scanout = &message->scanout;
  guint64 bytes = (guint64) scanout->stride * scanout->height;

  if (scanout->width < 1 || scanout->width > GLASS_DIMENSION_MAX || scanout->height < 1 ||
      scanout->height > GLASS_DIMENSION_MAX || scanout->format != GLASS_FORMAT_XRGB8888 ||
      scanout->stride % 4 != 0 || scanout->stride < scanout->width * 4 ||
      bytes > GLASS_FRAME_BYTES_MAX)
    return FALSE;
  message->fd_bytes = bytes;
  return TRUE;
}

static gboolean
is_inside (const GlassState *state, const GlassRect *rect)
{
  return rect->x < state->width && rect->y < state->height && rect->width >= 1 &&
         rect->height >= 1 && rect->width <= state->width - rect->x &&
         rect->height <= state->height - rect->y;
}

static gboolean
check_damage (const GlassState *state, GlassMessage *message)
{
  /* There is a frame, all of it has been acknowledged, and none was left out. */
  if (state->width == 0 || state->outstanding || message->damage.serial != state->serial + 1 ||
      message->damage.n_updates < 1)
    return FALSE;
  for (guint i = 0; i < message->damage.n_rects; i++)
    if (!is_inside (state, &message->damage.rects[i]))
      return FALSE;
  return TRUE;
}

static gboolean
check_cursor (const GlassState *state, GlassMessage *message)
{
  const GlassCursor *cursor = &message->cursor;

  if (cursor->width == 0)
    return TRUE;
  if (cursor->width > GLASS_CURSOR_DIMENSION_MAX || cursor->height < 1 ||
      cursor->height > GLASS_CURSOR_DIMENSION_MAX || cursor->hot_x >= cursor->width ||
      cursor->hot_y >= cursor->height)
    return FALSE;
  message->fd_bytes = (gsize) cursor->width * cursor->height * 4;
  return TRUE;
}

static gboolean
check_position (const GlassState *state, GlassMessage *message)
{
  return message->position.visible <= 1;
}

static gboolean
check_mode (const GlassState *state, GlassMessage *message)
{
  return message->mode.absolute <= 1;
}

static gboolean
check_leds (const GlassState *state, GlassMessage *message)
{
  return (message->leds.leds & ~(GLASS_LED_SCROLL | GLASS_LED_NUM | GLASS_LED_CAPS)) == 0;
}

static gboolean
check_blank (const GlassState *state, GlassMessage *message)
{
  return TRUE;
}

/* Heads may be told one after the other, but are never taken away. */
static gboolean
check_heads (const GlassState *state, GlassMessage *message)
{
  const GlassHeads *heads = &message->heads;

  return heads->count >= MAX (state->n_heads, 1) && heads->count <= GLASS_HEADS_MAX &&
         heads->lit < 1u << heads->count;
}

/* Nobody is told of sound who did not ask, nor that a microphone is wanted that was not offered. */
static gboolean
check_sound (const GlassState *state, GlassMessage *message)
{
  if (message->sound.state & ~(GLASS_SOUND_PLAYING | GLASS_SOUND_RECORDING))
    return FALSE;
  if ((message->sound.state & GLASS_SOUND_RECORDING) && !(state->sound_wished & GLASS_SOUND_SPEAK))
    return FALSE;
  return state->sound_wished != 0;
}

static gboolean
check_played (const GlassState *state, GlassMessage *message)
{
  return (state->sound_wished & GLASS_SOUND_HEAR) != 0;
}

static gboolean
check_clipboard_offer (const GlassState *state, GlassMessage *message)
{
  return (message->clipboard_offer.kinds & ~GLASS_CLIPBOARD_KINDS_ALL) == 0;
}

static gboolean
check_clipboard_want (const GlassState *state, GlassMessage *message)
{
  const GlassClipboardWant *want = &message->clipboard_want;

  return want->number != 0 &&
         (want->kind == GLASS_CLIPBOARD_TEXT || want->kind == GLASS_CLIPBOARD_PNG);
}

/* Only what was asked for. */
static gboolean
check_clipboard_data (const GlassState *state, GlassMessage *message)
{
  const GlassClipboardData *data = &message->clipboard_data;

  if (data->number == 0 || data->number != state->fetch || data->kind != state->fetch_kind ||
      data->size > GLASS_CLIPBOARD_BYTES_MAX)
    return FALSE;
  message->fd_bytes = data->size;
  return TRUE;
}

static gboolean
check_clipboard_state (const GlassState *state, GlassMessage *message)
{
  const GlassClipboardState *clipboard = &message->clipboard_state;

  return clipboard->policy <= CLIPBOARD_POLICY_LAST && clipboard->direction <= CLIPBOARD_FROM_GUEST;
}

/* Each message's fixed size and check, by type. */
static const struct
{
  guint32 type;
  gsize size;
  Check check;
} kinds[] = {
  { GLASS_WELCOME, sizeof (GlassWelcome), check_welcome },
  { GLASS_SCANOUT, sizeof (GlassScanout), check_scanout },
  { GLASS_DAMAGE, sizeof (GlassDamage), check_damage },
  { GLASS_CURSOR, sizeof (GlassCursor), check_cursor },
  { GLASS_CURSOR_POSITION, sizeof (GlassCursorPosition), check_position },
  { GLASS_POINTER_MODE, sizeof (GlassPointerMode), check_mode },
  { GLASS_LEDS, sizeof (GlassLeds), check_leds },
  { GLASS_BLANK, sizeof (GlassBlank), check_blank },
  { GLASS_HEADS, sizeof (GlassHeads), check_heads },
  { GLASS_SOUND_STATE, sizeof (GlassSoundState), check_sound },
  { GLASS_SOUND_PLAYED, sizeof (GlassSoundPlayed), check_played },
  { GLASS_CLIPBOARD_OFFER, sizeof (GlassClipboardOffer), check_clipboard_offer },
  { GLASS_CLIPBOARD_WANT, sizeof (GlassClipboardWant), check_clipboard_want },
  { GLASS_CLIPBOARD_DATA, sizeof (GlassClipboardData), check_clipboard_data },
  { GLASS_CLIPBOARD_STATE, sizeof (GlassClipboardState), check_clipboard_state },
};

/* The messages are host-order structs of 32-bit fields: what follows the type is read whole. */
static gboolean
read_fields (Cursor *cursor, gsize size, GlassMessage *message)
{
  G_STATIC_ASSERT (G_STRUCT_OFFSET (GlassMessage, damage.rects) == sizeof (GlassDamage));
  cursor_read (cursor, (guint8 *) message + sizeof message->type, size - sizeof message->type);
  if (message->type == GLASS_DAMAGE)
    {
      if (message->damage.n_rects < 1 || message->damage.n_rects > GLASS_RECTS_MAX)
        return FALSE;
      cursor_read (cursor, message->damage.rects, message->damage.n_rects * sizeof (GlassRect));
    }
  if (message->type == GLASS_SOUND_PLAYED)
    {
      if (message->played.n_frames < 1 || message->played.n_frames > GLASS_SOUND_FRAMES_MAX)
        return FALSE;
      cursor_read (cursor, message->played.frames,
                   message->played.n_frames * sizeof (GlassSoundFrame));
    }
  return cursor_is_done (cursor);
}

ParseResult
glass_parse_message (const GlassState *state,
                     const void *data,
                     gsize size,
                     guint n_fds,
                     GlassMessage *ret_message)
{
  Cursor cursor = cursor_init (data, size);
  GlassMessage message = { .type = cursor_u32 (&cursor) };

  if (cursor.failed || state->welcomed == (message.type == GLASS_WELCOME))
    return PARSE_BAD;
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      if (kinds[i].type != message.type)
        continue;
      if (!read_fields (&cursor, kinds[i].size, &message) || !kinds[i].check (state, &message) ||
          n_fds != (message.fd_bytes > 0 ? 1 : 0))
        return PARSE_BAD;
      *ret_message = message;
      return PARSE_OK;
    }
  return PARSE_BAD;
}

void
glass_state_apply (GlassState *state, const GlassMessage *message)
{
  switch (message->type)
    {
    case GLASS_WELCOME:
      state->welcomed = TRUE;
      break;
    case GLASS_SCANOUT:
      state->width = message->scanout.width;
      state->height = message->scanout.height;
      state->serial = message->scanout.serial;
      state->outstanding = TRUE;
      break;
    case GLASS_DAMAGE:
      state->serial = message->damage.serial;
      state->outstanding = TRUE;
      break;
    case GLASS_HEADS:
      state->n_heads = message->heads.count;
      break;
    case GLASS_BLANK:
      state->width = state->height = 0;
      state->outstanding = FALSE;
      break;
    case GLASS_CLIPBOARD_DATA:
      state->fetch = 0;
      break;
    default:
      break;
    }
}
