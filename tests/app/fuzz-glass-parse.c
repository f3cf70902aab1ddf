/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A conversation of a hostile display process. The input is a series of packets, each with two
 * leading bytes: its length, and in the second the descriptors it brings (bits 0-1), whether we
 * acknowledge before it (bit 2) and so many times 256 more bytes of length (bits 3 to 7). We have
 * asked for sound and offer a microphone.
 */
#include "glass-parse.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* What was let through must be safe to use as it is. */
static void
check_message (const GlassState *state, const GlassMessage *message)
{
  if (message->type == GLASS_SCANOUT)
    {
      const GlassScanout *s = &message->scanout;

      g_assert_true (s->width >= 1 && s->width <= GLASS_DIMENSION_MAX);
      g_assert_true (s->height >= 1 && s->height <= GLASS_DIMENSION_MAX);
      g_assert_true (s->stride / 4 >= s->width && s->stride % 4 == 0);
      g_assert_true (message->fd_bytes / s->stride == s->height);
      g_assert_true (message->fd_bytes <= GLASS_FRAME_BYTES_MAX);
    }
  else if (message->type == GLASS_DAMAGE)
    {
      g_assert_true (message->damage.n_rects >= 1 && message->damage.n_rects <= GLASS_RECTS_MAX);
      for (guint i = 0; i < message->damage.n_rects; i++)
        {
          const GlassRect *r = &message->damage.rects[i];

          g_assert_true (r->width >= 1 && r->height >= 1);
          g_assert_true ((guint64) r->x + r->width <= state->width);
          g_assert_true ((guint64) r->y + r->height <= state->height);
        }
    }
  else if (message->type == GLASS_SOUND_PLAYED)
    g_assert_true (message->played.n_frames >= 1 &&
                   message->played.n_frames <= GLASS_SOUND_FRAMES_MAX);
  else if (message->type == GLASS_CURSOR && message->cursor.width > 0)
    {
      g_assert_true (message->fd_bytes ==
                     (gsize) message->cursor.width * message->cursor.height * 4);
      g_assert_true (message->fd_bytes <= 512 * 512 * 4);
      g_assert_true (message->cursor.hot_x < message->cursor.width);
      g_assert_true (message->cursor.hot_y < message->cursor.height);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  GlassState state = { .sound_wished = GLASS_SOUND_HEAR | GLASS_SOUND_SPEAK };
  gsize at = 0;

  while (size - at >= 2)
    {
      guint8 flags = data[at + 1];
      gsize length = data[at] + (flags >> 3) * 256u;
      GlassMessage message;

      at += 2;
      length = MIN (length, size - at);
      if (flags & 4)
        state.outstanding = FALSE;
      if (glass_parse_message (&state, data + at, length, flags & 3, &message) == PARSE_OK)
        {
          check_message (&state, &message);
          g_assert_true ((message.fd_bytes > 0) == ((flags & 3) == 1));
          glass_state_apply (&state, &message);
        }
      at += length;
    }
  return 0;
}
