/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The ends of viewers' connections. Runs in vitrine-display on the main loop. Must never wait for a
 * viewer, look at what it says, or keep a connection for longer than it was promised.
 */
#include "farewells.h"

#include "fds.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/socket.h>

#define DISCARD_BYTES 16384u

struct _Farewells
{
  GPtrArray *all; /* of Farewell, owned, the oldest first */
  void (*done) (gpointer user_data);
  gpointer user_data;
};

typedef struct
{
  Farewells *farewells; /* borrowed */
  StreamRest rest;      /* owned */
  guint read_source;
  guint write_source;
  guint timer;
  gsize discarded;
  gboolean said;        /* nothing more is sent */
  gboolean peer_closed; /* nothing more comes */
} Farewell;

static gboolean on_writable (gint socket, GIOCondition condition, gpointer user_data);

static void
farewell_free (Farewell *farewell)
{
  g_clear_handle_id (&farewell->read_source, g_source_remove);
  g_clear_handle_id (&farewell->write_source, g_source_remove);
  g_clear_handle_id (&farewell->timer, g_source_remove);
  if (farewell->rest.tls != NULL)
    gnutls_deinit (farewell->rest.tls);
  g_byte_array_unref (farewell->rest.kept);
  fds_clear (&farewell->rest.socket);
  g_free (farewell);
}

static void
end (Farewell *farewell)
{
  Farewells *farewells = farewell->farewells;

  g_ptr_array_remove (farewells->all, farewell);
  if (farewells->all->len == 0)
    farewells->done (farewells->user_data);
}

/* --- What is said --- */

static gsize
count_waiting (const Farewell *farewell)
{
  return farewell->rest.kept->len - farewell->rest.kept_at;
}

/* How much was taken; 0: none now; -1: never again. */
static gssize
send_some (Farewell *farewell)
{
  const StreamRest *rest = &farewell->rest;
  gssize done;

  if (rest->tls != NULL)
    {
      done = gnutls_record_send (rest->tls, rest->kept->data + rest->kept_at,
                                 count_waiting (farewell));
      return done == GNUTLS_E_AGAIN || done == GNUTLS_E_INTERRUPTED ? 0 : done > 0 ? done : -1;
    }
  done = send (rest->socket, rest->kept->data + rest->kept_at, count_waiting (farewell),
               MSG_NOSIGNAL | MSG_DONTWAIT);
  if (done < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ENOBUFS))
    return 0;
  return done > 0 ? done : -1;
}

/* FALSE if TLS's last word has to wait. One that cannot be said is not missed. */
static gboolean
close_tls (Farewell *farewell)
{
  int result = farewell->rest.tls != NULL ? gnutls_bye (farewell->rest.tls, GNUTLS_SHUT_WR) : 0;

  return result != GNUTLS_E_AGAIN && result != GNUTLS_E_INTERRUPTED;
}

static void
watch_writing (Farewell *farewell)
{
  if (farewell->write_source == 0)
    farewell->write_source = g_unix_fd_add (farewell->rest.socket, G_IO_OUT, on_writable, farewell);
}

/* Goes on with what is to be said. May free it. */
static void
speak (Farewell *farewell)
{
  while (count_waiting (farewell) > 0)
    {
      gssize done = send_some (farewell);

      if (done < 0)
        {
          end (farewell);
          return;
        }
      if (done == 0)
        {
          watch_writing (farewell);
          return;
        }
      farewell->rest.kept_at += done;
    }
  if (!close_tls (farewell))
    {
      watch_writing (farewell);
      return;
    }
  farewell->said = TRUE;
  shutdown (farewell->rest.socket, SHUT_WR);
  if (farewell->peer_closed)
    end (farewell);
}

static gboolean
on_writable (gint socket, GIOCondition condition, gpointer user_data)
{
  Farewell *farewell = user_data;

  farewell->write_source = 0;
  speak (farewell);
  return G_SOURCE_REMOVE;
}

/* --- What is heard no more --- */

/* Closed with words unread, a connection would be reset, and what was said last be lost with it. */
static gboolean
on_readable (gint socket, GIOCondition condition, gpointer user_data)
{
  Farewell *farewell = user_data;
  guint8 data[DISCARD_BYTES];
  gssize got = recv (socket, data, sizeof data, MSG_DONTWAIT);

  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
    return G_SOURCE_CONTINUE;
  farewell->discarded += MAX (got, 0);
  if (got > 0 && farewell->discarded <= FAREWELL_WORDS_MAX)
    return G_SOURCE_CONTINUE;
  farewell->read_source = 0;
  farewell->peer_closed = TRUE;
  if (got != 0 || farewell->said)
    end (farewell);
  return G_SOURCE_REMOVE;
}

static gboolean
on_timer (gpointer user_data)
{
  Farewell *farewell = user_data;

  farewell->timer = 0;
  end (farewell);
  return G_SOURCE_REMOVE;
}

/* --- The list --- */

static gsize
count_bytes (Farewells *farewells)
{
  gsize sum = 0;

  for (guint i = 0; i < farewells->all->len; i++)
    sum += count_waiting (farewells->all->pdata[i]);
  return sum;
}

void
farewells_add (Farewells *farewells, const StreamRest *rest)
{
  Farewell *farewell = g_new0 (Farewell, 1);

  farewell->farewells = farewells;
  farewell->rest = *rest;
  if (count_waiting (farewell) + count_bytes (farewells) > FAREWELLS_BYTES_MAX)
    {
      farewell_free (farewell);
      return;
    }
  g_ptr_array_add (farewells->all, farewell);
  farewell->timer = g_timeout_add (FAREWELL_MS, on_timer, farewell);
  farewell->read_source = g_unix_fd_add (rest->socket, G_IO_IN, on_readable, farewell);
  /* From the loop, so that whoever ends many is not called back meanwhile. */
  watch_writing (farewell);
}

guint
farewells_count (Farewells *farewells)
{
  return farewells->all->len;
}

gboolean
farewells_make_room (Farewells *farewells)
{
  if (farewells->all->len == 0)
    return FALSE;
  end (farewells->all->pdata[0]);
  return TRUE;
}

Farewells *
farewells_new (void (*done) (gpointer user_data), gpointer user_data)
{
  Farewells *farewells = g_new0 (Farewells, 1);

  farewells->all = g_ptr_array_new_with_free_func ((GDestroyNotify) farewell_free);
  farewells->done = done;
  farewells->user_data = user_data;
  return farewells;
}

void
farewells_free (Farewells *farewells)
{
  if (farewells == NULL)
    return;
  g_ptr_array_unref (farewells->all);
  g_free (farewells);
}
