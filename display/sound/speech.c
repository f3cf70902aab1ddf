/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The loudness of microphones. Runs in vitrine-display under the lock of sound.c. Pure.
 */
#include "speech.h"

#include <stdlib.h>

guint
speech_get (const Speech *speech, gint64 now)
{
  gint64 passed = now - speech->at;

  if (passed >= SPEECH_PAUSE_US)
    return 0;
  return speech->peak * (SPEECH_PAUSE_US - MAX (passed, 0)) / SPEECH_PAUSE_US;
}

void
speech_hear (Speech *speech, const SoundFrame *frames, guint n, gint64 now)
{
  guint peak = speech_get (speech, now);

  for (guint i = 0; i < n; i++)
    {
      peak = MAX (peak, (guint) abs (frames[i].left));
      peak = MAX (peak, (guint) abs (frames[i].right));
    }
  speech->peak = peak;
  speech->at = now;
}

gboolean
speech_outdoes (const Speech *other, const Speech *speaker, gint64 now)
{
  return speech_get (other, now) > SPEECH_LOUDER * speech_get (speaker, now);
}
