/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One peer's socket. Plain bytes are sent many pieces at once; by TLS, records of what is queued.
 */
#include "nbd-stream.h"

#include "fds.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define PIECES_AT_ONCE 32
#define RECORD_BYTES 16384u

typedef struct
{
  GBytes *bytes;
  const guint8 *data; /* of it */
  gsize size;
} Piece;

struct _NbdStream
{
  int fd;
  gnutls_session_t tls; /* owned; NULL: in clear */
  NbdStreamEvents events;
  gpointer user_data;
  GQueue pieces;  /* of Piece, to be sent */
  gsize sent;     /* of the first one */
  gsize unsent;   /* bytes in all */
  gsize again;    /* what a TLS record under way must be called with again */
  gboolean reading;
  gboolean is_broken;
  guint readable;
  guint writable;
  guint idle; /* tells of being broken, or reads again */
};

static gboolean
on_readable (int fd, GIOCondition condition, gpointer data)
{
  NbdStream *stream = data;

  stream->events.readable (stream->user_data);
  return G_SOURCE_CONTINUE; /* the callee may have removed it, or freed the stream */
}

static gboolean
on_idle (gpointer data)
{
  NbdStream *stream = data;

  stream->idle = 0;
  if (stream->is_broken)
    stream->events.broken (stream->user_data);
  else if (stream->reading)
    stream->events.readable (stream->user_data);
  return G_SOURCE_REMOVE;
}

void
nbd_stream_read_again (NbdStream *stream)
{
  if (stream->idle == 0)
    stream->idle = g_idle_add_full (G_PRIORITY_DEFAULT, on_idle, stream, NULL);
}

static void
become_broken (NbdStream *stream)
{
  stream->is_broken = TRUE;
  g_clear_handle_id (&stream->writable, g_source_remove);
  nbd_stream_read_again (stream);
}

NbdStream *
nbd_stream_new_take (int fd, const NbdStreamEvents *events, gpointer user_data)
{
  NbdStream *stream = g_new0 (NbdStream, 1);
  int flags = fcntl (fd, F_GETFL);

  if (flags >= 0)
    fcntl (fd, F_SETFL, flags | O_NONBLOCK);
  stream->fd = fd;
  stream->events = *events;
  stream->user_data = user_data;
  g_queue_init (&stream->pieces);
  nbd_stream_set_reading (stream, TRUE);
  return stream;
}

static void
piece_free (gpointer data)
{
  Piece *piece = data;

  g_bytes_unref (piece->bytes);
  g_free (piece);
}

void
nbd_stream_free (NbdStream *stream)
{
  g_clear_handle_id (&stream->readable, g_source_remove);
  g_clear_handle_id (&stream->writable, g_source_remove);
  g_clear_handle_id (&stream->idle, g_source_remove);
  g_queue_clear_full (&stream->pieces, piece_free);
  if (stream->tls != NULL)
    gnutls_deinit (stream->tls);
  fds_clear (&stream->fd);
  g_free (stream);
}

void
nbd_stream_take_tls (NbdStream *stream, gnutls_session_t session)
{
  stream->tls = session;
  gnutls_transport_set_int (session, stream->fd);
}

static gboolean
on_handshake_writable (int fd, GIOCondition condition, gpointer data)
{
  NbdStream *stream = data;

  stream->writable = 0;
  stream->events.readable (stream->user_data);
  return G_SOURCE_REMOVE;
}

int
nbd_stream_handshake (NbdStream *stream)
{
  int result = gnutls_handshake (stream->tls);

  if (result == GNUTLS_E_SUCCESS)
    {
      g_clear_handle_id (&stream->writable, g_source_remove);
      return 1;
    }
  if (gnutls_error_is_fatal (result))
    return result;
  if (gnutls_record_get_direction (stream->tls) == 1 && stream->writable == 0)
    stream->writable = g_unix_fd_add (stream->fd, G_IO_OUT, on_handshake_writable, stream);
  return 0;
}

gssize
nbd_stream_receive (NbdStream *stream, void *data, gsize size)
{
  gssize got;

  if (stream->is_broken)
    return -1;
  do
    got = stream->tls != NULL ? gnutls_record_recv (stream->tls, data, size)
                              : recv (stream->fd, data, size, MSG_DONTWAIT);
  while (stream->tls != NULL ? got == GNUTLS_E_INTERRUPTED : got < 0 && errno == EINTR);
  if (got > 0)
    return got;
  if (stream->tls != NULL)
    return got < 0 && !gnutls_error_is_fatal (got) ? 0 : -1;
  return got < 0 && errno == EAGAIN ? 0 : -1;
}

/* Bytes that the socket took; 0: it is full; -1: it is broken. */
static gssize
send_plain (NbdStream *stream)
{
  struct iovec vectors[PIECES_AT_ONCE];
  struct msghdr message = { .msg_iov = vectors };
  gsize skip = stream->sent;
  gssize sent;

  for (GList *l = stream->pieces.head; l != NULL && message.msg_iovlen < PIECES_AT_ONCE; l = l->next)
    {
      Piece *piece = l->data;

      vectors[message.msg_iovlen++] = (struct iovec) { (guint8 *) piece->data + skip, piece->size - skip };
      skip = 0;
    }
  do
    sent = sendmsg (stream->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent < 0 && errno == EAGAIN ? 0 : sent;
}

static gssize
send_tls (NbdStream *stream)
{
  Piece *piece = g_queue_peek_head (&stream->pieces);
  gsize size = MIN (piece->size - stream->sent, RECORD_BYTES);
  gssize sent;

  do
    sent = gnutls_record_send (stream->tls, piece->data + stream->sent,
                               stream->again > 0 ? stream->again : size);
  while (sent == GNUTLS_E_INTERRUPTED);
  if (sent < 0 && gnutls_error_is_fatal (sent))
    return -1;
  if (sent < 0)
    {
      stream->again = stream->again > 0 ? stream->again : size;
      return 0;
    }
  stream->again = 0;
  return sent;
}

static void
forget_sent (NbdStream *stream, gsize bytes)
{
  stream->unsent -= bytes;
  stream->sent += bytes;
  while (!g_queue_is_empty (&stream->pieces))
    {
      Piece *piece = g_queue_peek_head (&stream->pieces);

      if (stream->sent < piece->size)
        break;
      stream->sent -= piece->size;
      piece_free (g_queue_pop_head (&stream->pieces));
    }
}

/* Whether something is left that the socket did not take. */
static gboolean
flush (NbdStream *stream)
{
  while (!stream->is_broken && stream->unsent > 0)
    {
      gssize sent = stream->tls != NULL ? send_tls (stream) : send_plain (stream);

      if (sent == 0)
        return TRUE;
      if (sent < 0)
        {
          become_broken (stream);
          return FALSE;
        }
      forget_sent (stream, sent);
      stream->events.sent (sent, stream->user_data);
    }
  return FALSE;
}

static gboolean
on_writable (int fd, GIOCondition condition, gpointer data)
{
  NbdStream *stream = data;

  if (flush (stream))
    return G_SOURCE_CONTINUE;
  stream->writable = 0;
  return G_SOURCE_REMOVE;
}

void
nbd_stream_send_bytes (NbdStream *stream, GBytes *bytes)
{
  Piece *piece;

  if (stream->is_broken || g_bytes_get_size (bytes) == 0)
    return;
  piece = g_new0 (Piece, 1);
  piece->bytes = g_bytes_ref (bytes);
  piece->data = g_bytes_get_data (bytes, &piece->size);
  g_queue_push_tail (&stream->pieces, piece);
  stream->unsent += piece->size;
  if (stream->writable == 0)
    stream->writable = g_unix_fd_add (stream->fd, G_IO_OUT, on_writable, stream);
}

void
nbd_stream_send (NbdStream *stream, gconstpointer data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);

  nbd_stream_send_bytes (stream, bytes);
}

gsize
nbd_stream_get_unsent (NbdStream *stream)
{
  return stream->unsent;
}

void
nbd_stream_set_reading (NbdStream *stream, gboolean reading)
{
  if (reading == stream->reading)
    return;
  stream->reading = reading;
  if (!reading)
    {
      g_clear_handle_id (&stream->readable, g_source_remove);
      return;
    }
  stream->readable =
      g_unix_fd_add (stream->fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, stream);
  nbd_stream_read_again (stream);
}
