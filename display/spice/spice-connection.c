/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A channel of a SPICE viewer. Runs in vitrine-display on the main loop. Must never wait, or pass
 * on a byte of somebody who has not been let in.
 */
#include "spice-connection-private.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

void
spice_connection_end (SpiceConnection *connection, LinkWhy why)
{
  connection->host->ended (connection, why, connection->host->user_data);
}

void
spice_connection_answer (SpiceConnection *connection, GByteArray *answer)
{
  if (answer->len > 0)
    stream_send (connection->stream, answer->data, answer->len);
  g_byte_array_set_size (answer, 0);
}

/* --- The login --- */

static gboolean
on_limit_timer (gpointer user_data)
{
  SpiceConnection *connection = user_data;

  connection->limit_timer = 0;
  spice_connection_end (connection, LINK_WHY_TIMEOUT);
  return G_SOURCE_REMOVE;
}

void
spice_connection_limit (SpiceConnection *connection, guint seconds)
{
  g_clear_handle_id (&connection->limit_timer, g_source_remove);
  connection->limit_timer = g_timeout_add_seconds (seconds, on_limit_timer, connection);
}

void
spice_connection_refuse (SpiceConnection *connection, SpiceWireResult result, LinkWhy why)
{
  g_autoptr (GByteArray) answer = g_byte_array_new ();

  if (connection->state != SPICE_CONNECTION_OPEN)
    {
      spice_login_finish (result, answer);
      spice_connection_answer (connection, answer);
    }
  spice_connection_end (connection, why);
}

static gboolean
pass (SpiceConnection *connection)
{
  const RemoteViewerHost *share = connection->share;

  /* Others of this source may have failed while this one was on its way. */
  if (!penalties_allow (share->penalties, &connection->source, g_get_monotonic_time ()))
    {
      spice_connection_refuse (connection, SPICE_WIRE_PERMISSION_DENIED, LINK_WHY_PENALTY);
      return FALSE;
    }
  penalties_forgive (share->penalties, &connection->source);
  connection->state = SPICE_CONNECTION_WAITING;
  connection->host->passed (connection, connection->host->user_data);
  return FALSE; /* nothing more is read until it is open, if it is still there at all */
}

/* FALSE if there is nothing more to take, be it that the connection is gone. */
static gboolean
take_login (SpiceConnection *connection)
{
  g_autoptr (GByteArray) answer = g_byte_array_new ();
  gsize used;
  SpiceLoginResult result =
      spice_login_take (&connection->login, connection->input, connection->n_input, &used, answer);

  connection->n_input -= used;
  memmove (connection->input, connection->input + used, connection->n_input);
  spice_connection_answer (connection, answer);
  switch (result)
    {
    case SPICE_LOGIN_MORE:
      return FALSE;
    case SPICE_LOGIN_STEP:
      return TRUE;
    case SPICE_LOGIN_PASSED:
      return pass (connection);
    case SPICE_LOGIN_WRONG:
      penalties_failed (connection->share->penalties, &connection->source, g_get_monotonic_time ());
      spice_connection_end (connection, LINK_WHY_PASSWORD);
      return FALSE;
    default:
      spice_connection_end (connection, LINK_WHY_PROTOCOL);
      return FALSE;
    }
}

/* --- From the viewer --- */

static gboolean
wants_input (SpiceConnection *connection)
{
  if (connection->state != SPICE_CONNECTION_OPEN) /* the end is noticed at any time */
    return connection->n_input < sizeof connection->input;
  if (connection->held != NULL && connection->init_passed)
    return FALSE;
  return connection->pending->len == 0 &&
         !(connection->login.link.channel == SPICE_WIRE_INPUTS &&
           connection->host->is_input_busy (connection, connection->host->user_data));
}

void
spice_connection_resume (SpiceConnection *connection)
{
  if (connection->state == SPICE_CONNECTION_OPEN && wants_input (connection))
    stream_resume (connection->stream);
}

static LinkWhy
why_ended (SpiceConnection *connection)
{
  if (stream_timed_out (connection->stream))
    return LINK_WHY_STUCK;
  return stream_tls_failed (connection->stream) ? LINK_WHY_TLS : LINK_WHY_LEFT;
}

/* One read. FALSE if there is nothing more to read, be it that the connection is gone. */
static gboolean
read_some (SpiceConnection *connection)
{
  guint8 data[REMOTE_READ_BYTES];
  gboolean login = connection->state != SPICE_CONNECTION_OPEN;
  gssize got = login ? stream_read (connection->stream, connection->input + connection->n_input,
                                    sizeof connection->input - connection->n_input)
                     : stream_read (connection->stream, data, sizeof data);

  if (got < 0)
    spice_connection_end (connection, why_ended (connection));
  if (got <= 0)
    return FALSE;
  if (!login)
    return spice_relay_take (connection, data, got);
  connection->n_input += got;
  while (take_login (connection))
    ;
  return FALSE; /* at most one a turn; the rest of the login wakes us again */
}

static void
on_readable (gpointer user_data)
{
  SpiceConnection *connection = user_data;

  for (guint i = 0; i < REMOTE_READ_BURST; i++)
    {
      if (!wants_input (connection))
        {
          stream_pause (connection->stream);
          return;
        }
      if (!read_some (connection))
        return;
    }
}

/* --- The stream --- */

static void
on_drained (gpointer user_data)
{
  spice_relay_drained (user_data);
}

static void
on_secured (gpointer user_data)
{
  SpiceConnection *connection = user_data;

  connection->state = SPICE_CONNECTION_LOGGING_IN;
}

static void
on_stuck (gpointer user_data)
{
  spice_connection_end (user_data, LINK_WHY_STUCK);
}

/* --- Life --- */

guint32
spice_connection_get_number (SpiceConnection *connection)
{
  return connection->number;
}

const char *
spice_connection_get_address (SpiceConnection *connection)
{
  return connection->address;
}

const RemoteViewerHost *
spice_connection_get_share (SpiceConnection *connection)
{
  return connection->share;
}

static void
send_away (gpointer who)
{
  spice_connection_end (who, LINK_WHY_FULL);
}

void
spice_connection_fill_crowd (SpiceConnection *connection, CrowdMember *ret_member)
{
  *ret_member = (CrowdMember) { &connection->source, connection->came_at, send_away, connection };
}

guint8
spice_connection_get_channel (SpiceConnection *connection)
{
  return connection->login.link.channel;
}

guint32
spice_connection_get_session (SpiceConnection *connection)
{
  return connection->login.link.connection;
}

gboolean
spice_connection_is_open (SpiceConnection *connection)
{
  return connection->state == SPICE_CONNECTION_OPEN;
}

int
spice_connection_get_theirs (SpiceConnection *connection)
{
  return connection->theirs;
}

guint64
spice_connection_get_sent (SpiceConnection *connection)
{
  return stream_get_sent (connection->stream);
}

guint32
spice_connection_get_delay (SpiceConnection *connection)
{
  struct tcp_info info = { 0 };
  socklen_t size = sizeof info;

  return getsockopt (connection->peer, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 ? info.tcpi_rtt
                                                                                 : 0;
}

SpiceConnection *
spice_connection_new (int socket,
                      guint32 number,
                      const PenaltySource *source,
                      const char *address,
                      const RemoteViewerHost *share,
                      SpiceTicket *ticket,
                      const SpiceConnectionHost *host)
{
  static const StreamHost stream_host = { on_readable, on_drained, on_secured, on_stuck };
  SpiceConnection *connection = g_new0 (SpiceConnection, 1);

  connection->share = share;
  connection->host = host;
  connection->number = number;
  connection->source = *source;
  connection->came_at = g_get_monotonic_time ();
  g_strlcpy (connection->address, address, sizeof connection->address);
  connection->peer = socket;
  connection->library = -1;
  connection->pending = g_byte_array_new ();
  connection->outgoing = g_byte_array_new ();
  spice_login_init (&connection->login, ticket, share->rules.password);
  connection->stream = stream_new (socket, &stream_host, connection);
  /* On a share with TLS it comes before everything else; without memory for it, nothing comes. */
  connection->state = share->rules.tls ? SPICE_CONNECTION_SECURING : SPICE_CONNECTION_LOGGING_IN;
  if (share->rules.tls &&
      (share->credentials == NULL || !stream_start_tls (connection->stream, share->credentials)))
    stream_pause (connection->stream);
  spice_connection_limit (connection, REMOTE_LOGIN_SECONDS);
  return connection;
}

void
spice_connection_free (SpiceConnection *connection)
{
  spice_relay_end (connection);
  g_clear_handle_id (&connection->limit_timer, g_source_remove);
  stream_free (connection->stream);
  g_free (connection);
}
