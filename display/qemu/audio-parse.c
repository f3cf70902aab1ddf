/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Bodies of QEMU's calls about sound (B4). Pure; runs in vitrine-display on the main loop and on
 * the microphone's thread. Must never read past what it is given.
 */
#include "audio-parse.h"

#include "qemu/dbus-parse.h"

static ParseResult
result_of (const Cursor *cursor)
{
  return cursor_is_done (cursor) ? PARSE_OK : PARSE_BAD;
}

static guint8
read_byte (Cursor *cursor)
{
  guint8 value;

  cursor_read (cursor, &value, 1);
  return value;
}

static guint32
read_u32 (Cursor *cursor)
{
  dbus_parse_align (cursor, 4);
  return cursor_u32 (cursor);
}

/* No other values than 0 and 1. */
static gboolean
read_boolean (Cursor *cursor)
{
  guint32 value = read_u32 (cursor);

  cursor->failed |= value > 1;
  return value != 0;
}

/* All that is left, by a size that says so. */
static const guint8 *
read_rest (Cursor *cursor, gsize *ret_size)
{
  guint32 size = read_u32 (cursor);
  const guint8 *data = cursor->data + cursor->offset;

  *ret_size = 0;
  if (cursor->failed || size != cursor_left (cursor))
    {
      cursor->failed = TRUE;
      return data;
    }
  cursor->offset += size;
  *ret_size = size;
  return data;
}

ParseResult
audio_parse_init (const guint8 *body, gsize size, guint64 *ret_id)
{
  Cursor cursor = cursor_init (body, size);
  SoundVoiceFormat format;

  *ret_id = cursor_u64 (&cursor);
  format.bits = read_byte (&cursor);
  format.is_signed = read_boolean (&cursor);
  format.is_float = read_boolean (&cursor);
  format.frequency = read_u32 (&cursor);
  format.channels = read_byte (&cursor);
  format.bytes_per_frame = read_u32 (&cursor);
  format.bytes_per_second = read_u32 (&cursor);
  format.big_endian = read_boolean (&cursor);
  if (!cursor_is_done (&cursor))
    return PARSE_BAD;
  return sound_parse_format (&format);
}

ParseResult
audio_parse_fini (const guint8 *body, gsize size, guint64 *ret_id)
{
  Cursor cursor = cursor_init (body, size);

  *ret_id = cursor_u64 (&cursor);
  return result_of (&cursor);
}

ParseResult
audio_parse_enabled (const guint8 *body, gsize size, guint64 *ret_id, gboolean *ret_enabled)
{
  Cursor cursor = cursor_init (body, size);

  *ret_id = cursor_u64 (&cursor);
  *ret_enabled = read_boolean (&cursor);
  return result_of (&cursor);
}

ParseResult
audio_parse_volume (const guint8 *body, gsize size, AudioVolume *ret_volume)
{
  Cursor cursor = cursor_init (body, size);
  const guint8 *data;
  gsize n;

  ret_volume->id = cursor_u64 (&cursor);
  ret_volume->mute = read_boolean (&cursor);
  data = read_rest (&cursor, &n);
  if (!cursor_is_done (&cursor))
    return PARSE_BAD;
  return sound_parse_volume (data, n, ret_volume->volume);
}

ParseResult
audio_parse_write (const guint8 *body, gsize size, AudioBlock *ret_block)
{
  Cursor cursor = cursor_init (body, size);
  gsize n;

  ret_block->id = cursor_u64 (&cursor);
  ret_block->data = read_rest (&cursor, &n);
  if (!cursor_is_done (&cursor))
    return PARSE_BAD;
  return sound_parse_block (n, &ret_block->n_frames);
}

ParseResult
audio_parse_read (const guint8 *body, gsize size, guint64 *ret_id, guint *ret_frames)
{
  Cursor cursor = cursor_init (body, size);
  guint64 wanted;

  *ret_id = cursor_u64 (&cursor);
  wanted = cursor_u64 (&cursor);
  if (!cursor_is_done (&cursor))
    return PARSE_BAD;
  return sound_parse_wanted (wanted, ret_frames);
}
