/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The frame of a SPICE viewer's messages. Pure; must never assert on input.
 */
#include "spice-message-parse.h"

typedef struct
{
  guint16 type;
  guint32 min; /* bytes of the body */
  guint32 max;
} Rule;

#define GOODBYE 6u

/* Migration, file transfer, ports, streams and what belongs to capabilities that we do not offer is
 * left out, and thereby refused. */
static const Rule any_channel[] = {
  { 1, 4, 4 },         /* ack sync: generation */
  { 2, 0, 0 },         /* ack */
  { 3, 12, 12 },       /* pong: id, time */
  { GOODBYE, 12, 12 }, /* disconnecting: time, reason */
  { 0 },
};

static const Rule main_channel[] = {
  { 101, 8, 8 },    /* client info: size of its cache */
  { 104, 0, 0 },    /* attach channels */
  { 105, 2, 2 },    /* mouse mode */
  { 106, 4, 4 },    /* agent start: tokens */
  { 107, 1, 2048 }, /* agent data */
  { 108, 4, 4 },    /* agent tokens */
  { 0 },
};

static const Rule display_channel[] = {
  { SPICE_WIRE_DISPLAY_INIT, SPICE_WIRE_DISPLAY_INIT_BYTES, SPICE_WIRE_DISPLAY_INIT_BYTES },
  { 0 },
};

static const Rule inputs_channel[] = {
  { 101, 4, 4 },   /* key down: scan code */
  { 102, 4, 4 },   /* key up */
  { 103, 2, 2 },   /* lock keys */
  { 104, 1, 16 },  /* scan codes */
  { 111, 10, 10 }, /* motion: dx, dy, buttons */
  { 112, 11, 11 }, /* position: x, y, buttons, display */
  { 113, 3, 3 },   /* button press: button, buttons */
  { 114, 3, 3 },   /* button release */
  { 0 },
};

static const Rule no_messages[] = {
  { 0 },
};

static const Rule record_channel[] = {
  { 101, 4, SPICE_WIRE_SOUND_BYTES_MAX }, /* sound: time, samples */
  { 102, 6, 64 },                         /* mode: time, mode, data */
  { 103, 4, 4 },                          /* start mark: time */
  { 0 },
};

static const Rule *const channels[SPICE_WIRE_CHANNEL_LAST + 1] = {
  [SPICE_WIRE_MAIN] = main_channel,     [SPICE_WIRE_DISPLAY] = display_channel,
  [SPICE_WIRE_INPUTS] = inputs_channel, [SPICE_WIRE_CURSOR] = no_messages,
  [SPICE_WIRE_PLAYBACK] = no_messages,  [SPICE_WIRE_RECORD] = record_channel,
};

void
spice_messages_init (SpiceMessages *messages, guint8 channel, gboolean mini)
{
  *messages = (SpiceMessages) { .channel = channel, .mini = mini };
}

static const Rule *
find_rule (const Rule *rules, guint16 type)
{
  for (; rules->type != 0; rules++)
    if (rules->type == type)
      return rules;
  return NULL;
}

static gboolean
is_looked_into (const SpiceMessages *messages)
{
  return messages->channel == SPICE_WIRE_DISPLAY && messages->type == SPICE_WIRE_DISPLAY_INIT;
}

static guint32
little_u32 (const guint8 *data)
{
  guint32 value;

  memcpy (&value, data, sizeof value);
  return GUINT32_FROM_LE (value);
}

static guint16
little_u16 (const guint8 *data)
{
  guint16 value;

  memcpy (&value, data, sizeof value);
  return GUINT16_FROM_LE (value);
}

static gsize
header_size (gboolean mini)
{
  return mini ? SPICE_WIRE_MINI_HEADER_BYTES : SPICE_WIRE_FULL_HEADER_BYTES;
}

static gboolean
take_header (SpiceMessages *messages)
{
  const guint8 *at = messages->header + (messages->mini ? 0 : 8); /* the serial is the viewer's */
  guint16 type = little_u16 (at);
  guint32 size = little_u32 (at + 2);
  const Rule *rule = find_rule (any_channel, type);

  if (messages->channel > SPICE_WIRE_CHANNEL_LAST || channels[messages->channel] == NULL)
    return FALSE;
  if (rule == NULL)
    rule = find_rule (channels[messages->channel], type);
  if (rule == NULL || size < rule->min || size > rule->max)
    return FALSE;
  if (!messages->mini && little_u32 (at + 6) != 0) /* viewers have no use for sub-messages */
    return FALSE;
  messages->type = type;
  messages->left = size;
  messages->n_body = 0;
  return TRUE;
}

/* pixmap cache id and size, dictionary id, window size */
static gboolean
check_display_init (const guint8 body[SPICE_WIRE_DISPLAY_INIT_BYTES])
{
  guint64 cache = little_u32 (body + 1) | (guint64) little_u32 (body + 5) << 32;
  guint32 window = little_u32 (body + 10);

  return cache <= SPICE_WIRE_CACHE_PIXELS_MAX && window <= SPICE_WIRE_WINDOW_PIXELS_MAX;
}

static gboolean
end_message (SpiceMessages *messages)
{
  messages->n_header = 0;
  messages->messages++;
  messages->said_goodbye |= messages->type == GOODBYE;
  return !is_looked_into (messages) || check_display_init (messages->body);
}

ParseResult
spice_messages_take (SpiceMessages *messages, const guint8 *data, gsize size)
{
  const gsize whole = header_size (messages->mini);

  while (size > 0)
    {
      gsize n;

      if (messages->n_header < whole)
        {
          n = MIN (size, whole - messages->n_header);
          memcpy (messages->header + messages->n_header, data, n);
          messages->n_header += n;
          if (messages->n_header == whole && !take_header (messages))
            return PARSE_BAD;
        }
      else
        {
          n = MIN (size, messages->left);
          if (is_looked_into (messages))
            {
              memcpy (messages->body + messages->n_body, data, n);
              messages->n_body += n;
            }
          messages->left -= n;
        }
      data += n;
      size -= n;
      if (messages->n_header == whole && messages->left == 0 && !end_message (messages))
        return PARSE_BAD;
    }
  return PARSE_OK;
}

gsize
spice_messages_init_size (gboolean mini)
{
  return header_size (mini) + SPICE_WIRE_DISPLAY_INIT_BYTES;
}

gboolean
spice_messages_is_init (const guint8 *data, gboolean mini)
{
  return little_u16 (data + (mini ? 0 : 8)) == SPICE_WIRE_DISPLAY_INIT;
}

void
spice_messages_make_init (guint8 *out, gboolean mini)
{
  guint16 type = GUINT16_TO_LE (SPICE_WIRE_DISPLAY_INIT);
  guint32 size = GUINT32_TO_LE (SPICE_WIRE_DISPLAY_INIT_BYTES);
  guint8 *at = out + (mini ? 0 : 8);

  memset (out, 0, spice_messages_init_size (mini));
  memcpy (at, &type, sizeof type);
  memcpy (at + sizeof type, &size, sizeof size);
  out[header_size (mini)] = 1;     /* pixmap cache: its number, of no pixels */
  out[header_size (mini) + 9] = 1; /* dictionary: its number; its window is of no pixels */
}

gsize
spice_cuts_take (SpiceCuts *cuts, const guint8 *data, gsize size)
{
  const gsize whole = header_size (cuts->mini);
  gsize used = 0;

  if (cuts->n_header < whole)
    {
      used = MIN (size, whole - cuts->n_header);
      memcpy (cuts->header + cuts->n_header, data, used);
      cuts->n_header += used;
      if (cuts->n_header == whole)
        cuts->left = little_u32 (cuts->header + (cuts->mini ? 2 : 10));
    }
  if (cuts->n_header == whole)
    {
      gsize n = MIN (size - used, cuts->left);

      used += n;
      cuts->left -= n;
      if (cuts->left == 0)
        cuts->n_header = 0;
    }
  return used;
}

ParseResult
spice_messages_find_session (const guint8 *data, gsize size, gboolean mini, guint32 *ret_session)
{
  const gsize header = header_size (mini);

  while (size >= header)
    {
      const guint8 *at = data + (mini ? 0 : 8);
      guint32 body = little_u32 (at + 2);

      if (little_u16 (at) == SPICE_WIRE_MAIN_INIT)
        {
          if (body < sizeof (guint32))
            return PARSE_BAD;
          if (size - header < sizeof (guint32))
            return PARSE_NEED_MORE;
          *ret_session = little_u32 (data + header);
          return *ret_session != 0 ? PARSE_OK : PARSE_BAD;
        }
      if (body > size - header)
        return PARSE_NEED_MORE;
      data += header + body;
      size -= header + body;
    }
  return PARSE_NEED_MORE;
}
