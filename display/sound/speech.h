/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How loud a microphone has been lately: by this the one is chosen of several that speaks. Pure.
 */
#pragma once

#include "sound/sound-frame.h"

/* So long a pause between two words does not end a speech. */
#define SPEECH_PAUSE_US 500000
/* Who is so many times louder than the one who has the word gets it. */
#define SPEECH_LOUDER 2u

typedef struct
{
  guint peak; /* of its samples; 0: it has said nothing yet */
  gint64 at;  /* µs, monotonic */
} Speech;

/* Its loudest sample lately, fading to 0 within SPEECH_PAUSE_US. */
guint speech_get (const Speech *speech, gint64 now);
/* It has said this. */
void speech_hear (Speech *speech, const SoundFrame *frames, guint n, gint64 now);
/* Whether `other` is to have the word instead of `speaker`. */
gboolean speech_outdoes (const Speech *other, const Speech *speaker, gint64 now);
