/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Bytes to and from one peer of vitrine-nbd, in clear or by TLS, never waiting. Runs in vitrine-nbd.
 */
#pragma once

#include <glib.h>
#include <gnutls/gnutls.h>

typedef struct _NbdStream NbdStream;

typedef struct
{
  /* Something can be read, or the TLS handshake may go on. */
  void (*readable) (gpointer user_data);
  /* Sending has failed: the peer is gone. Never called from within a function of the stream. */
  void (*broken) (gpointer user_data);
  /* Bytes have left. */
  void (*sent) (gsize bytes, gpointer user_data);
} NbdStreamEvents;

/* Takes `fd`, a connected stream socket. */
NbdStream *nbd_stream_new_take (int fd, const NbdStreamEvents *events, gpointer user_data);
void nbd_stream_free (NbdStream *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NbdStream, nbd_stream_free)

/* From here on by TLS, as its client; `session` is taken. */
void nbd_stream_take_tls (NbdStream *stream, gnutls_session_t session);

/* 1: done; 0: call again when readable; negative: GnuTLS's error. */
int nbd_stream_handshake (NbdStream *stream);

/* The number of bytes read, 0 if there are none for now, -1 at the end of the stream or its
 * failure. */
gssize nbd_stream_receive (NbdStream *stream, void *data, gsize size);

/* Queues bytes to be sent: one more owner of `bytes`; or a copy. */
void nbd_stream_send_bytes (NbdStream *stream, GBytes *bytes);
void nbd_stream_send (NbdStream *stream, gconstpointer data, gsize size);

/* Bytes that have not left yet. */
gsize nbd_stream_get_unsent (NbdStream *stream);

/* Whether the peer's bytes are looked at. */
void nbd_stream_set_reading (NbdStream *stream, gboolean reading);

/* `readable` is called soon, whatever the socket says: the caller did not read all there is. */
void nbd_stream_read_again (NbdStream *stream);
