/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A channel of a SPICE viewer. Runs in vitrine-display on the main loop. Must never wait, keep more
 * than a buffer a direction, or pass on a byte of somebody who has not been let in.
 */
#include "spice-connection.h"

#include "fds.h"
#include "front/stream.h"
#include "spice/spice-login.h"
#include "spice/spice-settle.h"
#include "spice/spice-uplink.h"

#include <errno.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

/* From the library to the viewer, at a time. */
#define RELAY_BYTES (64u << 10)
/* Of what the library sends first on a main channel, until it has named the session. */
#define NAME_BYTES_MAX 4096u
/* For the first message of a display channel, which viewers send at once. */
#define INIT_SECONDS 5u

struct _SpiceConnection
{
  const RemoteViewerHost *share;   /* borrowed */
  const SpiceConnectionHost *host; /* borrowed */
  guint32 number;
  PenaltySource source;
  char address[LINK_ADDRESS_MAX];
  int peer;       /* the viewer's socket, borrowed from the stream */
  Stream *stream; /* owned */
  enum
  {
    SECURING,
    LOGGING_IN,
    WAITING, /* for the host's word */
    LINKING, /* with the library */
    OPEN,
  } state;
  SpiceLogin login;
  guint limit_timer;
  guint8 input[REMOTE_READ_BYTES]; /* of a login */
  gsize n_input;

  int library; /* owned; -1 before LINKING */
  int theirs;  /* the library's end of it; the library's */
  guint read_source;
  guint write_source;
  SpiceUplink uplink;
  GByteArray *answer;  /* of the library: of a link, then what names the session; NULL after that */
  GByteArray *pending; /* to the library, which has not taken it yet */
  gsize pending_at;
  GByteArray
      *held; /* on a display channel, what the viewer says until the library draws; else NULL */
  gboolean init_passed; /* its first message is on its way to the library */

  GByteArray *outgoing; /* to the viewer, while it has not taken what was before */
  gsize outgoing_at;
  SpiceCuts cuts;

  SpiceMessages messages;
  guint64 counted; /* messages before this second */
  gint64 second;   /* its start */
};

static gboolean on_library_readable (gint fd, GIOCondition condition, gpointer user_data);
static gboolean on_library_writable (gint fd, GIOCondition condition, gpointer user_data);

void
spice_connection_end (SpiceConnection *connection, LinkWhy why)
{
  connection->host->ended (connection, why, connection->host->user_data);
}

static void
send_answer (SpiceConnection *connection, GByteArray *answer)
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

  if (connection->state != OPEN)
    {
      spice_login_finish (result, answer);
      send_answer (connection, answer);
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
  connection->state = WAITING;
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
  send_answer (connection, answer);
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
wants_input (SpiceConnection *connection)
{
  if (connection->state != OPEN) /* the end is noticed at any time */
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
  if (connection->state == OPEN && wants_input (connection))
    stream_resume (connection->stream);
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

/* FALSE if the connection is gone. */
static gboolean
take_messages (SpiceConnection *connection, const guint8 *data, gsize size)
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

/* --- From the viewer --- */

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
  gboolean login = connection->state != OPEN;
  gssize got = login ? stream_read (connection->stream, connection->input + connection->n_input,
                                    sizeof connection->input - connection->n_input)
                     : stream_read (connection->stream, data, sizeof data);

  if (got < 0)
    spice_connection_end (connection, why_ended (connection));
  if (got <= 0)
    return FALSE;
  if (!login)
    return take_messages (connection, data, got);
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

/* --- From the library --- */

/* The channel is open. FALSE if the connection is gone. */
static gboolean
begin_relay (SpiceConnection *connection)
{
  g_autoptr (GByteArray) answer = g_byte_array_new ();

  g_clear_handle_id (&connection->limit_timer, g_source_remove);
  spice_login_finish (SPICE_WIRE_OK, answer);
  send_answer (connection, answer);
  connection->state = OPEN;
  if (connection->login.link.channel == SPICE_WIRE_DISPLAY)
    {
      connection->held = g_byte_array_new ();
      spice_connection_limit (connection, INIT_SECONDS);
    }
  connection->host->opened (connection, connection->host->user_data);
  /* What the viewer said early. */
  if (!take_messages (connection, connection->input, connection->n_input))
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

  if (connection->state == OPEN)
    {
      relay (connection, data, size);
      return TRUE;
    }
  g_byte_array_append (connection->answer, data, size);
  if (!take_uplink (connection))
    return FALSE;
  if (connection->state == LINKING)
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

  if (connection->state == OPEN && has_outgoing (connection))
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
      if (connection->state == OPEN)
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
  connection->state = LINKING;
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

/* --- The stream --- */

static void
on_drained (gpointer user_data)
{
  SpiceConnection *connection = user_data;

  send_outgoing (connection);
  if (has_outgoing (connection))
    return;
  watch_library (connection);
  connection->host->drained (connection, connection->host->user_data);
}

static void
on_secured (gpointer user_data)
{
  SpiceConnection *connection = user_data;

  connection->state = LOGGING_IN;
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

const PenaltySource *
spice_connection_get_source (SpiceConnection *connection)
{
  return &connection->source;
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
  return connection->state == OPEN;
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
  g_strlcpy (connection->address, address, sizeof connection->address);
  connection->peer = socket;
  connection->library = -1;
  connection->pending = g_byte_array_new ();
  connection->outgoing = g_byte_array_new ();
  spice_login_init (&connection->login, ticket, share->rules.password);
  connection->stream = stream_new (socket, &stream_host, connection);
  /* On a share with TLS it comes before everything else; without memory for it, nothing comes. */
  connection->state = share->rules.tls ? SECURING : LOGGING_IN;
  if (share->rules.tls &&
      (share->credentials == NULL || !stream_start_tls (connection->stream, share->credentials)))
    stream_pause (connection->stream);
  spice_connection_limit (connection, REMOTE_LOGIN_SECONDS);
  return connection;
}

/* Whether the library opens a display channel just now, or is about to. */
static gboolean
is_being_opened (SpiceConnection *connection)
{
  return connection->login.link.channel == SPICE_WIRE_DISPLAY && connection->library >= 0 &&
         ((connection->state == LINKING && connection->uplink.replied) ||
          (connection->state == OPEN && connection->held != NULL));
}

static void
settle (SpiceConnection *connection)
{
  guint8 init[SPICE_WIRE_FULL_HEADER_BYTES + SPICE_WIRE_DISPLAY_INIT_BYTES];
  gboolean mini = connection->messages.mini;

  spice_messages_make_init (init, mini);
  spice_settle (connection->library, connection->theirs, connection->state == OPEN, init,
                connection->init_passed ? 0 : spice_messages_init_size (mini));
}

void
spice_connection_free (SpiceConnection *connection)
{
  if (is_being_opened (connection))
    settle (connection);
  g_clear_handle_id (&connection->limit_timer, g_source_remove);
  g_clear_handle_id (&connection->read_source, g_source_remove);
  g_clear_handle_id (&connection->write_source, g_source_remove);
  fds_clear (&connection->library);
  g_byte_array_unref (connection->pending);
  g_byte_array_unref (connection->outgoing);
  g_clear_pointer (&connection->answer, g_byte_array_unref);
  g_clear_pointer (&connection->held, g_byte_array_unref);
  stream_free (connection->stream);
  g_free (connection);
}
