/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The guest's sound as QEMU offers it: RegisterOutListener and, only with the guest's permission,
 * RegisterInListener on /org/qemu/Display1/Audio, each over a connection of its own
 * (audio-listener.h). What is heard and said passes through Sound (sound/sound.h), which is what
 * viewers use.
 *
 * QEMU plays without waiting for us, 50 times a second, so what it plays is read on the main loop,
 * which passes it on: one wake-up for each. It records by asking and standing still until it is
 * answered: so a Read is answered on a thread of its own, from what is there.
 */
#pragma once

#include "qemu/audio-listener.h"

#include <gio/gio.h>

/* While a former display's listener has not been missed yet QEMU takes no other. */
#define QEMU_AUDIO_ATTEMPTS_MAX 10

typedef struct _QemuAudio QemuAudio;

/* Registers over `link`, asynchronously. A QEMU without sound refuses, which is no failure. `sound`
 * gets what comes; what breaks the protocol is reported to `screen`. */
QemuAudio *qemu_audio_new (GDBusConnection *link,
                           QemuAudioDirection direction,
                           Sound *sound,
                           Screen *screen);
/* Closes the listener; what QEMU plays or records goes on without it. Nothing of it reaches `sound`
 * any more, and its voices there have ended. */
void qemu_audio_free (QemuAudio *audio);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QemuAudio, qemu_audio_free)
