/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A ring of sound. Runs in vitrine-display under the lock of sound.c. Pure.
 */
#include "sound-ring.h"

#include <string.h>

void
sound_ring_write (SoundRing *ring, const SoundFrame *frames, guint n)
{
  while (n > 0)
    {
      guint at = ring->written % SOUND_RING_FRAMES;
      guint part = MIN (n, SOUND_RING_FRAMES - at);

      memcpy (ring->frames + at, frames, part * sizeof *frames);
      ring->written += part;
      frames += part;
      n -= part;
    }
}

guint
sound_ring_available (const SoundRing *ring, guint64 *place, guint lag, guint keep)
{
  if (ring->written - *place > MIN (lag, SOUND_RING_FRAMES))
    *place = ring->written - MIN (keep, SOUND_RING_FRAMES);
  return ring->written - *place;
}

void
sound_ring_copy (const SoundRing *ring, guint64 place, SoundFrame *out, guint n)
{
  guint at = place % SOUND_RING_FRAMES;
  guint part = MIN (n, SOUND_RING_FRAMES - at);

  memcpy (out, ring->frames + at, part * sizeof *out);
  memcpy (out + part, ring->frames, (n - part) * sizeof *out);
}
