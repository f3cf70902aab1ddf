/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * B4, QEMU -> display: the numbers that describe sound. What QEMU says of a voice, of a block of
 * samples, of a volume and of how much it wants to read passes here before a byte is looked at.
 * Pure: no I/O, no allocation, no logging. PARSE_BAD ends the link; PARSE_NEED_MORE is never
 * returned. Source: QEMU's ui/dbus-display1.xml, AudioOutListener and AudioInListener.
 */
#pragma once

#include "cursor.h"
#include "sound/sound-frame.h"

/* Of one Write and of one Read. QEMU's own are SOUND_READ_MAX frames. */
#define SOUND_BLOCK_FRAMES_MAX 16384u
#define SOUND_CHANNELS_MAX 16u
/* The volume at which samples pass unchanged. */
#define SOUND_VOLUME_FULL 255u

/* The arguments of Init, but for the id, which may be any. */
typedef struct
{
  guint8 bits;
  gboolean is_signed;
  gboolean is_float;
  guint32 frequency;
  guint8 channels;
  guint32 bytes_per_frame;
  guint32 bytes_per_second;
  gboolean big_endian;
} SoundVoiceFormat;

/* PARSE_OK for the one format there is. */
ParseResult sound_parse_format (const SoundVoiceFormat *format);

/* Write: `size` bytes of samples; how many frames they are. */
ParseResult sound_parse_block (gsize size, guint *ret_frames);

/* Read: how many frames are wanted at most. A size that is too large is cut: QEMU takes less. */
ParseResult sound_parse_wanted (guint64 size, guint *ret_frames);

/* SetVolume: one byte a channel; of one channel it is for both. None is full. */
ParseResult sound_parse_volume (const guint8 *data, gsize size, guint8 ret_volume[static 2]);
