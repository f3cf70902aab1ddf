/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * B7: what the display process sends (common/ipc/glass-wire.h), from the bytes of one packet to a
 * message that is legal now. Pure: descriptors are only counted here; what they are is
 * vt-glass-client.c's question.
 */
#pragma once

#include "cursor.h"
#include "ipc/glass-wire.h"

/* What decides which message is legal. Starts as zeros but for `console`; only glass_state_apply changes it, and the
 * owner clears `outstanding` when it acknowledges `serial`. */
typedef struct
{
  gboolean welcomed;
  guint32 width; /* of the present frame; 0: none */
  guint32 height;
  guint32 serial; /* of the last SCANOUT or DAMAGE */
  gboolean outstanding;
  guint32 console; /* that HELLO named; set by the owner */
  guint32 n_heads; /* 0: not told yet */
  guint32 sound_wished; /* every GLASS_SOUND_HEAR and _SPEAK ever sent: what was may still come */
  guint32 fetch; /* the CLIPBOARD_FETCH that is not answered; 0: none. Set by the owner. */
  guint32 fetch_kind;
  guint32 last_fetch; /* the owner's: numbers are not used twice */
} GlassState;

typedef struct
{
  union
  {
    guint32 type; /* GlassType, display -> client */
    GlassWelcome welcome;
    GlassScanout scanout;
    GlassCursor cursor;
    GlassCursorPosition position;
    GlassPointerMode mode;
    GlassLeds leds;
    GlassBlank blank;
    GlassHeads heads;
    GlassClipboardOffer clipboard_offer;
    GlassClipboardWant clipboard_want;
    GlassClipboardData clipboard_data;
    GlassClipboardState clipboard_state;
    struct
    {
      guint32 type;
      guint32 serial;
      guint32 n_rects;
      guint32 n_updates;
      GlassRect rects[GLASS_RECTS_MAX];
    } damage;
    GlassSoundState sound;
    struct
    {
      guint32 type;
      guint32 n_frames;
      GlassSoundFrame frames[GLASS_SOUND_FRAMES_MAX];
    } played;
  };
  gsize
      fd_bytes; /* how much of the one descriptor that came with it is to be mapped; 0: none came */
} GlassMessage;

/* PARSE_OK or PARSE_BAD: a packet is always whole. Writes *ret_message only with PARSE_OK. */
ParseResult glass_parse_message (const GlassState *state,
                                 const void *data,
                                 gsize size,
                                 guint n_fds,
                                 GlassMessage *ret_message);

/* The state after a parsed message. */
void glass_state_apply (GlassState *state, const GlassMessage *message);
