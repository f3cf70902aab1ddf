/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The guest's playback, fetched from QEMU only while somebody hears it: a listener costs
 * vitrine-display and two threads of QEMU a wake-up every 20 ms of sound, whoever is there. It is
 * registered when the first sink of Sound comes, and given back a while after the last has gone;
 * the guest's card plays on all the same. (What the guest records is another matter: without a
 * listener QEMU hands its card nothing, not even silence, and the guest's recorder stands still.)
 */
#pragma once

#include "frame/screen.h"
#include "sound/sound.h"

#include <gio/gio.h>

/* QEMU stands still for a moment while it takes a listener, so this is the most often that viewers
 * who come and go can make it. */
#define QEMU_PLAYBACK_LINGER_SECONDS 5

typedef struct _QemuPlayback QemuPlayback;

/* Watches `sound` until it is freed; all three as for qemu_audio_new (). */
QemuPlayback *qemu_playback_new (GDBusConnection *link, Sound *sound, Screen *screen);
void qemu_playback_free (QemuPlayback *playback);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QemuPlayback, qemu_playback_free)
