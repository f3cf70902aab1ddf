/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * B4: checks of the numbers that QEMU sends with sound. Runs in vitrine-display. Pure; must never
 * assert on input.
 */
#include "sound-parse.h"

#define FRAME_BYTES sizeof (SoundFrame)

ParseResult
sound_parse_format (const SoundVoiceFormat *format)
{
  if (format->bits != 16 || !format->is_signed || format->is_float || format->channels != 2 ||
      format->frequency != SOUND_RATE || format->bytes_per_frame != FRAME_BYTES ||
      format->bytes_per_second != SOUND_RATE * FRAME_BYTES ||
      format->big_endian != (G_BYTE_ORDER == G_BIG_ENDIAN))
    return PARSE_BAD;
  return PARSE_OK;
}

ParseResult
sound_parse_block (gsize size, guint *ret_frames)
{
  if (size % FRAME_BYTES != 0 || size / FRAME_BYTES > SOUND_BLOCK_FRAMES_MAX)
    return PARSE_BAD;
  *ret_frames = size / FRAME_BYTES;
  return PARSE_OK;
}

ParseResult
sound_parse_wanted (guint64 size, guint *ret_frames)
{
  if (size % FRAME_BYTES != 0)
    return PARSE_BAD;
  *ret_frames = MIN (size / FRAME_BYTES, SOUND_BLOCK_FRAMES_MAX);
  return PARSE_OK;
}

ParseResult
sound_parse_volume (const guint8 *data, gsize size, guint8 ret_volume[static 2])
{
  if (size > SOUND_CHANNELS_MAX)
    return PARSE_BAD;
  ret_volume[0] = size > 0 ? data[0] : SOUND_VOLUME_FULL;
  ret_volume[1] = size > 1 ? data[1] : ret_volume[0];
  return PARSE_OK;
}
