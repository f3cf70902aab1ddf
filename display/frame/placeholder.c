/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Knows QEMU's placeholder picture (ui/console.c: qemu_create_placeholder_surface). Runs in
 * vitrine-display on a listener's thread.
 */
#include "placeholder.h"

#define FONT_HEIGHT 16u
#define BLACK 0x000000u
#define GREY 0xaaaaaau

/* Whether rows begin to end have no other colours than black and, if there is to be text, grey. */
static gboolean
has_only (const Frame *frame, guint32 begin, guint32 end, gboolean text)
{
  gboolean grey = FALSE;

  for (guint32 y = begin; y < end; y++)
    {
      const guint32 *row = (const guint32 *) (frame->map + (gsize) y * frame->stride);

      for (guint32 x = 0; x < frame->width; x++)
        {
          guint32 colour = row[x] & 0xffffffu;

          if (colour == BLACK)
            continue;
          if (!text || colour != GREY)
            return FALSE;
          grey = TRUE;
        }
    }
  return grey == text;
}

gboolean
placeholder_is_shown (const Frame *frame)
{
  guint32 begin;

  if (frame->height < FONT_HEIGHT * 2)
    return FALSE;
  begin = (frame->height / FONT_HEIGHT - 1) / 2 * FONT_HEIGHT;
  /* The text first: a picture without it is told at once. */
  return has_only (frame, begin, begin + FONT_HEIGHT, TRUE) && has_only (frame, 0, begin, FALSE) &&
         has_only (frame, begin + FONT_HEIGHT, frame->height, FALSE);
}
