/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What passes between a SPICE viewer who has been let in and the library: well-framed messages
 * only. Runs in vitrine-display on the main loop. Must never wait, or keep more than a buffer a
 * direction.
 */
#include "spice-connection-private.h"

#include "fds.h"
#include "spice/spice-settle.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/socket.h>

/* From the library to the viewer, at a time. */
#define RELAY_BYTES (64u << 10)
/* Of what the library sends first on a main channel, until it has named the session. */
#define NAME_BYTES_MAX 4096u
/* For the first message of a display channel, which viewers send at once. */
#define INIT_SECONDS 5u

static gboolean on_library_writable (gint fd, GIOCondition condition, gpointer user_data);

/* --- To the library --- */

/* FALSE: it has ended. */
static gboolean
push (SpiceConnection *connection)
{
  GByteArray *pending = connection->pending;

  while (connection->pending_at < pending->len)
    {
      gssize n = send (connection->library, pending->data + connection->pending_at,
                       pending->len - connection->pending_at, MSG_NOSIGNAL | MSG_DONTWAIT);

      if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        {
          if (connection->write_source == 0)
            connection->write_source =
                g_unix_fd_add (connection->library, G_IO_OUT, on_library_writable, connection);
          return TRUE;
        }
      if (n <= 0)
        return FALSE;
      connection->pending_at += n;
    }
  g_byte_array_set_size (pending, 0);
  connection->pending_at = 0;
  return TRUE;
}

static gboolean
on_library_writable (gint fd, GIOCondition condition, gpointer user_data)
{
  SpiceConnection *connection = user_data;

  connection->write_source = 0;
  if (push (connection))
    spice_connection_resume (connection);
  return G_SOURCE_REMOVE; /* reading tells of its end */
}

static gboolean
is_flood (SpiceConnection *connection)
{
  gint64 now = g_get_monotonic_time ();

  if (now - connection->second >= G_USEC_PER_SEC)
    {
      connection->second = now;
      connection->counted = connection->messages.messages;
    }
  return connection->messages.messages - connection->counted > SPICE_WIRE_MESSAGES_PER_SECOND_MAX;
}

/* The library may see the end of a display channel only after it has drawn (spice-settle.h): so the
 * first message, which makes it draw, comes whole, and what follows waits. FALSE: it is another. */
static gboolean
pass_init (SpiceConnection *connection)
{
  GByteArray *held = connection->held;
  gsize size = spice_messages_init_size (connection->messages.mini);

  if (connection->init_passed || (held->len < size && connection->messages.messages == 0))
    return TRUE;
  if (held->len < size || !spice_messages_is_init (held->data, connection->messages.mini))
    return FALSE;
  g_clear_handle_id (&connection->limit_timer, g_source_remove);
  connection->init_passed = TRUE;
  g_byte_array_append (connection->pending, held->data, size);
  g_byte_array_remove_range (held, 0, size);
  push (connection);
  return TRUE;
}

/* The library draws: nothing is held back any more. */
static void
let_pass (SpiceConnection *connection)
{
  if (connection->held == NULL || !connection->init_passed)
    return;
  g_byte_array_append (connection->pending, connection->held->data, connection->held->len);
  g_clear_pointer (&connection->held, g_byte_array_unref);
  push (connection);
  spice_connection_resume (connection);
}

gboolean
spice_relay_take (SpiceConnection *connection, const guint8 *data, gsize size)
{
  if (size == 0)
    return TRUE;
  if (spice_messages_take (&connection->messages, data, size) != PARSE_OK || is_flood (connection))
    {
      spice_connection_end (connection, LINK_WHY_PROTOCOL);
      return FALSE;
    }
  if (connection->held != NULL)
    {
      g_byte_array_append (connection->held, data, size);
      if (pass_init (connection))
        return TRUE;
      spice_connection_end (connection, LINK_WHY_PROTOCOL);
      return FALSE;
    }
  g_byte_array_append (connection->pending, data, size);
  push (connection);
  return TRUE;
}

/* --- From the library --- */

/* The channel is open. FALSE if the connection is gone. */
static gboolean
begin_relay (SpiceConnection *connection)
{
  g_autoptr (GByteArray) answer = g_byte_array_new ();

  g_clear_handle_id (&connection->limit_timer, g_source_remove);
  spice_login_finish (SPICE_WIRE_OK, answer);
  spice_connection_answer (connection, answer);
  connection->state = SPICE_CONNECTION_OPEN;
  if (connection->login.link.channel == SPICE_WIRE_DISPLAY)
    {
      connection->held = g_byte_array_new ();
      spice_connection_limit (connection, INIT_SECONDS);
    }
  connection->host->opened (connection, connection->host->user_data);
  /* What the viewer said early. */
  if (!spice_relay_take (connection, connection->input, connection->n_input))
    return FALSE;
  connection->n_input = 0;
  stream_resume (connection->stream);
  return TRUE;
}

/* The library's words to our link. FALSE if the connection is gone. */
static gboolean
take_uplink (SpiceConnection *connection)
{
  SpiceUplinkResult result;
  gsize used;

  do
    {
      result = spice_uplink_take (&connection->uplink, connection->answer->data,
                                  connection->answer->len, &used, connection->pending);
      g_byte_array_remove_range (connection->answer, 0, used);
    }
  while (result == SPICE_UPLINK_MORE && used > 0);
  if (result != SPICE_UPLINK_FAILED && push (connection))
    return result == SPICE_UPLINK_MORE || begin_relay (connection);
  spice_connection_refuse (connection, SPICE_WIRE_CHANNEL_NOT_AVAILABLE, LINK_WHY_PROTOCOL);
  return FALSE;
}

/* On a main channel the session's number is looked for on its way. */
static void
look_for_name (SpiceConnection *connection, const guint8 *data, gsize size)
{
  gboolean mini = connection->messages.mini;
  guint32 session;

  if (connection->answer == NULL)
    return;
  if (connection->login.link.channel == SPICE_WIRE_MAIN && connection->answer->len < NAME_BYTES_MAX)
    {
      g_byte_array_append (connection->answer, data, size);
      if (spice_messages_find_session (connection->answer->data, connection->answer->len, mini,
                                       &session) == PARSE_NEED_MORE)
        return;
      connection->host->named (connection, session, connection->host->user_data);
    }
  g_clear_pointer (&connection->answer, g_byte_array_unref);
}

/* As much as the viewer takes; with TLS, a message at a time. */
static void
send_outgoing (SpiceConnection *connection)
{
  GByteArray *outgoing = connection->outgoing;

  while (connection->outgoing_at < outgoing->len && stream_is_drained (connection->stream))
    {
      const guint8 *data = outgoing->data + connection->outgoing_at;
      gsize size = outgoing->len - connection->outgoing_at;

      if (connection->share->rules.tls)
        size = spice_cuts_take (&connection->cuts, data, size);
      connection->outgoing_at += size;
      stream_send (connection->stream, data, size);
    }
  if (connection->outgoing_at < outgoing->len)
    return;
  g_byte_array_set_size (outgoing, 0);
  connection->outgoing_at = 0;
}

static gboolean
has_outgoing (SpiceConnection *connection)
{
  return connection->outgoing->len > 0 || !stream_is_drained (connection->stream);
}

static void
relay (SpiceConnection *connection, const guint8 *data, gsize size)
{
  if (size == 0)
    return;
  let_pass (connection);
  look_for_name (connection, data, size);
  g_byte_array_append (connection->outgoing, data, size);
  send_outgoing (connection);
  connection->host->sent (connection, connection->host->user_data);
}

/* FALSE if the connection is gone. */
static gboolean
take_library (SpiceConnection *connection, const guint8 *data, gsize size)
{
  g_autoptr (GByteArray) rest = NULL;

  if (connection->state == SPICE_CONNECTION_OPEN)
    {
      relay (connection, data, size);
      return TRUE;
    }
  g_byte_array_append (connection->answer, data, size);
  if (!take_uplink (connection))
    return FALSE;
  if (connection->state == SPICE_CONNECTION_LINKING)
    return TRUE;
  rest = g_steal_pointer (&connection->answer);
  connection->answer = g_byte_array_new ();
  relay (connection, rest->data, rest->len);
  return TRUE;
}

static gboolean
on_library_readable (gint fd, GIOCondition condition, gpointer user_data)
{
  SpiceConnection *connection = user_data;
  guint8 data[RELAY_BYTES];
  gssize got;

  if (connection->state == SPICE_CONNECTION_OPEN && has_outgoing (connection))
    {
      connection->read_source = 0; /* until on_drained () */
      return G_SOURCE_REMOVE;
    }
  got = recv (fd, data, sizeof data, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
    return G_SOURCE_CONTINUE;
  if (got <= 0)
    {
      /* The library closes on those who said goodbye, and on those who do not make sense. */
      connection->read_source = 0;
      if (connection->state == SPICE_CONNECTION_OPEN)
        spice_connection_end (connection, connection->messages.said_goodbye ? LINK_WHY_LEFT
                                                                            : LINK_WHY_PROTOCOL);
      else
        spice_connection_refuse (connection, SPICE_WIRE_ERROR, LINK_WHY_PROTOCOL);
      return G_SOURCE_REMOVE;
    }
  return take_library (connection, data, got) ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static void
watch_library (SpiceConnection *connection)
{
  if (connection->library >= 0 && connection->read_source == 0)
    connection->read_source =
        g_unix_fd_add (connection->library, G_IO_IN, on_library_readable, connection);
}

void
spice_connection_open (SpiceConnection *connection, int socket, int theirs)
{
  connection->state = SPICE_CONNECTION_LINKING;
  connection->library = socket;
  connection->theirs = theirs;
  connection->answer = g_byte_array_new ();
  spice_messages_init (&connection->messages, connection->login.link.channel,
                       (connection->login.link.common_caps & SPICE_WIRE_CAP_MINI_HEADER) != 0);
  connection->cuts.mini = connection->messages.mini;
  spice_uplink_start (&connection->uplink, &connection->login.link, connection->pending);
  push (connection);
  watch_library (connection);
}

void
spice_relay_drained (SpiceConnection *connection)
{
  send_outgoing (connection);
  if (has_outgoing (connection))
    return;
  watch_library (connection);
  connection->host->drained (connection, connection->host->user_data);
}

gboolean
spice_connection_is_drained (SpiceConnection *connection)
{
  int waiting = 0;

  if (connection->library < 0)
    return TRUE;
  /* Nothing kept here, nothing between the library and us. */
  return !has_outgoing (connection) &&
         recv (connection->library, &waiting, 1, MSG_PEEK | MSG_DONTWAIT) < 0;
}

/* --- Its end --- */

/* Whether the library opens a display channel just now, or is about to. */
static gboolean
is_being_opened (SpiceConnection *connection)
{
  return connection->login.link.channel == SPICE_WIRE_DISPLAY && connection->library >= 0 &&
         ((connection->state == SPICE_CONNECTION_LINKING && connection->uplink.replied) ||
          (connection->state == SPICE_CONNECTION_OPEN && connection->held != NULL));
}

static void
settle (SpiceConnection *connection)
{
  guint8 init[SPICE_WIRE_FULL_HEADER_BYTES + SPICE_WIRE_DISPLAY_INIT_BYTES];
  gboolean mini = connection->messages.mini;

  spice_messages_make_init (init, mini);
  spice_settle (connection->library, connection->theirs, connection->state == SPICE_CONNECTION_OPEN,
                init, connection->init_passed ? 0 : spice_messages_init_size (mini));
}

void
spice_relay_end (SpiceConnection *connection)
{
  if (is_being_opened (connection))
    settle (connection);
  g_clear_handle_id (&connection->read_source, g_source_remove);
  g_clear_handle_id (&connection->write_source, g_source_remove);
  fds_clear (&connection->library);
  g_byte_array_unref (connection->pending);
  g_byte_array_unref (connection->outgoing);
  g_clear_pointer (&connection->answer, g_byte_array_unref);
  g_clear_pointer (&connection->held, g_byte_array_unref);
}
