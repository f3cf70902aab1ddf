/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One viewer's connection. Runs in vitrine-display on the main loop. Must never block, and never
 * keep more than its caller gave it.
 */
#include "stream.h"

#include "fds.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#define FIRST_BYTES 16384u /* a TLS record */

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

static gboolean on_readable (gint socket, GIOCondition condition, gpointer user_data);
static gboolean on_writable (gint socket, GIOCondition condition, gpointer user_data);

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

/* Calls the host. FALSE if that was the stream's end. */
static gboolean
tell (Stream *stream, void (*what) (gpointer user_data))
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

static void
watch_writing (Stream *stream)
{
  if (stream->write_source == 0)
    stream->write_source = g_unix_fd_add (stream->socket, G_IO_OUT, on_writable, stream);
}

static void
fail (Stream *stream)
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

/* FALSE if the stream is gone. */
static gboolean
shake_hands (Stream *stream)
{
  int result = gnutls_handshake (stream->tls);

  if (result == GNUTLS_E_AGAIN || result == GNUTLS_E_INTERRUPTED)
    {
      if (gnutls_record_get_direction (stream->tls) == 1)
        watch_writing (stream);
      return TRUE;
    }
  if (result == GNUTLS_E_SUCCESS)
    {
      stream->handshaking = FALSE;
      return tell (stream, stream->host->secured);
    }
  if (!gnutls_error_is_fatal (result))
    return TRUE;
  gnutls_alert_send_appropriate (stream->tls, result);
  stream->handshaking = FALSE;
  stream->tls_failed = TRUE;
  stream->broken = TRUE;
  return tell (stream, stream->host->readable);
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
  if (!stream->paused && tell (stream, stream->host->readable) && stream->tls != NULL &&
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
      if (shake_hands (stream) && stream->tls != NULL && !stream->handshaking &&
          gnutls_record_check_pending (stream->tls) > 0)
        stream_resume (stream);
      return G_SOURCE_CONTINUE;
    }
  if (tell (stream, stream->host->readable) && stream->tls != NULL && !stream->paused &&
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

/* --- Writing --- */

/* How much was taken; 0: none now; -1: never again. */
static gssize
judge_sent (gssize done)
{
  if (done < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ENOBUFS))
    return 0;
  return done > 0 ? done : -1;
}

static gssize
write_some (Stream *stream, const void *data, gsize size)
{
  gssize done;

  if (stream->tls == NULL)
    return judge_sent (send (stream->socket, data, size,
                             MSG_NOSIGNAL | MSG_DONTWAIT | (stream->file_left > 0 ? MSG_MORE : 0)));
  done = gnutls_record_send (stream->tls, data, size);
  if (done == GNUTLS_E_AGAIN || done == GNUTLS_E_INTERRUPTED)
    return 0;
  return done > 0 ? done : -1;
}

/* Sends until the viewer takes no more; how much it took, -1: it is gone. */
static gssize
write_all (Stream *stream, const guint8 *data, gsize size)
{
  gsize done = 0;

  while (done < size)
    {
      gssize more = write_some (stream, data + done, size - done);

      if (more < 0)
        return -1;
      if (more == 0)
        break;
      done += more;
    }
  stream->sent += done;
  stream->progressed |= done > 0;
  return done;
}

/* FALSE if the viewer is gone. */
static gboolean
write_file (Stream *stream)
{
  while (stream->file_left > 0)
    {
      gssize done =
          judge_sent (sendfile (stream->socket, stream->file, &stream->file_at, stream->file_left));

      if (done <= 0)
        return done == 0;
      stream->file_left -= done;
      stream->sent += done;
      stream->progressed = TRUE;
    }
  return TRUE;
}

/* FALSE if the viewer is gone. */
static gboolean
write_kept (Stream *stream, gsize end)
{
  gssize done = write_all (stream, stream->kept->data + stream->kept_at, end - stream->kept_at);

  if (done < 0)
    return FALSE;
  stream->kept_at += done;
  return TRUE;
}

/* What is kept, in its order. FALSE if the viewer is gone. */
static gboolean
write_pending (Stream *stream)
{
  if (stream->file_left > 0)
    {
      if (!write_kept (stream, stream->file_from))
        return FALSE;
      if (stream->kept_at < stream->file_from)
        return TRUE;
      if (!write_file (stream))
        return FALSE;
      if (stream->file_left > 0)
        return TRUE;
    }
  return write_kept (stream, stream->kept->len);
}

static gboolean
on_stuck_timer (gpointer user_data)
{
  Stream *stream = user_data;

  if (stream->progressed)
    {
      stream->progressed = FALSE;
      return G_SOURCE_CONTINUE;
    }
  stream->stuck_timer = 0;
  tell (stream, stream->host->stuck);
  return G_SOURCE_REMOVE;
}

/* There is something to send that the viewer has not taken. */
static void
await_viewer (Stream *stream)
{
  watch_writing (stream);
  if (stream->stuck_timer == 0)
    {
      stream->progressed = FALSE;
      stream->stuck_timer = g_timeout_add_seconds (STREAM_STUCK_SECONDS, on_stuck_timer, stream);
    }
}

static void
keep (Stream *stream, const guint8 *data, gsize size)
{
  g_byte_array_append (stream->kept, data, size);
  await_viewer (stream);
}

void
stream_send_bare (Stream *stream, const void *data, gsize size)
{
  gssize done = 0;

  if (stream->broken)
    return;
  if (stream_is_drained (stream) && !stream->handshaking)
    done = write_all (stream, data, size);
  if (done < 0)
    fail (stream);
  else if ((gsize) done < size)
    keep (stream, (const guint8 *) data + done, size - done);
}

/* The head leaves with the data's beginning, so that it is no packet and no TLS record of its own;
 * the rest is not copied. */
void
stream_send (Stream *stream, const void *data, gsize size)
{
  guint8 first[FIRST_BYTES];
  gsize n_head, n_data;

  if (stream->codec == NULL)
    {
      stream_send_bare (stream, data, size);
      return;
    }
  n_head = stream->codec->put_head (size, first, stream->codec_data);
  n_data = MIN (size, sizeof first - n_head);
  if (n_data > 0)
    memcpy (first + n_head, data, n_data);
  stream_send_bare (stream, first, n_head + n_data);
  if (n_data < size)
    stream_send_bare (stream, (const guint8 *) data + n_data, size - n_data);
}

gboolean
stream_takes_files (Stream *stream)
{
  return stream->tls == NULL && stream->codec == NULL;
}

void
stream_send_file (Stream *stream, const void *head, gsize n_head, int file, gsize at, gsize size)
{
  gboolean alive;

  g_return_if_fail (stream_takes_files (stream) && stream->file_left == 0);
  if (stream->broken)
    return;
  g_byte_array_append (stream->kept, head, n_head);
  stream->file = file;
  stream->file_from = stream->kept->len;
  stream->file_at = at;
  stream->file_left = size;
  alive = write_pending (stream);
  /* The caller's descriptor may be closed before the rest has left. */
  stream->file = alive && stream->file_left > 0 ? fcntl (file, F_DUPFD_CLOEXEC, 3) : -1;
  if (!alive || (stream->file_left > 0 && stream->file < 0))
    fail (stream);
  else if (!stream_is_drained (stream))
    await_viewer (stream);
  else
    {
      g_byte_array_set_size (stream->kept, 0);
      stream->kept_at = 0;
    }
}

gboolean
stream_say_goodbye (Stream *stream, guint why)
{
  if (stream->codec == NULL || stream->broken)
    return FALSE;
  stream->codec->say_goodbye (why, stream->codec_data);
  return !stream->broken;
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

static gboolean
on_writable (gint socket, GIOCondition condition, gpointer user_data)
{
  Stream *stream = user_data;
  stream->write_source = 0;
  if (stream->handshaking)
    {
      shake_hands (stream);
      return G_SOURCE_REMOVE;
    }
  if (stream_is_drained (stream))
    return G_SOURCE_REMOVE;
  if (!write_pending (stream))
    {
      fail (stream);
      return G_SOURCE_REMOVE;
    }
  if (stream->file_left == 0)
    fds_clear (&stream->file);
  if (!stream_is_drained (stream))
    {
      watch_writing (stream);
      return G_SOURCE_REMOVE;
    }
  stream->kept_at = 0;
  g_byte_array_unref (stream->kept); /* gives the memory back */
  stream->kept = g_byte_array_new ();
  g_clear_handle_id (&stream->stuck_timer, g_source_remove);
  if (stream->codec != NULL)
    stream->codec->drained (stream->codec_data);
  tell (stream, stream->host->drained);
  return G_SOURCE_REMOVE;
}

gboolean
stream_is_drained (Stream *stream)
{
  return !stream->broken && stream->kept_at == stream->kept->len && stream->file_left == 0;
}

gboolean
stream_is_broken (Stream *stream)
{
  return stream->broken;
}

guint64
stream_get_sent (Stream *stream)
{
  return stream->sent;
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
