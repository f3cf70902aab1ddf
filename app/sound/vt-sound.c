/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A guest's sound. Runs in `vitrine` on the main loop. The display process may have been taken over:
 * it never decides that something is recorded, and what it sends is only ever played.
 */
#include "config.h"

#include "vt-sound.h"

#include "sound/pulse-stream.h"
#include "sound/sound-memory.h"

/* Volumes are written when the slider has rested for so long. */
#define SAVE_MS 500u

struct _VtSound
{
  GObject parent_instance;

  VtGuest *guest;       /* owned, as what follows */
  GPtrArray *clients;   /* of VtGlassClient; the last is in use */
  PulseStream *player;
  PulseStream *recorder;
  guint save_timer;

  VtGlassClient *client; /* the one in use; borrowed from clients */
  SoundLevel level;
  gboolean microphone_off;
};

G_DEFINE_FINAL_TYPE (VtSound, vt_sound, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static gboolean
may_record (VtSound *self)
{
  const GuestDefinition *definition = vt_guest_get_definition (self->guest);

  return definition != NULL && definition->microphone && definition->sound != GUEST_SOUND_NONE;
}

static guint
get_glass_state (VtSound *self)
{
  return self->client != NULL ? vt_glass_client_get_sound_state (self->client) : 0;
}

static void
tell (VtSound *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

/* --- What the guest says and does --- */

/* As ears hear it: half the slider is about half as loud. */
static guint
get_factor (guint volume)
{
  return volume * volume * volume * 256u / (SOUND_VOLUME_MAX * SOUND_VOLUME_MAX * SOUND_VOLUME_MAX);
}

static void
on_sound (VtSound *self, const GlassSoundFrame *frames, guint n, VtGlassClient *client)
{
  GlassSoundFrame scaled[GLASS_SOUND_FRAMES_MAX];
  int factor = (int) get_factor (self->level.volume);

  if (client != self->client || self->level.muted)
    return;
  for (guint i = 0; i < n; i++)
    {
      scaled[i].left = frames[i].left * factor / 256;
      scaled[i].right = frames[i].right * factor / 256;
    }
  pulse_stream_play (self->player, scaled, n);
}

static void
refresh (VtSound *self)
{
  guint state = get_glass_state (self);

  pulse_stream_set_on (self->player, (state & GLASS_SOUND_PLAYING) != 0);
  pulse_stream_set_on (self->recorder, (state & GLASS_SOUND_RECORDING) != 0 && may_record (self) &&
                                           !self->microphone_off);
  tell (self);
}

static void
on_recorded (const GlassSoundFrame *frames, guint n, gpointer user_data)
{
  VtSound *self = user_data;

  if (self->client != NULL && !self->microphone_off)
    vt_glass_client_record (self->client, frames, n);
}

/* --- Whose sound it is --- */

static void
send_wish (VtSound *self)
{
  guint wish = 0;

  if (!self->level.muted)
    wish |= GLASS_SOUND_HEAR;
  if (may_record (self) && !self->microphone_off)
    wish |= GLASS_SOUND_SPEAK;
  vt_glass_client_set_sound (self->client, wish);
}

static void
use_last_client (VtSound *self)
{
  VtGlassClient *client =
      self->clients->len > 0 ? self->clients->pdata[self->clients->len - 1] : NULL;

  if (client == self->client)
    return;
  if (self->client != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->client, self);
      vt_glass_client_set_sound (self->client, 0);
    }
  self->client = client;
  if (client != NULL)
    {
      g_signal_connect_swapped (client, "sound", G_CALLBACK (on_sound), self);
      g_signal_connect_swapped (client, "sound-state", G_CALLBACK (refresh), self);
      g_signal_connect_swapped (client, "closed", G_CALLBACK (refresh), self);
      send_wish (self);
    }
  else
    self->microphone_off = FALSE;
  refresh (self);
}

void
vt_sound_add_client (VtSound *self, VtGlassClient *client)
{
  g_ptr_array_add (self->clients, g_object_ref (client));
  use_last_client (self);
}

void
vt_sound_remove_client (VtSound *self, VtGlassClient *client)
{
  g_autoptr (VtGlassClient) held = g_object_ref (client);

  /* Still referred to while it is left. */
  if (client == self->client && self->clients->len > 0 &&
      self->clients->pdata[self->clients->len - 1] == client)
    {
      g_ptr_array_remove_index (self->clients, self->clients->len - 1);
      use_last_client (self);
      return;
    }
  g_ptr_array_remove (self->clients, client);
}

/* --- What the user asks and wants --- */

VtSoundState
vt_sound_get_state (VtSound *self)
{
  if (!(get_glass_state (self) & GLASS_SOUND_PLAYING))
    return VT_SOUND_SILENT;
  return pulse_stream_is_ready (self->player) ? VT_SOUND_HEARD : VT_SOUND_UNHEARD;
}

guint
vt_sound_get_volume (VtSound *self)
{
  return self->level.volume;
}

gboolean
vt_sound_get_muted (VtSound *self)
{
  return self->level.muted;
}

static gboolean
on_save (gpointer user_data)
{
  VtSound *self = user_data;

  self->save_timer = 0;
  sound_memory_save (vt_guest_get_uuid (self->guest), &self->level);
  return G_SOURCE_REMOVE;
}

static void
level_changed (VtSound *self)
{
  g_clear_handle_id (&self->save_timer, g_source_remove);
  self->save_timer = g_timeout_add (SAVE_MS, on_save, self);
  tell (self);
}

void
vt_sound_set_volume (VtSound *self, guint volume)
{
  volume = MIN (volume, SOUND_VOLUME_MAX);
  if (self->level.volume == volume)
    return;
  self->level.volume = volume;
  level_changed (self);
}

void
vt_sound_set_muted (VtSound *self, gboolean muted)
{
  if (self->level.muted == muted)
    return;
  self->level.muted = muted;
  /* What nobody hears is not fetched from the guest. */
  if (self->client != NULL)
    send_wish (self);
  refresh (self);
  level_changed (self);
}

VtMicrophone
vt_sound_get_microphone (VtSound *self)
{
  if (!may_record (self) || self->client == NULL)
    return VT_MICROPHONE_IDLE;
  if (self->microphone_off)
    return VT_MICROPHONE_OFF;
  return get_glass_state (self) & GLASS_SOUND_RECORDING ? VT_MICROPHONE_USED : VT_MICROPHONE_IDLE;
}

void
vt_sound_set_microphone_off (VtSound *self, gboolean off)
{
  if (self->microphone_off == off)
    return;
  self->microphone_off = off;
  if (self->client != NULL)
    send_wish (self);
  refresh (self);
}

/* --- GObject --- */

#define KEY "vt-sound"

VtSound *
vt_sound_get (VtGuest *guest)
{
  VtSound *self = g_object_get_data (G_OBJECT (guest), KEY);
  g_autofree char *name = NULL;

  if (self != NULL)
    return g_object_ref (self);
  self = g_object_new (VT_TYPE_SOUND, NULL);
  self->guest = g_object_ref (guest);
  name = g_strdup (vt_guest_get_name (guest));
  self->player = pulse_stream_new (PULSE_STREAM_PLAY, name, (void (*) (gpointer)) tell, NULL, self);
  self->recorder = pulse_stream_new (PULSE_STREAM_RECORD, name, (void (*) (gpointer)) tell,
                                     on_recorded, self);
  sound_memory_load (vt_guest_get_uuid (guest), &self->level);
  g_object_set_data (G_OBJECT (guest), KEY, self);
  return self;
}

static void
vt_sound_dispose (GObject *object)
{
  VtSound *self = VT_SOUND (object);

  if (self->save_timer != 0)
    on_save (self);
  g_clear_handle_id (&self->save_timer, g_source_remove);
  if (self->client != NULL)
    g_signal_handlers_disconnect_by_data (self->client, self);
  self->client = NULL;
  g_clear_pointer (&self->player, pulse_stream_free);
  g_clear_pointer (&self->recorder, pulse_stream_free);
  if (self->guest != NULL)
    g_object_set_data (G_OBJECT (self->guest), KEY, NULL);
  g_clear_object (&self->guest);
  g_ptr_array_set_size (self->clients, 0);
  G_OBJECT_CLASS (vt_sound_parent_class)->dispose (object);
}

static void
vt_sound_finalize (GObject *object)
{
  g_ptr_array_unref (VT_SOUND (object)->clients);
  G_OBJECT_CLASS (vt_sound_parent_class)->finalize (object);
}

static void
vt_sound_class_init (VtSoundClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = vt_sound_dispose;
  G_OBJECT_CLASS (klass)->finalize = vt_sound_finalize;
  signals[CHANGED] = g_signal_new ("changed", VT_TYPE_SOUND, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 0);
}

static void
vt_sound_init (VtSound *self)
{
  self->clients = g_ptr_array_new_with_free_func (g_object_unref);
}
