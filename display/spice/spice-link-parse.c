/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Parser of SPICE links. Pure; must never assert on input.
 */
#include "spice-link-parse.h"

static guint32
read_u32 (Cursor *cursor)
{
  return GUINT32_FROM_LE (cursor_u32 (cursor));
}

static guint8
read_u8 (Cursor *cursor)
{
  guint8 value;

  cursor_read (cursor, &value, sizeof value);
  return value;
}

/* The first word of a list; the rest means nothing to us. */
static guint32
read_caps (Cursor *cursor, guint32 n_words)
{
  guint32 first = 0;

  for (guint32 i = 0; i < n_words; i++)
    {
      guint32 word = read_u32 (cursor);

      if (i == 0)
        first = word;
    }
  return first;
}

/* A magic number that is wrong in its first byte is known to be wrong at once. */
static gboolean
magic_fits (const guint8 *data, gsize size)
{
  const guint32 magic = GUINT32_TO_LE (SPICE_WIRE_MAGIC);

  return size == 0 || memcmp (data, &magic, MIN (size, sizeof magic)) == 0;
}

/* The header, and whether all of the message is there. `cursor` is then at its body's front and
 * ends with it. */
static ParseResult
take_header (const guint8 *data,
             gsize size,
             gsize body_min,
             Cursor *cursor,
             gsize *ret_used,
             guint32 *ret_result)
{
  guint32 major, body;

  *ret_result = SPICE_WIRE_INVALID_DATA;
  if (!magic_fits (data, size))
    return PARSE_BAD;
  if (size < SPICE_WIRE_HEADER_BYTES)
    return PARSE_NEED_MORE;
  *cursor = cursor_init (data + sizeof (guint32), SPICE_WIRE_HEADER_BYTES - sizeof (guint32));
  major = read_u32 (cursor);
  read_u32 (cursor); /* minor versions are told apart by capabilities */
  body = read_u32 (cursor);
  if (major != SPICE_WIRE_MAJOR)
    {
      *ret_result = SPICE_WIRE_VERSION_MISMATCH;
      return PARSE_BAD;
    }
  if (body < body_min || body > SPICE_WIRE_LINK_BYTES_MAX)
    return PARSE_BAD;
  if (body > size - SPICE_WIRE_HEADER_BYTES)
    return PARSE_NEED_MORE;
  *cursor = cursor_init (data + SPICE_WIRE_HEADER_BYTES, body);
  *ret_used = SPICE_WIRE_HEADER_BYTES + body;
  return PARSE_OK;
}

/* The lists lie behind the fixed part, anywhere in the message, and end with it at the latest. */
static gboolean
take_caps (Cursor *cursor, gsize fixed, guint32 *ret_common, guint32 *ret_channel)
{
  guint32 n_common = read_u32 (cursor);
  guint32 n_channel = read_u32 (cursor);
  guint32 offset = read_u32 (cursor);

  if (cursor->failed || n_common > SPICE_WIRE_CAPS_WORDS_MAX ||
      n_channel > SPICE_WIRE_CAPS_WORDS_MAX)
    return FALSE;
  *ret_common = *ret_channel = 0;
  if (n_common + n_channel == 0)
    return TRUE;
  if (offset < fixed || offset > cursor->size)
    return FALSE;
  cursor->offset = offset;
  *ret_common = read_caps (cursor, n_common);
  *ret_channel = read_caps (cursor, n_channel);
  return !cursor->failed;
}

ParseResult
spice_link_parse (const guint8 *data,
                  gsize size,
                  gsize *ret_used,
                  SpiceLink *ret_link,
                  guint32 *ret_result)
{
  Cursor cursor;
  SpiceLink link;
  ParseResult result =
      take_header (data, size, SPICE_WIRE_MESS_BYTES, &cursor, ret_used, ret_result);

  if (result != PARSE_OK)
    return result;
  link.connection = read_u32 (&cursor);
  link.channel = read_u8 (&cursor);
  link.id = read_u8 (&cursor);
  if (!take_caps (&cursor, SPICE_WIRE_MESS_BYTES, &link.common_caps, &link.channel_caps))
    return PARSE_BAD;
  if (link.channel < SPICE_WIRE_MAIN || link.channel > SPICE_WIRE_CHANNEL_LAST || link.id != 0)
    {
      *ret_result = SPICE_WIRE_CHANNEL_NOT_AVAILABLE;
      return PARSE_BAD;
    }
  /* A session begins with its main channel, which has no number yet, and no other begins one. A
   * number on a main channel would mean that the session moves here from another host. */
  if ((link.channel == SPICE_WIRE_MAIN) != (link.connection == 0))
    {
      *ret_result = SPICE_WIRE_BAD_CONNECTION_ID;
      return PARSE_BAD;
    }
  *ret_link = link;
  return PARSE_OK;
}

ParseResult
spice_link_parse_reply (const guint8 *data, gsize size, gsize *ret_used, SpiceLinkAnswer *ret_reply)
{
  Cursor cursor;
  SpiceLinkAnswer reply;
  guint32 unused;
  ParseResult result = take_header (data, size, SPICE_WIRE_REPLY_BYTES, &cursor, ret_used, &unused);

  if (result != PARSE_OK)
    return result;
  reply.result = read_u32 (&cursor);
  cursor_read (&cursor, reply.key, sizeof reply.key);
  if (!take_caps (&cursor, SPICE_WIRE_REPLY_BYTES, &reply.common_caps, &reply.channel_caps))
    return PARSE_BAD;
  *ret_reply = reply;
  return PARSE_OK;
}

static void
append_u32 (GByteArray *out, guint32 value)
{
  guint32 wire = GUINT32_TO_LE (value);

  g_byte_array_append (out, (const guint8 *) &wire, sizeof wire);
}

static void
append_header (GByteArray *out, guint32 body)
{
  append_u32 (out, SPICE_WIRE_MAGIC);
  append_u32 (out, SPICE_WIRE_MAJOR);
  append_u32 (out, SPICE_WIRE_MINOR);
  append_u32 (out, body);
}

/* Two lists of one word each. */
static void
append_caps (GByteArray *out, guint32 offset, guint32 common, guint32 channel)
{
  append_u32 (out, 1);
  append_u32 (out, 1);
  append_u32 (out, offset);
  append_u32 (out, common);
  append_u32 (out, channel);
}

void
spice_link_append (GByteArray *out, const SpiceLink *link)
{
  const guint8 channel[] = { link->channel, link->id };

  append_header (out, SPICE_WIRE_MESS_BYTES + 2 * sizeof (guint32));
  append_u32 (out, link->connection);
  g_byte_array_append (out, channel, sizeof channel);
  append_caps (out, SPICE_WIRE_MESS_BYTES, link->common_caps, link->channel_caps);
}

void
spice_link_append_reply (GByteArray *out, const SpiceLinkAnswer *reply)
{
  append_header (out, SPICE_WIRE_REPLY_BYTES + 2 * sizeof (guint32));
  append_u32 (out, reply->result);
  g_byte_array_append (out, reply->key, sizeof reply->key);
  append_caps (out, SPICE_WIRE_REPLY_BYTES, reply->common_caps, reply->channel_caps);
}
