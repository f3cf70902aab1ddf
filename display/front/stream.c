/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One viewer's connection. Runs in vitrine-display on the main loop. Must never block.
 */
#include "stream-private.h"

#include "fds.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/socket.h>

static gboolean on_readable (gint socket, GIOCondition condition, gpointer user_data);

static void
really_free (Stream *stream)
{
  g_clear_handle_id (&stream->read_source, g_source_remove);
  g_clear_handle_id (&stream->write_source, g_source_remove);
  g_clear_handle_id (&stream->again_source, g_source_remove);
  g_clear_handle_id (&stream->stuck_timer, g_source_remove);
  if (stream->tls != NULL)
    gnutls_deinit (stream->tls);
  if (stream->codec != NULL)
    stream->codec->free (stream->codec_data);
  g_byte_array_unref (stream->kept);
  fds_clear (&stream->file);
  fds_clear (&stream->socket);
  g_free (stream);
}

gboolean
stream_tell (Stream *stream, void (*what) (gpointer user_data))
{
  gboolean outermost = !stream->in_callback;

  stream->in_callback = TRUE;
  what (stream->user_data);
  if (!outermost)
    return !stream->dead;
  stream->in_callback = FALSE;
  if (!stream->dead)
    return TRUE;
  really_free (stream);
  return FALSE;
}

static void
watch_reading (Stream *stream)
{
  if (stream->read_source == 0 && (!stream->paused || stream->handshaking))
    stream->read_source = g_unix_fd_add (stream->socket, G_IO_IN, on_readable, stream);
}

void
stream_watch_writing (Stream *stream)
{
  if (stream->write_source == 0)
    stream->write_source = g_unix_fd_add (stream->socket, G_IO_OUT, stream_on_writable, stream);
}

void
stream_fail (Stream *stream)
{
  stream->broken = TRUE;
  stream->timed_out = errno == ETIMEDOUT;
  g_byte_array_set_size (stream->kept, 0);
  stream->kept_at = 0;
  stream->file_left = 0;
  fds_clear (&stream->file);
  g_clear_handle_id (&stream->stuck_timer, g_source_remove);
  stream->paused = FALSE;
  shutdown (stream->socket, SHUT_RDWR); /* so that reading tells it */
  watch_reading (stream);
}

/* --- TLS --- */

gboolean
stream_shake_hands (Stream *stream)
{
  int result = gnutls_handshake (stream->tls);

  if (result == GNUTLS_E_AGAIN || result == GNUTLS_E_INTERRUPTED)
    {
      if (gnutls_record_get_direction (stream->tls) == 1)
        stream_watch_writing (stream);
      return TRUE;
    }
  if (result == GNUTLS_E_SUCCESS)
    {
      stream->handshaking = FALSE;
      return stream_tell (stream, stream->host->secured);
    }
  if (!gnutls_error_is_fatal (result))
    return TRUE;
  gnutls_alert_send_appropriate (stream->tls, result);
  stream->handshaking = FALSE;
  stream->tls_failed = TRUE;
  stream->broken = TRUE;
  return stream_tell (stream, stream->host->readable);
}

gboolean
stream_start_tls (Stream *stream, gnutls_certificate_credentials_t credentials)
{
  g_return_val_if_fail (stream->tls == NULL, FALSE);
  if (gnutls_init (&stream->tls, GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL |
                                     GNUTLS_NO_TICKETS) != GNUTLS_E_SUCCESS)
    {
      stream->tls = NULL;
      return FALSE;
    }
  if (gnutls_priority_set_direct (stream->tls, STREAM_TLS_PRIORITY, NULL) != GNUTLS_E_SUCCESS ||
      gnutls_credentials_set (stream->tls, GNUTLS_CRD_CERTIFICATE, credentials) != GNUTLS_E_SUCCESS)
    return FALSE;
  gnutls_certificate_server_set_request (stream->tls, GNUTLS_CERT_IGNORE);
  gnutls_handshake_set_timeout (stream->tls, GNUTLS_INDEFINITE_TIMEOUT); /* ours is enough */
  gnutls_transport_set_int (stream->tls, stream->socket);
  stream->handshaking = TRUE;
  return TRUE;
}

gboolean
stream_tls_failed (Stream *stream)
{
  return stream->tls_failed;
}

/* --- Reading --- */

static gssize
read_tls (Stream *stream, void *data, gsize size)
{
  gssize got = gnutls_record_recv (stream->tls, data, size);

  if (got >= 0)
    return got;
  if (got == GNUTLS_E_AGAIN || got == GNUTLS_E_INTERRUPTED)
    errno = EAGAIN;
  else if (got != GNUTLS_E_PULL_ERROR) /* then the socket's errno stands */
    errno = EPROTO;
  return -1;
}

gssize
stream_read (Stream *stream, void *data, gsize size)
{
  gssize got;

  if (stream->broken)
    return -1;
  if (stream->handshaking)
    return 0;
  got = stream->tls != NULL ? read_tls (stream, data, size)
                            : recv (stream->socket, data, size, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
    return 0;
  if (got < 0 && errno == ETIMEDOUT)
    stream->timed_out = TRUE;
  if (got <= 0)
    return -1;
  return stream->codec != NULL ? stream->codec->received (data, got, stream->codec_data) : got;
}

gboolean
stream_is_at_fault (Stream *stream)
{
  return stream->codec != NULL && stream->codec->is_at_fault (stream->codec_data);
}

gboolean
stream_timed_out (Stream *stream)
{
  return stream->timed_out;
}

static gboolean
on_again (gpointer user_data)
{
  Stream *stream = user_data;

  stream->again_source = 0;
  if (!stream->paused && stream_tell (stream, stream->host->readable) && stream->tls != NULL &&
      !stream->paused && gnutls_record_check_pending (stream->tls) > 0 && stream->again_source == 0)
    stream->again_source = g_idle_add_full (G_PRIORITY_DEFAULT, on_again, stream, NULL);
  return G_SOURCE_REMOVE;
}

static gboolean
on_readable (gint socket, GIOCondition condition, gpointer user_data)
{
  Stream *stream = user_data;

  if (stream->handshaking)
    {
      /* What is left of the handshake's last packet is not the socket's to tell. */
      if (stream_shake_hands (stream) && stream->tls != NULL && !stream->handshaking &&
          gnutls_record_check_pending (stream->tls) > 0)
        stream_resume (stream);
      return G_SOURCE_CONTINUE;
    }
  if (stream_tell (stream, stream->host->readable) && stream->tls != NULL && !stream->paused &&
      gnutls_record_check_pending (stream->tls) > 0)
    stream_resume (stream);
  return G_SOURCE_CONTINUE;
}

void
stream_pause (Stream *stream)
{
  stream->paused = TRUE;
  g_clear_handle_id (&stream->read_source, g_source_remove);
  g_clear_handle_id (&stream->again_source, g_source_remove);
}

void
stream_resume (Stream *stream)
{
  stream->paused = FALSE;
  watch_reading (stream);
  if (stream->tls != NULL && !stream->handshaking && stream->again_source == 0 &&
      gnutls_record_check_pending (stream->tls) > 0)
    stream->again_source = g_idle_add_full (G_PRIORITY_DEFAULT, on_again, stream, NULL);
}

/* The credentials may go before the rest of the connection does. */
gboolean
stream_take_rest (Stream *stream, StreamRest *ret_rest)
{
  if (stream->broken || stream->handshaking || stream->file_left > 0)
    return FALSE;
  if (stream->tls != NULL)
    gnutls_credentials_clear (stream->tls);
  *ret_rest = (StreamRest) { fds_steal (&stream->socket), g_steal_pointer (&stream->tls),
                             stream->kept, stream->kept_at };
  stream->kept = g_byte_array_new ();
  stream->kept_at = 0;
  stream->broken = TRUE;
  stream_pause (stream);
  g_clear_handle_id (&stream->write_source, g_source_remove);
  g_clear_handle_id (&stream->stuck_timer, g_source_remove);
  return TRUE;
}

gboolean
stream_is_broken (Stream *stream)
{
  return stream->broken;
}

/* --- Life --- */

Stream *
stream_new (int socket, const StreamHost *host, gpointer user_data)
{
  Stream *stream = g_new0 (Stream, 1);

  stream->socket = socket;
  stream->file = -1;
  stream->host = host;
  stream->user_data = user_data;
  stream->kept = g_byte_array_new ();
  watch_reading (stream);
  return stream;
}

void
stream_set_host (Stream *stream, const StreamHost *host, gpointer user_data)
{
  stream->host = host;
  stream->user_data = user_data;
}

void
stream_set_codec (Stream *stream, const StreamCodec *vtable, gpointer codec)
{
  g_return_if_fail (stream->codec == NULL);
  stream->codec = vtable;
  stream->codec_data = codec;
}

void
stream_free (Stream *stream)
{
  if (stream == NULL)
    return;
  stream->dead = TRUE;
  /* Not a callback of a stream that is gone. */
  g_clear_handle_id (&stream->write_source, g_source_remove);
  g_clear_handle_id (&stream->again_source, g_source_remove);
  g_clear_handle_id (&stream->stuck_timer, g_source_remove);
  if (!stream->in_callback)
    really_free (stream);
}
