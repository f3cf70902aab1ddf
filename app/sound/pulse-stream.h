/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One guest's stream to the sound server, or from it: there while it is on and the server is. It
 * follows the default device, and is made anew when the server comes back or the device goes.
 */
#pragma once

#include "ipc/glass-wire.h"
#include "sound/pulse-server.h"

typedef enum
{
  PULSE_STREAM_PLAY,
  PULSE_STREAM_RECORD,
} PulseStreamKind;

typedef struct _PulseStream PulseStream;

/* `name` is shown in the mixers of the desktop. `changed` is called when pulse_stream_is_ready () has
 * another answer; `recorded` with what was heard, at most GLASS_SOUND_FRAMES_MAX frames (a stream
 * that plays: NULL). */
PulseStream *pulse_stream_new (PulseStreamKind kind,
                               const char *name,
                               void (*changed) (gpointer user_data),
                               void (*recorded) (const GlassSoundFrame *frames,
                                                 guint n,
                                                 gpointer user_data),
                               gpointer user_data);
void pulse_stream_free (PulseStream *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulseStream, pulse_stream_free)

void pulse_stream_set_on (PulseStream *self, gboolean on);
/* Whether what is played is heard, or what is said is recorded. */
gboolean pulse_stream_is_ready (PulseStream *self);

/* Plays, or drops what the server does not take now: it never waits, and never becomes late. */
void pulse_stream_play (PulseStream *self, const GlassSoundFrame *frames, guint n);
