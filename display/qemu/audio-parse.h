/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * B4, QEMU -> display: the bodies of calls to AudioOutListener and AudioInListener
 * (qemu/org.qemu.Display1.xml), as D-Bus writes them in the host's byte order. The numbers in them
 * have passed sound-parse.h. Pure: no I/O, no allocation, no logging. PARSE_BAD ends the link;
 * PARSE_NEED_MORE is never returned, since a body comes whole.
 */
#pragma once

#include "sound/sound-parse.h"

/* The longest body: a Write. */
#define AUDIO_BODY_BYTES_MAX (8u + 4u + SOUND_BLOCK_FRAMES_MAX * sizeof (SoundFrame))

/* Init: the one format there is. */
ParseResult audio_parse_init (const guint8 *body, gsize size, guint64 *ret_id);
ParseResult audio_parse_fini (const guint8 *body, gsize size, guint64 *ret_id);
ParseResult audio_parse_enabled (const guint8 *body,
                                 gsize size,
                                 guint64 *ret_id,
                                 gboolean *ret_enabled);

typedef struct
{
  guint64 id;
  gboolean mute;
  guint8 volume[2];
} AudioVolume;

ParseResult audio_parse_volume (const guint8 *body, gsize size, AudioVolume *ret_volume);

typedef struct
{
  guint64 id;
  const guint8 *data; /* in the body, perhaps unaligned */
  guint n_frames;
} AudioBlock;

ParseResult audio_parse_write (const guint8 *body, gsize size, AudioBlock *ret_block);
/* How many frames are wanted at most. */
ParseResult audio_parse_read (const guint8 *body, gsize size, guint64 *ret_id, guint *ret_frames);
