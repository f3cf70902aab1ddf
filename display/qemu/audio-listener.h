/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One connection on which QEMU plays (org.qemu.Display1.AudioOutListener) or records
 * (AudioInListener). Not of any thread: served where its owner serves it.
 */
#pragma once

#include "frame/screen.h"
#include "sound/sound.h"

typedef enum
{
  QEMU_AUDIO_OUT,
  QEMU_AUDIO_IN,
} QemuAudioDirection;

typedef struct _AudioListener AudioListener;

/* Takes the socket. `waits`: audio_listener_run () is to wait for QEMU. What is heard and said
 * passes through `sound`; what breaks the protocol is reported to `screen`. */
AudioListener *audio_listener_new (int socket,
                                   gboolean waits,
                                   QemuAudioDirection direction,
                                   Sound *sound,
                                   Screen *screen);
/* Authenticates to QEMU, then takes its calls: until the connection ends, or else what has come,
 * once for each time that its socket is readable. FALSE: it has ended, and with it QEMU's voices.
 */
gboolean audio_listener_run (AudioListener *listener);
/* From another thread: a run that waits ends soon. */
void audio_listener_hang_up (AudioListener *listener);
/* None of it reaches `sound` any more, and its voices there have ended. */
void audio_listener_free (AudioListener *listener);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioListener, audio_listener_free)
