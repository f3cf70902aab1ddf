/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One console's present state: picture, cursor, pointer mode, LEDs. The only meeting point of the
 * threads that QEMU reports to, its listener's and GDBus's, with the main loop: they apply what
 * comes at once and in place (so that a flood can queue nothing), it is woken and takes what
 * changed. State, not events: however much changes, memory stays the same.
 */
#pragma once

#include "frame/frame.h"
#include "ipc/link-wire.h"

typedef struct _Screen Screen;

/* `changed` runs in the main context after any number of changes. */
Screen *screen_new (void (*changed) (gpointer user_data), gpointer user_data);
/* After the other threads' last use. */
void screen_free (Screen *screen);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Screen, screen_free)

/* --- The listener's thread --- */

/* Starts an update: of the present frame, or of a new one where there is none of this size. FALSE
 * without memory. */
gboolean screen_begin_frame (Screen *screen, guint32 width, guint32 height, GError **error);
/* Starts an update of part of the present frame. FALSE if it does not lie inside it. */
gboolean screen_begin_part (Screen *screen, const GlassRect *rect);
/* Any number of times, then end. */
void screen_apply (Screen *screen, const PixelBlock *block, const guint8 *data);
void screen_end (Screen *screen);
void screen_blank (Screen *screen);
/* `argb` is straight alpha, width * height pixels; unused if the width is 0. */
gboolean screen_set_cursor (Screen *screen,
                            const GlassCursor *cursor,
                            const guint8 *argb,
                            GError **error);
void screen_set_cursor_position (Screen *screen, gint32 x, gint32 y, gboolean visible);

/* --- Any thread --- */
void screen_set_absolute (Screen *screen, gboolean absolute);
void screen_set_leds (Screen *screen, guint32 leds);
/* The link to QEMU is lost; `reason` is a sentence of ours. The first counts. */
void screen_fail (Screen *screen, LinkFailure failure, const char *reason);

/* --- Main thread --- */

/* What changed since the last time. */
typedef enum
{
  SCREEN_FRAME = 1 << 0, /* another frame, or none */
  SCREEN_DAMAGE = 1 << 1,
  SCREEN_CURSOR = 1 << 2,
  SCREEN_CURSOR_POSITION = 1 << 3,
  SCREEN_POINTER_MODE = 1 << 4,
  SCREEN_LEDS = 1 << 5,
  SCREEN_FAILED = 1 << 6,
  SCREEN_LIT = 1 << 7,
} ScreenChanges;

typedef struct
{
  ScreenChanges changes;
  gboolean known;     /* QEMU has said what there is to see, be it nothing */
  guint64 generation; /* of the frame; another number is another frame (or none) */
  guint32 width;      /* 0: no picture */
  guint32 height;
  gboolean lit;    /* it is the guest's picture, not QEMU's word that there is none */
  Tiles damage;    /* of that frame since the last time; owned by this struct, reused */
  guint n_updates; /* how many of QEMU's updates it merges */
  GlassCursorPosition position;
  gboolean absolute;
  guint32 leds;
  LinkFailure failure;
  const char *reason; /* static */
} ScreenNews;

void screen_take_news (Screen *screen, ScreenNews *news);
void screen_news_clear (ScreenNews *news);

/* The present frame's message (its serial is for the sender to set) and a descriptor to send, which
 * is the caller's; -1 if there is no picture. */
int screen_dup_frame (Screen *screen, GlassScanout *ret_scanout, guint64 *ret_generation);
/* The colours of that frame's tiles; NULL if it is no longer the present one. */
TileColours *screen_ref_colours (Screen *screen, guint64 generation);
/* As screen_dup_frame; -1 with a width of 0 for no cursor. */
int screen_dup_cursor (Screen *screen, GlassCursor *ret_cursor);
