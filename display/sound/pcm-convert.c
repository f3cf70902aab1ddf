/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Conversion of sound for viewers. Runs in vitrine-display on the main loop. Pure.
 */
#include "pcm-convert.h"

#define ONE (G_GUINT64_CONSTANT (1) << 32)

void
pcm_convert_init (PcmConvert *convert, const PcmFormat *format)
{
  *convert = (PcmConvert) { .format = *format, .position = ONE };
}

static gint16
blend (gint16 from, gint16 to, guint32 part)
{
  return (gint16) (from + (gint) (((gint64) (to - from) * part) >> 32));
}

static void
put_sample (PcmSample kind, gint16 sample, GByteArray *out)
{
  /* Unsigned samples have their middle at half of the range: the highest bit is the other way. */
  static const guint8 bytes[] = { 1, 1, 2, 2, 4, 4 };
  guint32 value = (guint32) (gint32) sample << 16;

  if (kind == PCM_U8 || kind == PCM_U16 || kind == PCM_U32)
    value ^= 0x80000000u;
  value = GUINT32_TO_LE (value);
  g_byte_array_append (out, (const guint8 *) &value + 4 - bytes[kind], bytes[kind]);
}

static void
put_frame (const PcmFormat *format, SoundFrame frame, GByteArray *out)
{
  if (format->channels == 1)
    {
      put_sample (format->sample, (frame.left + frame.right) / 2, out);
      return;
    }
  put_sample (format->sample, frame.left, out);
  put_sample (format->sample, frame.right, out);
}

/* Frame 0 is that before the block. */
static SoundFrame
get_frame (const PcmConvert *convert, const SoundFrame *frames, guint index)
{
  return index == 0 ? convert->before : frames[index - 1];
}

void
pcm_convert (PcmConvert *convert, const SoundFrame *frames, guint n, GByteArray *out)
{
  guint64 step = (guint64) SOUND_RATE * ONE / convert->format.frequency;

  if (n == 0)
    return;
  /* Between two frames, of which the second is needed only where the place is not on the first. */
  while (convert->position >> 32 < n || convert->position == n * ONE)
    {
      guint at = convert->position >> 32;
      guint32 part = convert->position & (ONE - 1);
      SoundFrame from = get_frame (convert, frames, at);
      SoundFrame to = get_frame (convert, frames, part == 0 ? at : at + 1);
      SoundFrame frame = { blend (from.left, to.left, part), blend (from.right, to.right, part) };

      put_frame (&convert->format, frame, out);
      convert->position += step;
    }
  convert->position -= n * ONE;
  convert->before = frames[n - 1];
}
