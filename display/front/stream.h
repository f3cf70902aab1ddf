/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A viewer's TCP connection, with TLS once it is asked for: non-blocking, on the main loop. What
 * the viewer has not taken yet is kept, and the caller is expected to send nothing more until it
 * has drained. A viewer that takes nothing for STREAM_STUCK_SECONDS is reported.
 */
#pragma once

#include <glib.h>
#include <gnutls/gnutls.h>

#define STREAM_STUCK_SECONDS 20
/* Authenticated ciphers with forward secrecy only, which every viewer of the last ten years has. */
#define STREAM_TLS_PRIORITY                                                                        \
  "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-CIPHER-ALL:+AES-256-GCM:+CHACHA20-POLY1305:"   \
  "+AES-128-GCM"

typedef struct _Stream Stream;

/* Any of these may free the stream. */
typedef struct
{
  void (*readable) (gpointer user_data); /* stream_read () has something to say */
  void (*drained) (gpointer user_data);  /* all that was sent has left */
  void (*secured) (gpointer user_data);  /* TLS is up */
  void (*stuck) (gpointer user_data);
} StreamHost;

/* What stands between the connection's bytes and its owner's: frames around them, say. */
#define STREAM_HEAD_BYTES_MAX 16u
typedef struct
{
  /* Turns what was read into what it carries, in place; its size. -1: the connection is over. */
  gssize (*received) (guint8 *data, gsize size, gpointer codec);
  /* What stands before the next `size` bytes that are sent; its size. */
  gsize (*put_head) (gsize size, guint8 *out, gpointer codec);
  void (*drained) (gpointer codec);
  void (*say_goodbye) (guint why, gpointer codec);
  gboolean (*is_at_fault) (gpointer codec);
  void (*free) (gpointer codec);
} StreamCodec;

/* Takes the socket, which is non-blocking. */
Stream *stream_new (int socket, const StreamHost *host, gpointer user_data);
void stream_free (Stream *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Stream, stream_free)

/* Another owner. */
void stream_set_host (Stream *stream, const StreamHost *host, gpointer user_data);
/* From now on, once. Takes the codec. */
void stream_set_codec (Stream *stream, const StreamCodec *vtable, gpointer codec);

/* Bytes read, at least 1; 0: none now; -1: the connection has ended. */
gssize stream_read (Stream *stream, void *data, gsize size);
/* While paused, `readable` is not called. */
void stream_pause (Stream *stream);
void stream_resume (Stream *stream);

/* Sends or keeps. An error is told by stream_read (). */
void stream_send (Stream *stream, const void *data, gsize size);
/* For codecs: as it is. */
void stream_send_bare (Stream *stream, const void *data, gsize size);
/* Whether nothing stands between the connection's bytes and its owner's. */
gboolean stream_takes_files (Stream *stream);
/* For such a stream that is drained or to which nothing but bytes has been sent since: `head`, then
 * `size` bytes of a memory from `at` on, as they are when they leave. They are copied neither here
 * nor by the kernel. `file` stays the caller's and may be closed. SIGPIPE must be ignored. */
void stream_send_file (Stream *stream,
                       const void *head,
                       gsize n_head,
                       int file,
                       gsize at,
                       gsize size);
/* Tells the peer, after all that was sent, that it will be left. FALSE if its protocol has no word
 * for that, or it is gone. */
gboolean stream_say_goodbye (Stream *stream, guint why);
/* What is left of a stream to which nothing more will be sent: a connection, and what waits. */
typedef struct
{
  int socket;           /* owned */
  gnutls_session_t tls; /* owned; NULL: plain. Has no credentials any more. */
  GByteArray *kept;     /* owned; not sent yet, from `kept_at` on */
  gsize kept_at;
} StreamRest;
/* Takes it out of the stream, which is broken from now on. FALSE: there is nothing worth taking. */
gboolean stream_take_rest (Stream *stream, StreamRest *ret_rest);
gboolean stream_is_drained (Stream *stream);
/* Nothing can be sent any more, as stream_read () will tell. */
gboolean stream_is_broken (Stream *stream);
guint64 stream_get_sent (Stream *stream);

/* What was sent before must have been asked for with nothing more to read: TLS starts with the next
 * byte in either direction. `credentials` outlive the stream. FALSE without memory. */
gboolean stream_start_tls (Stream *stream, gnutls_certificate_credentials_t credentials);
/* The connection has ended because TLS could not be agreed on. */
gboolean stream_tls_failed (Stream *stream);
/* The connection has ended because what came was not what the codec takes. */
gboolean stream_is_at_fault (Stream *stream);
/* The connection has ended because the viewer took nothing, or was gone, for STREAM_STUCK_SECONDS.
 */
gboolean stream_timed_out (Stream *stream);
