/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The guest's sound as QEMU offers it: RegisterOutListener and, only with the guest's permission,
 * RegisterInListener on /org/qemu/Display1/Audio, each over a connection of its own that is served
 * in a message filter on GDBus's worker thread, like the display's (qemu-listener.h). What is heard
 * and said passes through Sound (sound/sound.h), which is what viewers use.
 *
 * QEMU plays without waiting for us, but records by asking and standing still until it is answered:
 * so a Read is answered where it is received, from what is there.
 */
#pragma once

#include "frame/screen.h"
#include "sound/sound.h"

#include <gio/gio.h>

/* Answers that QEMU has not read yet; more, and it is flooding us. */
#define QEMU_AUDIO_REPLIES_MAX 256
/* While a former display's listener has not been missed yet QEMU takes no other. */
#define QEMU_AUDIO_ATTEMPTS_MAX 10

typedef enum
{
  QEMU_AUDIO_OUT,
  QEMU_AUDIO_IN,
} QemuAudioDirection;

typedef struct _QemuAudio QemuAudio;

/* Registers over `link`, asynchronously. A QEMU without sound refuses, which is no failure. `sound`
 * gets what comes; what breaks the protocol is reported to `screen`. Without a link (tests) messages
 * are only taken. */
QemuAudio *qemu_audio_new (GDBusConnection *link,
                           QemuAudioDirection direction,
                           Sound *sound,
                           Screen *screen);
/* One message of QEMU's, on the thread that owns the listener: what the filter does. For tests. */
void qemu_audio_take (QemuAudio *audio, GDBusMessage *message);
/* Closes the listener; what QEMU plays or records goes on without it. Nothing of it reaches `sound`
 * any more, and its voices there have ended. */
void qemu_audio_free (QemuAudio *audio);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QemuAudio, qemu_audio_free)
