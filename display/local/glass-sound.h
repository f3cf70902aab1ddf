/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A local viewer's part in the guest's sound: what it wished for, and the packets that tell it.
 * Main thread only.
 */
#pragma once

#include "sound/sound.h"

typedef struct
{
  Sound *sound;                          /* borrowed */
  void (*changed) (gpointer user_data);  /* there is something to tell; may end it all */
  gpointer user_data;
  guint32 wish;
  SoundSink *sink;     /* owned; while it hears */
  SoundSource *source; /* owned; while it offers a microphone */
  gboolean recording;  /* its microphone is wanted */
} GlassSound;

/* GLASS_SOUND_PLAYED at its longest. */
typedef struct
{
  guint32 type;
  guint32 n_frames;
  SoundFrame frames[GLASS_SOUND_FRAMES_MAX];
} GlassSoundPacket;

void glass_sound_init (GlassSound *self,
                       Sound *sound,
                       void (*changed) (gpointer user_data),
                       gpointer user_data);
void glass_sound_clear (GlassSound *self);

/* GLASS_SOUND_WISH. */
void glass_sound_take_wish (GlassSound *self, guint32 wish);
/* GLASS_SOUND_RECORDED. */
void glass_sound_take_recorded (GlassSound *self, const SoundFrame *frames, guint n);

void glass_sound_get_state (GlassSound *self, GlassSoundState *ret_state);
/* The next packet's size; 0: there is no more now. When it has been sent, take it. */
gsize glass_sound_peek (GlassSound *self, GlassSoundPacket *ret_packet);
void glass_sound_take (GlassSound *self, const GlassSoundPacket *packet);
