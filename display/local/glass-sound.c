/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Sound of one local viewer. Runs in vitrine-display on the main loop. Keeps nothing for a viewer
 * that does not read: the ring of sound.c forgets what is old.
 */
#include "glass-sound.h"

void
glass_sound_init (GlassSound *self,
                  Sound *sound,
                  void (*changed) (gpointer user_data),
                  gpointer user_data)
{
  *self = (GlassSound) { .sound = sound, .changed = changed, .user_data = user_data };
}

void
glass_sound_clear (GlassSound *self)
{
  g_clear_pointer (&self->sink, sound_sink_free);
  g_clear_pointer (&self->source, sound_source_free);
}

static void
on_wanted (gboolean wanted, gpointer user_data)
{
  GlassSound *self = user_data;

  self->recording = wanted;
  self->changed (self->user_data);
}

void
glass_sound_take_wish (GlassSound *self, guint32 wish)
{
  gboolean hear = (wish & GLASS_SOUND_HEAR) != 0;
  gboolean speak = (wish & GLASS_SOUND_SPEAK) != 0;

  self->wish = wish;
  if (!hear)
    g_clear_pointer (&self->sink, sound_sink_free);
  else if (self->sink == NULL)
    self->sink = sound_sink_new (self->sound, self->changed, self->user_data);
  if (!speak)
    {
      g_clear_pointer (&self->source, sound_source_free);
      self->recording = FALSE;
    }
  else if (self->source == NULL)
    self->source = sound_source_new (self->sound, on_wanted, self);
}

void
glass_sound_take_recorded (GlassSound *self, const SoundFrame *frames, guint n)
{
  if (self->source != NULL)
    sound_source_write (self->source, frames, n);
}

void
glass_sound_get_state (GlassSound *self, GlassSoundState *ret_state)
{
  *ret_state = (GlassSoundState) { .type = GLASS_SOUND_STATE };
  if (self->sink != NULL && sound_is_playing (self->sound))
    ret_state->state |= GLASS_SOUND_PLAYING;
  if (self->recording)
    ret_state->state |= GLASS_SOUND_RECORDING;
}

gsize
glass_sound_peek (GlassSound *self, GlassSoundPacket *ret_packet)
{
  if (self->sink == NULL)
    return 0;
  ret_packet->type = GLASS_SOUND_PLAYED;
  ret_packet->n_frames = sound_sink_peek (self->sink, ret_packet->frames, GLASS_SOUND_FRAMES_MAX);
  if (ret_packet->n_frames == 0)
    return 0;
  return sizeof (GlassSoundPlayed) + ret_packet->n_frames * sizeof (SoundFrame);
}

void
glass_sound_take (GlassSound *self, const GlassSoundPacket *packet)
{
  sound_sink_take (self->sink, packet->n_frames);
}
