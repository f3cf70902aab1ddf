/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the parts of the glass client share: vt-glass-client.c (the connection), vt-glass-sent.c
 * (what comes by it), vt-glass-clipboard.c and vt-glass-input.c. Not for anyone else.
 */
#pragma once

#include "glass-parse.h"
#include "glass-queue.h"
#include "vt-glass-client.h"

struct _VtGlassClient
{
  GObject parent_instance;

  /* owned */
  int socket; /* -1: closed */
  GMainContext *context;
  GSource *read_source;
  GSource *write_source; /* while the socket takes no more */
  GSource *patience_timer;
  GSource *failure_source; /* a failure of ours, to be told from the main loop */
  GlassQueue queue;
  cairo_surface_t *frame;  /* over the shared mapping, which ends with it */
  cairo_surface_t *cursor; /* own memory */

  GBytes *clipboard; /* contents just received, until they are told */

  guint patience; /* ms */
  GlassState state;
  int hot_x, hot_y;
  gboolean cursor_visible;
  gboolean absolute;
  guint leds;
  guint32 lit; /* mask of heads */
  guint sound_state;
};

enum
{
  GLASS_SIGNAL_SCANOUT,
  GLASS_SIGNAL_DAMAGE,
  GLASS_SIGNAL_BLANK,
  GLASS_SIGNAL_CURSOR,
  GLASS_SIGNAL_CURSOR_POSITION,
  GLASS_SIGNAL_POINTER_MODE,
  GLASS_SIGNAL_LEDS,
  GLASS_SIGNAL_HEADS,
  GLASS_SIGNAL_SOUND_STATE,
  GLASS_SIGNAL_SOUND,
  GLASS_SIGNAL_CLIPBOARD_OFFER,
  GLASS_SIGNAL_CLIPBOARD_WANT,
  GLASS_SIGNAL_CLIPBOARD_DATA,
  GLASS_SIGNAL_CLIPBOARD_STATE,
  GLASS_SIGNAL_DRAINED,
  GLASS_SIGNAL_CLOSED,
  GLASS_SIGNALS,
};
extern guint vt_glass_signals[GLASS_SIGNALS];

/* Queues a message, with a descriptor that it takes (-1: none). */
void vt_glass_client_send_take_fd (VtGlassClient *self, const GlassRequest *request, int fd);
GlassState *vt_glass_client_get_state (VtGlassClient *self);

/* The descriptor stays the caller's. */
void vt_glass_client_take_message (VtGlassClient *self, const GlassMessage *message, int fd);
/* The peer has greeted: sends what has waited for that. Whether all of it went. */
gboolean vt_glass_client_begin (VtGlassClient *self);
/* Ends the connection and tells why. */
void vt_glass_client_close_with (VtGlassClient *self, const char *reason);
