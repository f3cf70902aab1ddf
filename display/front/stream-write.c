/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What is sent to a viewer. Runs in vitrine-display on the main loop. Must never block, and never
 * keep more than its caller gave it.
 */
#include "stream-private.h"

#include "fds.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#define FIRST_BYTES 16384u /* a TLS record */

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
  stream_tell (stream, stream->host->stuck);
  return G_SOURCE_REMOVE;
}

/* There is something to send that the viewer has not taken. */
static void
await_viewer (Stream *stream)
{
  stream_watch_writing (stream);
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
    stream_fail (stream);
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
    stream_fail (stream);
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

/* All that was kept has left. */
static void
finish (Stream *stream)
{
  stream->kept_at = 0;
  g_byte_array_unref (stream->kept); /* gives the memory back */
  stream->kept = g_byte_array_new ();
  g_clear_handle_id (&stream->stuck_timer, g_source_remove);
  if (stream->codec != NULL)
    stream->codec->drained (stream->codec_data);
  stream_tell (stream, stream->host->drained);
}

gboolean
stream_on_writable (gint socket, GIOCondition condition, gpointer user_data)
{
  Stream *stream = user_data;

  stream->write_source = 0;
  if (stream->handshaking)
    {
      stream_shake_hands (stream);
      return G_SOURCE_REMOVE;
    }
  if (stream_is_drained (stream))
    return G_SOURCE_REMOVE;
  if (!write_pending (stream))
    {
      stream_fail (stream);
      return G_SOURCE_REMOVE;
    }
  if (stream->file_left == 0)
    fds_clear (&stream->file);
  if (!stream_is_drained (stream))
    {
      stream_watch_writing (stream);
      return G_SOURCE_REMOVE;
    }
  finish (stream);
  return G_SOURCE_REMOVE;
}

gboolean
stream_is_drained (Stream *stream)
{
  return !stream->broken && stream->kept_at == stream->kept->len && stream->file_left == 0;
}

guint64
stream_get_sent (Stream *stream)
{
  return stream->sent;
}
