/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The one form in which sound passes through vitrine-display: frames of two signed 16-bit samples
 * at 48 kHz. QEMU is told on its command line to use no other (vmm/machine/sound.c), so nothing on
 * the way converts but the server of a viewer that asked for something else.
 */
#pragma once

#include "ipc/glass-wire.h"

#define SOUND_RATE GLASS_SOUND_RATE
/* What is mixed, and sent by VNC or taken from SPICE, at a time: 10 ms. */
#define SOUND_CHUNK 480u
/* What QEMU hands over at a time, and takes: 20 ms (vmm/machine/command-line.c). */
#define SOUND_READ_MAX (2 * SOUND_CHUNK)
/* Frames of `ms` milliseconds. */
#define SOUND_MS(ms) ((ms) * (SOUND_RATE / 1000u))

typedef GlassSoundFrame SoundFrame;
