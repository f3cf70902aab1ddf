/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the two parts of a viewer's connection share: stream.c (life, TLS, reading) and
 * stream-write.c. Not for anyone else.
 */
#pragma once

#include "front/stream.h"

struct _Stream
{
  int socket; /* owned */
  const StreamHost *host;
  gpointer user_data;
  guint read_source;
  guint write_source;
  guint again_source; /* TLS holds bytes that the socket no longer tells of */
  guint stuck_timer;
  gboolean progressed; /* since the stuck timer was started */
  gboolean paused;
  gboolean broken;
  gboolean in_callback;
  gboolean dead; /* freed in a callback */

  GByteArray *kept; /* not sent yet, from `kept_at` on */
  gsize kept_at;
  gsize file_left; /* of a file, to be sent before kept's byte `file_from`; 0: nothing is */
  gsize file_from;
  int file; /* owned */
  off_t file_at;
  guint64 sent;

  gnutls_session_t tls; /* owned; NULL: plain */
  gboolean handshaking;
  gboolean tls_failed;
  gboolean timed_out; /* the kernel gave the viewer up */

  const StreamCodec *codec; /* NULL: bytes as they are */
  gpointer codec_data;      /* owned */
};

/* --- stream.c --- */

/* Calls the host. FALSE if that was the stream's end. */
gboolean stream_tell (Stream *stream, void (*what) (gpointer user_data));
void stream_watch_writing (Stream *stream);
/* The viewer is gone, as errno says; reading tells it. */
void stream_fail (Stream *stream);
/* FALSE if the stream is gone. */
gboolean stream_shake_hands (Stream *stream);

/* --- stream-write.c --- */

/* Its source's function. */
gboolean stream_on_writable (gint socket, GIOCondition condition, gpointer stream);
