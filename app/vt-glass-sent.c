/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a display process sends, once glass-parse.c has found it to keep the rules: taken in, then
 * told to whoever listens. Runs in `vitrine` and `vitrinectl`; a descriptor is checked before it is
 * mapped.
 */
#include "vt-glass-client-private.h"

#include "fds.h"
#include "glass-picture.h"

static gboolean
take_scanout (VtGlassClient *self, const GlassMessage *message, int fd, GError **error)
{
  cairo_surface_t *frame = glass_picture_map_frame (fd, &message->scanout, error);

  if (frame == NULL)
    return FALSE;
  g_clear_pointer (&self->frame, cairo_surface_destroy);
  self->frame = frame;
  return TRUE;
}

static gboolean
take_blank (VtGlassClient *self, const GlassMessage *message, int fd, GError **error)
{
  g_clear_pointer (&self->frame, cairo_surface_destroy);
  return TRUE;
}

static gboolean
take_cursor (VtGlassClient *self, const GlassMessage *message, int fd, GError **error)
{
  const GlassCursor *cursor = &message->cursor;
  cairo_surface_t *image = NULL;

  if (cursor->width > 0)
    {
      image = glass_picture_copy_cursor (fd, cursor, error);
      if (image == NULL)
        return FALSE;
    }
  g_clear_pointer (&self->cursor, cairo_surface_destroy);
  self->cursor = image;
  self->hot_x = image != NULL ? cursor->hot_x : 0;
  self->hot_y = image != NULL ? cursor->hot_y : 0;
  return TRUE;
}

static gboolean
take_position (VtGlassClient *self, const GlassMessage *message, int fd, GError **error)
{
  self->cursor_visible = message->position.visible;
  return TRUE;
}

static gboolean
take_mode (VtGlassClient *self, const GlassMessage *message, int fd, GError **error)
{
  self->absolute = message->mode.absolute;
  return TRUE;
}

static gboolean
take_leds (VtGlassClient *self, const GlassMessage *message, int fd, GError **error)
{
  self->leds = message->leds.leds;
  return TRUE;
}

/* Copied at once; a text that is none would upset whoever it is pasted to. */
static gboolean
take_clipboard (VtGlassClient *self, const GlassMessage *message, int fd, GError **error)
{
  const GlassClipboardData *data = &message->clipboard_data;
  gsize size;
  const char *text;

  g_clear_pointer (&self->clipboard, g_bytes_unref);
  if (data->size == 0)
    return TRUE;
  self->clipboard = fds_read_memory (fd, data->size, error);
  if (self->clipboard == NULL)
    return FALSE;
  text = g_bytes_get_data (self->clipboard, &size);
  if (data->kind != GLASS_CLIPBOARD_TEXT || g_utf8_validate_len (text, size, NULL))
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                       "The clipboard's text is not valid UTF-8");
  return FALSE;
}

static gboolean
take_heads (VtGlassClient *self, const GlassMessage *message, int fd, GError **error)
{
  self->lit = message->heads.lit;
  return TRUE;
}

static gboolean
take_sound_state (VtGlassClient *self, const GlassMessage *message, int fd, GError **error)
{
  self->sound_state = message->sound.state;
  return TRUE;
}

static gboolean
take_nothing (VtGlassClient *self, const GlassMessage *message, int fd, GError **error)
{
  return TRUE;
}

/* --- And tell our owner; each is the last thing done with a packet, for it may drop us --- */

static void
tell_plain (VtGlassClient *self, const GlassMessage *message, guint signal)
{
  g_signal_emit (self, signal, 0);
}

static void
tell_welcome (VtGlassClient *self, const GlassMessage *message, guint signal)
{
  if (vt_glass_client_begin (self))
    g_signal_emit (self, signal, 0);
}

static void
tell_damage (VtGlassClient *self, const GlassMessage *message, guint signal)
{
  g_signal_emit (self, signal, 0, message->damage.rects, (guint) message->damage.n_rects);
}

/* Far outside is outside: nobody's arithmetic is to overflow. */
static int
clamp_position (gint32 value)
{
  return CLAMP (value, -(gint32) GLASS_DIMENSION_MAX, (gint32) GLASS_DIMENSION_MAX);
}

static void
tell_position (VtGlassClient *self, const GlassMessage *message, guint signal)
{
  g_signal_emit (self, signal, 0, clamp_position (message->position.x),
                 clamp_position (message->position.y), self->cursor_visible);
}

static void
tell_mode (VtGlassClient *self, const GlassMessage *message, guint signal)
{
  g_signal_emit (self, signal, 0, self->absolute);
}

static void
tell_leds (VtGlassClient *self, const GlassMessage *message, guint signal)
{
  g_signal_emit (self, signal, 0, self->leds);
}

static void
tell_sound_state (VtGlassClient *self, const GlassMessage *message, guint signal)
{
  g_signal_emit (self, signal, 0, self->sound_state);
}

static void
tell_sound (VtGlassClient *self, const GlassMessage *message, guint signal)
{
  g_signal_emit (self, signal, 0, message->played.frames, (guint) message->played.n_frames);
}

static void
tell_clipboard_offer (VtGlassClient *self, const GlassMessage *message, guint signal)
{
  g_signal_emit (self, signal, 0, message->clipboard_offer.kinds);
}

static void
tell_clipboard_want (VtGlassClient *self, const GlassMessage *message, guint signal)
{
  g_signal_emit (self, signal, 0, message->clipboard_want.number, message->clipboard_want.kind);
}

static void
tell_clipboard_data (VtGlassClient *self, const GlassMessage *message, guint signal)
{
  g_autoptr (GBytes) contents = g_steal_pointer (&self->clipboard);

  g_signal_emit (self, signal, 0, message->clipboard_data.kind, contents);
}

static void
tell_clipboard_state (VtGlassClient *self, const GlassMessage *message, guint signal)
{
  const GlassClipboardState *state = &message->clipboard_state;

  g_signal_emit (self, signal, 0, state->policy, state->question, state->direction);
}

static const struct
{
  guint32 type;
  gboolean (*take) (VtGlassClient *self, const GlassMessage *message, int fd, GError **error);
  void (*tell) (VtGlassClient *self, const GlassMessage *message, guint signal);
  guint signal;
} takers[] = {
  { GLASS_WELCOME, take_nothing, tell_welcome, GLASS_SIGNAL_DRAINED },
  { GLASS_SCANOUT, take_scanout, tell_plain, GLASS_SIGNAL_SCANOUT },
  { GLASS_DAMAGE, take_nothing, tell_damage, GLASS_SIGNAL_DAMAGE },
  { GLASS_BLANK, take_blank, tell_plain, GLASS_SIGNAL_BLANK },
  { GLASS_CURSOR, take_cursor, tell_plain, GLASS_SIGNAL_CURSOR },
  { GLASS_CURSOR_POSITION, take_position, tell_position, GLASS_SIGNAL_CURSOR_POSITION },
  { GLASS_POINTER_MODE, take_mode, tell_mode, GLASS_SIGNAL_POINTER_MODE },
  { GLASS_LEDS, take_leds, tell_leds, GLASS_SIGNAL_LEDS },
  { GLASS_HEADS, take_heads, tell_plain, GLASS_SIGNAL_HEADS },
  { GLASS_SOUND_STATE, take_sound_state, tell_sound_state, GLASS_SIGNAL_SOUND_STATE },
  { GLASS_SOUND_PLAYED, take_nothing, tell_sound, GLASS_SIGNAL_SOUND },
  { GLASS_CLIPBOARD_OFFER, take_nothing, tell_clipboard_offer, GLASS_SIGNAL_CLIPBOARD_OFFER },
  { GLASS_CLIPBOARD_WANT, take_nothing, tell_clipboard_want, GLASS_SIGNAL_CLIPBOARD_WANT },
  { GLASS_CLIPBOARD_DATA, take_clipboard, tell_clipboard_data, GLASS_SIGNAL_CLIPBOARD_DATA },
  { GLASS_CLIPBOARD_STATE, take_nothing, tell_clipboard_state, GLASS_SIGNAL_CLIPBOARD_STATE },
};

void
vt_glass_client_take_message (VtGlassClient *self, const GlassMessage *message, int fd)
{
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (takers); i++)
    {
      if (takers[i].type != message->type)
        continue;
      if (!takers[i].take (self, message, fd, &error))
        {
          g_prefix_error (&error, "The display process offered what cannot be used: ");
          vt_glass_client_close_with (self, error->message);
          return;
        }
      glass_state_apply (&self->state, message);
      takers[i].tell (self, message, vt_glass_signals[takers[i].signal]);
      return;
    }
}
