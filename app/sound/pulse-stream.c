/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A stream of PulseAudio with little delay. Runs in `vitrine` on the main loop. Must never let
 * sound pile up, here or in a server that hangs.
 */
#include "pulse-stream.h"

#define FRAME_BYTES sizeof (GlassSoundFrame)
#define MS(ms) ((guint32) ((ms) * (GLASS_SOUND_RATE / 1000u) * FRAME_BYTES))

/* The server plays once PLAY_START is there, asks for what is below PLAY_TARGET, and is given at
 * most PLAY_AHEAD beyond that: so much can sound be late in it. The guest's sound comes 20 ms at a
 * time; so that the next may be a little late, PLAY_CUSHION of silence goes before the first. */
#define PLAY_CUSHION_MS 8
#define PLAY_START MS (15)
#define PLAY_TARGET MS (30)
#define PLAY_AHEAD MS (20)
#define PLAY_MOST (PLAY_TARGET + PLAY_AHEAD)
#define PLAY_STEP MS (20)
/* So much of the guest's sound is given, or left out, at a time. */
#define PLAY_PART_FRAMES 480u
#define RECORD_STEP MS (10)
#define RECORD_MOST MS (40)
/* A device that went away: another is asked for after this. */
#define RETRY_MS 500u

struct _PulseStream
{
  PulseStreamKind kind;
  char *name;          /* owned, as what follows */
  PulseServer *server; /* held while on */
  pa_stream *stream;
  guint retry_timer;

  gboolean on;
  gboolean was_ready;
  gsize ahead;  /* bytes given beyond what the server asked for */
  gboolean dry; /* the server has nothing to play */
  void (*changed) (gpointer user_data);
  void (*recorded) (const GlassSoundFrame *frames, guint n, gpointer user_data);
  gpointer user_data;
};

static void open_stream (PulseStream *self);

gboolean
pulse_stream_is_ready (PulseStream *self)
{
  return self->stream != NULL && pa_stream_get_state (self->stream) == PA_STREAM_READY;
}

static void
tell (PulseStream *self)
{
  gboolean ready = pulse_stream_is_ready (self);

  if (ready == self->was_ready)
    return;
  self->was_ready = ready;
  self->changed (self->user_data);
}

static void
close_stream (PulseStream *self)
{
  g_clear_handle_id (&self->retry_timer, g_source_remove);
  if (self->stream == NULL)
    return;
  pa_stream_set_state_callback (self->stream, NULL, NULL);
  pa_stream_set_read_callback (self->stream, NULL, NULL);
  pa_stream_set_underflow_callback (self->stream, NULL, NULL);
  pa_stream_disconnect (self->stream);
  g_clear_pointer (&self->stream, pa_stream_unref);
}

static gboolean
on_retry (gpointer user_data)
{
  PulseStream *self = user_data;

  self->retry_timer = 0;
  open_stream (self);
  return G_SOURCE_REMOVE;
}

static void
on_state (pa_stream *stream, void *user_data)
{
  PulseStream *self = user_data;

  if (!PA_STREAM_IS_GOOD (pa_stream_get_state (stream)))
    {
      close_stream (self);
      self->retry_timer = g_timeout_add (RETRY_MS, on_retry, self);
    }
  tell (self);
}

static void
pass_on (PulseStream *self, const guint8 *data, gsize size)
{
  gsize n = size / FRAME_BYTES;

  for (gsize at = 0; at < n;)
    {
      GlassSoundFrame frames[GLASS_SOUND_FRAMES_MAX];
      gsize part = MIN (n - at, GLASS_SOUND_FRAMES_MAX);

      memcpy (frames, data + at * FRAME_BYTES, part * FRAME_BYTES);
      self->recorded (frames, part, self->user_data);
      at += part;
    }
}

static void
on_readable (pa_stream *stream, size_t size, void *user_data)
{
  PulseStream *self = user_data;
  const void *data;
  size_t n;

  while (self->stream == stream && pa_stream_readable_size (stream) > 0)
    {
      if (pa_stream_peek (stream, &data, &n) < 0 || n == 0)
        return;
      if (data != NULL)
        pass_on (self, data, n);
      if (self->stream == stream)
        pa_stream_drop (stream);
    }
}

static void
on_dry (pa_stream *stream, void *user_data)
{
  PulseStream *self = user_data;

  self->dry = TRUE;
}

static gboolean
connect_stream (PulseStream *self)
{
  const pa_buffer_attr play = { .maxlength = PLAY_MOST,
                                .tlength = PLAY_TARGET,
                                .prebuf = PLAY_START,
                                .minreq = PLAY_STEP,
                                .fragsize = (guint32) -1 };
  const pa_buffer_attr record = { .maxlength = RECORD_MOST,
                                  .tlength = (guint32) -1,
                                  .prebuf = (guint32) -1,
                                  .minreq = (guint32) -1,
                                  .fragsize = RECORD_STEP };

  if (self->kind == PULSE_STREAM_PLAY)
    pa_stream_set_underflow_callback (self->stream, on_dry, self);
  if (self->kind == PULSE_STREAM_PLAY)
    return pa_stream_connect_playback (self->stream, NULL, &play, PA_STREAM_ADJUST_LATENCY, NULL,
                                       NULL) == 0;
  pa_stream_set_read_callback (self->stream, on_readable, self);
  return pa_stream_connect_record (self->stream, NULL, &record, PA_STREAM_ADJUST_LATENCY) == 0;
}

static void
open_stream (PulseStream *self)
{
  const pa_sample_spec spec = { .format = PA_SAMPLE_S16NE,
                                .rate = GLASS_SOUND_RATE,
                                .channels = 2 };
  pa_context *context = pulse_server_get_context (self->server);

  if (context == NULL || self->stream != NULL)
    return;
  self->ahead = 0;
  self->dry = TRUE;
  self->stream = pa_stream_new (context, self->name, &spec, NULL);
  if (self->stream == NULL)
    return;
  pa_stream_set_state_callback (self->stream, on_state, self);
  if (!connect_stream (self) && self->stream != NULL)
    close_stream (self);
}

static void
on_server (PulseStream *self)
{
  close_stream (self);
  open_stream (self);
  tell (self);
}

void
pulse_stream_set_on (PulseStream *self, gboolean on)
{
  if (self->on == on)
    return;
  self->on = on;
  if (on)
    {
      g_signal_connect_swapped (self->server, "changed", G_CALLBACK (on_server), self);
      pulse_server_hold (self->server);
      open_stream (self);
    }
  else
    {
      g_signal_handlers_disconnect_by_data (self->server, self);
      close_stream (self);
      pulse_server_release (self->server);
    }
  tell (self);
}

static void
put (PulseStream *self, const GlassSoundFrame *frames, guint n)
{
  pa_stream_write (self->stream, frames, n * FRAME_BYTES, NULL, 0, PA_SEEK_RELATIVE);
}

static void
play_part (PulseStream *self, const GlassSoundFrame *frames, guint n)
{
  static const GlassSoundFrame silence[PLAY_CUSHION_MS * GLASS_SOUND_RATE / 1000];
  gsize size = n * FRAME_BYTES;
  gsize asked;
  gsize beyond;

  if (!pulse_stream_is_ready (self))
    return;
  asked = pa_stream_writable_size (self->stream);
  if (asked == (size_t) -1)
    return;
  /* It asks only after what was given too much is played. */
  if (asked > 0)
    self->ahead = 0;
  beyond = size - MIN (size, asked);
  if (self->ahead + beyond > PLAY_AHEAD)
    return;
  self->ahead += beyond;
  if (self->dry)
    put (self, silence, G_N_ELEMENTS (silence));
  self->dry = FALSE;
  put (self, frames, n);
}

void
pulse_stream_play (PulseStream *self, const GlassSoundFrame *frames, guint n)
{
  for (guint at = 0; at < n; at += PLAY_PART_FRAMES)
    play_part (self, frames + at, MIN (n - at, PLAY_PART_FRAMES));
}

PulseStream *
pulse_stream_new (PulseStreamKind kind,
                  const char *name,
                  void (*changed) (gpointer user_data),
                  void (*recorded) (const GlassSoundFrame *frames, guint n, gpointer user_data),
                  gpointer user_data)
{
  PulseStream *self = g_new0 (PulseStream, 1);

  self->kind = kind;
  self->name = g_strdup (name);
  self->server = pulse_server_get ();
  self->changed = changed;
  self->recorded = recorded;
  self->user_data = user_data;
  return self;
}

void
pulse_stream_free (PulseStream *self)
{
  if (self == NULL)
    return;
  if (self->on)
    {
      self->on = FALSE;
      g_signal_handlers_disconnect_by_data (self->server, self);
      close_stream (self);
      pulse_server_release (self->server);
    }
  g_object_unref (self->server);
  g_free (self->name);
  g_free (self);
}
