/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A SPICE viewer's session. Runs in vitrine-display on the main loop.
 */
#include "spice-session.h"

#include "fds.h"

#include <gnutls/crypto.h>
#include <sys/socket.h>

/* A viewer opens its five or six channels once, and again only when one has failed. */
#define CHANNELS_A_MINUTE 32u
/* On a way longer than this, fewer bytes are worth more work: no local network is as slow. */
#define SLOW_DELAY_US 20000u

struct _SpiceSession
{
  GPtrArray *connections; /* of SpiceConnection, owned; the main channel's first */
  const RemoteViewerHost *share;
  guint32 number;
  char address[LINK_ADDRESS_MAX];
  guint32 id;
  gboolean is_in;
  gboolean asking;

  SpiceConsoleHost console_host;
  SpiceConsole *console; /* owned; NULL until it is let in */
  gint64 minute;         /* its start */
  guint n_channels;      /* opened in it */

  guint traffic_timer;
  guint64 past_bytes; /* of channels that have ended */
  guint64 reported;
};

/* --- Reports --- */

static guint64
count_bytes (SpiceSession *session)
{
  guint64 bytes = session->past_bytes;

  for (guint i = 0; i < session->connections->len; i++)
    bytes += spice_connection_get_sent (session->connections->pdata[i]);
  return bytes;
}

static void
report (SpiceSession *session, LinkViewerEvent event, LinkWhy why)
{
  LinkViewer message;

  remote_viewer_fill_report (&message, session->number, session->share->share, event, why,
                             session->address);
  message.bytes = session->reported = count_bytes (session);
  session->share->report (&message, session->share->user_data);
}

void
spice_session_report_end (SpiceSession *session, LinkWhy why)
{
  report (session, session->is_in ? LINK_VIEWER_ENDED : LINK_VIEWER_REFUSED, why);
}

static gboolean
on_traffic_timer (gpointer user_data)
{
  SpiceSession *session = user_data;

  session->traffic_timer = 0;
  if (session->is_in && count_bytes (session) != session->reported)
    report (session, LINK_VIEWER_TRAFFIC, LINK_WHY_NONE);
  return G_SOURCE_REMOVE;
}

/* A quiet viewer needs no timer. */
void
spice_session_sent (SpiceSession *session)
{
  /* Perhaps it was the last that was on its way. */
  if (session->console != NULL)
    spice_console_poke (session->console);
  if (session->traffic_timer == 0)
    session->traffic_timer =
        g_timeout_add_seconds (REMOTE_TRAFFIC_SECONDS, on_traffic_timer, session);
}

/* --- Channels --- */

static gboolean
is_quiet (gpointer user_data)
{
  SpiceSession *session = user_data;

  for (guint i = 0; i < session->connections->len; i++)
    if (!spice_connection_is_drained (session->connections->pdata[i]))
      return FALSE;
  return TRUE;
}

static void
on_broken (gpointer user_data)
{
  SpiceSession *session = user_data;

  spice_connection_end (session->connections->pdata[0], LINK_WHY_PROTOCOL);
}

/* Between the library and the front end; the jail lets the process make no other sockets. */
static gboolean
open_channel (SpiceSession *session, SpiceConnection *connection)
{
  int pair[2];

  if (!fds_socketpair (SOCK_STREAM, pair, NULL))
    return FALSE;
  if (!spice_console_add_channel (session->console, pair[0]))
    {
      fds_clear (&pair[0]);
      fds_clear (&pair[1]);
      return FALSE;
    }
  spice_connection_open (connection, pair[1], pair[0]);
  return TRUE;
}

/* The library draws a session's number, by which its further channels are let in, from GLib's
 * generator. That has begun with the time, for it could open no /dev/urandom, and could be
 * calculated from one's own number. */
static gboolean
draw_seed (void)
{
  guint32 seed;

  if (gnutls_rnd (GNUTLS_RND_NONCE, &seed, sizeof seed) != 0)
    return FALSE;
  g_random_set_seed (seed);
  return TRUE;
}

gboolean
spice_session_let_in (SpiceSession *session, SpicePicture *picture)
{
  SpiceConnection *main = session->connections->pdata[0];

  session->asking = FALSE;
  if (!draw_seed ())
    return FALSE;
  spice_connection_limit (main, REMOTE_LOGIN_SECONDS);
  session->console_host.slow = spice_connection_get_delay (main) > SLOW_DELAY_US;
  session->console = spice_console_new (&session->console_host, picture);
  return session->console != NULL && open_channel (session, main);
}

void
spice_session_ask (SpiceSession *session)
{
  session->asking = TRUE;
  spice_connection_limit (session->connections->pdata[0], REMOTE_PERSON_SECONDS);
  report (session, LINK_VIEWER_ASKS, LINK_WHY_NONE);
}

gboolean
spice_session_is_asking (SpiceSession *session)
{
  return session->asking;
}

static gboolean
has_channel (SpiceSession *session, guint8 channel)
{
  for (guint i = 0; i < session->connections->len; i++)
    if (spice_connection_get_channel (session->connections->pdata[i]) == channel)
      return TRUE;
  return FALSE;
}

static gboolean
is_too_often (SpiceSession *session)
{
  gint64 now = g_get_monotonic_time ();

  if (now - session->minute >= 60 * G_USEC_PER_SEC)
    {
      session->minute = now;
      session->n_channels = 0;
    }
  return ++session->n_channels > CHANNELS_A_MINUTE;
}

gboolean
spice_session_add (SpiceSession *session, SpiceConnection *connection)
{
  if (!session->is_in || has_channel (session, spice_connection_get_channel (connection)) ||
      is_too_often (session) || !open_channel (session, connection))
    return FALSE;
  g_ptr_array_add (session->connections, connection);
  return TRUE;
}

gboolean
spice_session_holds (SpiceSession *session, SpiceConnection *connection)
{
  return g_ptr_array_find (session->connections, connection, NULL);
}

gboolean
spice_session_is_main (SpiceSession *session, SpiceConnection *connection)
{
  return session->connections->pdata[0] == connection;
}

/* Sound is fetched for a viewer, or offered to the guest, while its channel is there. */
static void
set_sound (SpiceSession *session, SpiceConnection *connection, gboolean open)
{
  switch (spice_connection_get_channel (connection))
    {
    case SPICE_WIRE_PLAYBACK:
      spice_console_set_hearing (session->console, open);
      break;
    case SPICE_WIRE_RECORD:
      spice_console_set_speaking (session->console, open);
      break;
    default:
      break;
    }
}

void
spice_session_remove (SpiceSession *session, SpiceConnection *connection)
{
  session->past_bytes += spice_connection_get_sent (connection);
  set_sound (session, connection, FALSE);
  g_ptr_array_remove (session->connections, connection);
  spice_console_poke (session->console);
}

void
spice_session_opened (SpiceSession *session, SpiceConnection *connection)
{
  spice_console_opened (session->console, spice_connection_get_theirs (connection));
  switch (spice_connection_get_channel (connection))
    {
    case SPICE_WIRE_MAIN:
      session->is_in = TRUE;
      report (session, LINK_VIEWER_IN, LINK_WHY_NONE);
      break;
    case SPICE_WIRE_DISPLAY:
      spice_console_start_display (session->console);
      break;
    case SPICE_WIRE_CURSOR:
      spice_console_start_cursor (session->console);
      break;
    default:
      set_sound (session, connection, TRUE);
      break;
    }
}

void
spice_session_set_id (SpiceSession *session, guint32 id)
{
  session->id = id;
}

void
spice_session_drained (SpiceSession *session)
{
  if (session->console != NULL)
    spice_console_poke (session->console);
}

gboolean
spice_session_is_input_busy (SpiceSession *session)
{
  return session->console != NULL && spice_console_is_input_busy (session->console);
}

void
spice_session_resume (SpiceSession *session)
{
  for (guint i = 0; i < session->connections->len; i++)
    spice_connection_resume (session->connections->pdata[i]);
}

void
spice_session_update (SpiceSession *session, const ScreenNews *news, SpicePicture *picture)
{
  if (session->console != NULL)
    spice_console_update (session->console, news, picture);
}

/* --- Life --- */

guint32
spice_session_get_number (SpiceSession *session)
{
  return session->number;
}

guint32
spice_session_get_id (SpiceSession *session)
{
  return session->id;
}

const RemoteViewerHost *
spice_session_get_share (SpiceSession *session)
{
  return session->share;
}

guint
spice_session_count_connections (SpiceSession *session)
{
  return session->connections->len;
}

SpiceSession *
spice_session_new (SpiceConnection *main, const SpiceMedia *media)
{
  SpiceSession *session = g_new0 (SpiceSession, 1);

  session->connections = g_ptr_array_new_with_free_func ((GDestroyNotify) spice_connection_free);
  session->share = spice_connection_get_share (main);
  session->number = spice_connection_get_number (main);
  g_strlcpy (session->address, spice_connection_get_address (main), sizeof session->address);
  session->console_host = (SpiceConsoleHost) { .name = session->share->name,
                                               .screen = session->share->head->screen,
                                               .head = session->share->head->number,
                                               .view_only = session->share->view_only,
                                               .is_quiet = is_quiet,
                                               .broken = on_broken,
                                               .media = media,
                                               .user_data = session };
  g_ptr_array_add (session->connections, main);
  report (session, LINK_VIEWER_CAME, LINK_WHY_NONE);
  return session;
}

void
spice_session_free (SpiceSession *session)
{
  if (session == NULL)
    return;
  g_clear_handle_id (&session->traffic_timer, g_source_remove);
  /* First, so that the library finds all channels closed and waits for none. */
  g_ptr_array_unref (session->connections);
  spice_console_free (session->console);
  g_free (session);
}
