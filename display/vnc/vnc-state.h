/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What is known of a VNC viewer, for the files that make up its session and for no others:
 * vnc-session.c (life, turns), vnc-requests.c (what it asks), vnc-tell.c (news besides pixels),
 * vnc-updates.c (pixels). Main thread only.
 */
#pragma once

#include "vnc/vnc-audio.h"
#include "vnc/vnc-clipboard.h"
#include "vnc/vnc-input.h"
#include "vnc/vnc-session.h"

/* What a viewer understands besides pixels. */
typedef enum
{
  VNC_CAN_RESIZE = 1 << 0,
  VNC_CAN_RESIZE_EXTENDED = 1 << 1,
  VNC_CAN_LAST_RECT = 1 << 2,
  VNC_CAN_CURSOR = 1 << 3,
  VNC_CAN_ALPHA_CURSOR = 1 << 4,
  VNC_CAN_POINTER_MODE = 1 << 5,
  VNC_CAN_QEMU_KEYS = 1 << 6,
  VNC_CAN_LEDS = 1 << 7,
  VNC_CAN_AUDIO = 1 << 8,
  VNC_CAN_VMWARE_LEDS = 1 << 9,
  VNC_CAN_CLIPBOARD = 1 << 10, /* the extended one */
} VncCan;

/* What is to be told with the next update. */
typedef enum
{
  VNC_TELL_SIZE = 1 << 0,
  VNC_TELL_RESIZE_ANSWER = 1 << 1,
  VNC_TELL_CURSOR = 1 << 2,
  VNC_TELL_POINTER_MODE = 1 << 3,
  VNC_TELL_QEMU_KEYS = 1 << 4,
  VNC_TELL_LEDS = 1 << 5,
  VNC_TELL_AUDIO = 1 << 6,
} VncTell;

/* Ends excluded; right 0: nothing. May lie outside the view. */
typedef struct
{
  guint32 left, top, right, bottom;
} VncArea;

struct _VncSession
{
  VncServer *server; /* borrowed */
  Stream *stream;    /* borrowed */
  gboolean view_only;
  const VncSessionHost *host; /* borrowed */
  gpointer user_data;
  Encoder *encoder; /* owned; NULL: out of memory, shows nothing */
  VncInput input;
  VncAudio *audio; /* owned; NULL: it has asked for none */
  VncClipboard *clipboard; /* owned; NULL: it may only look */

  VncCan can;
  VncTell tell;
  guint resize_answer;
  gboolean pointer_mode_told;
  guint32 width; /* of the viewer's screen */
  guint32 height;
  gboolean asked; /* for an update */
  VncArea lost;   /* what it has asked for anew since the last update */
  Tiles damage;   /* of the view, not yet sent */
  gsize skip;     /* bytes of a cut text still to come, that nobody may have */
  gsize cut;      /* the same, for the clipboard */
  guint rest_timer;

  /* Take effect with the next update: the present one was begun in the old way. */
  gboolean have_format;
  RfbPixelFormat format;
  gboolean have_wish;
  EncoderWish wish;

  gboolean zrle_begun; /* its one stream */
  PieceKey key;        /* of the update under way; its rectangle is set for each piece */

  /* The update under way. */
  GArray *pieces; /* of GlassRect */
  guint next_piece;
  gboolean ends_with_marker;
  guint32 view_width; /* the view that its pieces belong to */
  guint32 view_height;
  guint turn_source;
  GByteArray *batch; /* owned; empty but in a turn */
};

/* --- vnc-session.c --- */

/* Small pieces wait for each other until the turn ends. */
void vnc_session_send (VncSession *session, const void *data, gsize size);
/* Part of a memory, from `at` on, which `same` points to. */
void vnc_session_send_file (VncSession *session,
                            int file,
                            gsize at,
                            const guint8 *same,
                            gsize size);

/* --- vnc-requests.c --- */

void vnc_requests_take (VncSession *session, const RfbRequest *request);
/* What the viewer has asked for anew is damage. */
void vnc_requests_mark (VncSession *session);

/* --- vnc-tell.c --- */

/* What is to be told and understood. */
VncTell vnc_tell_get_pending (VncSession *session);
/* Pseudo-rectangles; they return how many. After a new size nothing else may go along. */
guint vnc_tell_put_size (VncSession *session, GByteArray *out);
guint vnc_tell_put_state (VncSession *session, GByteArray *out);

/* --- vnc-updates.c --- */

/* Sends the head of an update, if one was asked for and there is something to tell. */
gboolean vnc_updates_begin (VncSession *session);
/* FALSE between two updates, where the server's other messages have their place. */
gboolean vnc_updates_is_under_way (VncSession *session);
/* The next piece of the update under way. */
void vnc_updates_send_piece (VncSession *session);
