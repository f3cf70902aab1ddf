/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Our sound into what a viewer asked for: another rate (linear interpolation), one channel, samples
 * of 8, 16 or 32 bits, signed or not, least significant byte first. Pure.
 */
#pragma once

#include "sound/sound-frame.h"

#define PCM_FREQUENCY_MIN 4000u
#define PCM_FREQUENCY_MAX 192000u

/* QEMU's numbers, which RFB's audio messages use. */
typedef enum
{
  PCM_U8 = 0,
  PCM_S8 = 1,
  PCM_U16 = 2,
  PCM_S16 = 3,
  PCM_U32 = 4,
  PCM_S32 = 5,
  PCM_LAST = PCM_S32,
} PcmSample;

typedef struct
{
  PcmSample sample;
  guint channels;    /* 1 or 2 */
  guint32 frequency; /* PCM_FREQUENCY_MIN..PCM_FREQUENCY_MAX */
} PcmFormat;

typedef struct
{
  PcmFormat format;
  SoundFrame before; /* the last frame of the former block */
  guint64 position;  /* of the next frame out, in frames in times 2^32, from `before` on */
} PcmConvert;

void pcm_convert_init (PcmConvert *convert, const PcmFormat *format);

/* Appends what `n` frames become; they follow those of the last call. */
void pcm_convert (PcmConvert *convert, const SoundFrame *frames, guint n, GByteArray *out);
