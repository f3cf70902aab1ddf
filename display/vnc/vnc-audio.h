/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The guest's sound for one VNC viewer, by QEMU's audio messages (rfbproto.rst, "QEMU Audio"): only
 * when it asks, in the format that it asks for, and only as fast as it reads. Main thread only.
 */
#pragma once

#include "front/rfb-parse.h"
#include "sound/pcm-convert.h"
#include "sound/sound.h"

typedef struct _VncAudio VncAudio;

/* `ready` is called when there is something to put; it may free this. */
VncAudio *vnc_audio_new (Sound *sound, void (*ready) (gpointer user_data), gpointer user_data);
void vnc_audio_free (VncAudio *audio);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VncAudio, vnc_audio_free)

/* A request of kind RFB_QEMU_AUDIO. */
void vnc_audio_take (VncAudio *audio, const RfbRequest *request);

/* Appends what is to be sent now, whole messages; what the viewer does not take in time is left
 * out. FALSE: nothing. */
gboolean vnc_audio_put (VncAudio *audio, GByteArray *out);
