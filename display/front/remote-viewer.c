/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A remote viewer's life. Runs in vitrine-display on the main loop. Must never wait for the viewer
 * or show it the console before it is logged in (and consented to).
 */
#include "remote-viewer.h"

#include "vnc/vnc-session.h"

struct _RemoteViewer
{
  const RemoteViewerHost *host; /* borrowed */
  guint32 number;
  PenaltySource source;
  char address[LINK_ADDRESS_MAX];
  Stream *stream;      /* owned */
  Login *login;        /* owned; NULL once in */
  VncSession *session; /* owned; NULL before */
  gboolean asking;
  gboolean has_waited; /* the time that a person has has been given */
  gint64 came_at;      /* monotonic */
  gint64 waits_since;  /* for a person's password; 0: does not */
  guint limit_timer;   /* of the login or the consent */
  guint traffic_timer;
  guint64 reported; /* bytes, as last told */
  gboolean paused;  /* not read on until it is its turn to speak */

  guint8 input[REMOTE_READ_BYTES];
  gsize n_input;
};

G_STATIC_ASSERT (REMOTE_READ_BYTES >= RFB_REQUEST_BYTES_MAX);

void
remote_viewer_fill_report (LinkViewer *report,
                           guint32 number,
                           guint32 share,
                           LinkViewerEvent event,
                           LinkWhy why,
                           const char *address)
{
  *report = (LinkViewer) {
    .type = LINK_VIEWER, .viewer = number, .share = share, .event = event, .why = why
  };
  g_strlcpy (report->address, address, sizeof report->address);
}

static void
report (RemoteViewer *viewer, LinkViewerEvent event, LinkWhy why)
{
  LinkViewer message;

  remote_viewer_fill_report (&message, viewer->number, viewer->host->share, event, why,
                             viewer->address);
  message.bytes = viewer->reported = stream_get_sent (viewer->stream);
  viewer->host->report (&message, viewer->host->user_data);
}

void
remote_viewer_end (RemoteViewer *viewer, LinkWhy why)
{
  StreamRest rest;

  report (viewer, viewer->session != NULL ? LINK_VIEWER_ENDED : LINK_VIEWER_REFUSED, why);
  if (stream_say_goodbye (viewer->stream, why) && stream_take_rest (viewer->stream, &rest))
    farewells_add (viewer->host->farewells, &rest);
  viewer->host->gone (viewer, viewer->host->user_data);
}

/* --- Traffic --- */

static gboolean
on_traffic_timer (gpointer user_data)
{
  RemoteViewer *viewer = user_data;

  viewer->traffic_timer = 0;
  if (stream_get_sent (viewer->stream) != viewer->reported)
    report (viewer, LINK_VIEWER_TRAFFIC, LINK_WHY_NONE);
  return G_SOURCE_REMOVE;
}

/* The session has sent something. A quiet viewer needs no timer. */
static void
on_session_sent (gpointer user_data)
{
  RemoteViewer *viewer = user_data;

  if (viewer->traffic_timer == 0)
    viewer->traffic_timer =
        g_timeout_add_seconds (REMOTE_TRAFFIC_SECONDS, on_traffic_timer, viewer);
}

/* --- Login --- */

static gboolean
on_limit_timer (gpointer user_data)
{
  RemoteViewer *viewer = user_data;

  viewer->limit_timer = 0;
  remote_viewer_end (viewer, LINK_WHY_TIMEOUT);
  return G_SOURCE_REMOVE;
}

static void
start_limit (RemoteViewer *viewer, guint seconds)
{
  g_clear_handle_id (&viewer->limit_timer, g_source_remove);
  viewer->limit_timer = g_timeout_add_seconds (seconds, on_limit_timer, viewer);
}

/* The viewer program has done its part and shows its person a question. The time for that is given
 * once, or whoever wakes us with what is no word of the login would have it for ever. */
static void
await_person (RemoteViewer *viewer)
{
  if (viewer->login == NULL || viewer->asking || viewer->n_input > 0 || viewer->has_waited ||
      !login_awaits_person (viewer->login))
    return;
  viewer->has_waited = TRUE;
  viewer->waits_since = g_get_monotonic_time ();
  start_limit (viewer, REMOTE_PERSON_SECONDS);
}

/* It speaks again, be it the half of a message, or of a TLS record. */
static void
end_waiting (RemoteViewer *viewer)
{
  if (viewer->waits_since == 0)
    return;
  viewer->waits_since = 0;
  start_limit (viewer, REMOTE_LOGIN_SECONDS);
}

static void
send_answer (RemoteViewer *viewer, GByteArray *answer)
{
  if (answer->len > 0)
    stream_send (viewer->stream, answer->data, answer->len);
  g_byte_array_set_size (answer, 0);
}

static void
on_rested (gpointer user_data)
{
  remote_viewer_resume (user_data);
}

static void
let_in (RemoteViewer *viewer)
{
  static const VncSessionHost session_host = { on_session_sent, on_rested };

  g_clear_handle_id (&viewer->limit_timer, g_source_remove);
  g_clear_pointer (&viewer->login, login_free);
  viewer->session = vnc_session_new (viewer->host->vnc, viewer->stream, viewer->host->name,
                                     viewer->host->view_only, &session_host, viewer);
  report (viewer, LINK_VIEWER_IN, LINK_WHY_NONE);
}

static void
accept_login (RemoteViewer *viewer, GByteArray *answer)
{
  viewer->asking = FALSE;
  login_accept (viewer->login, answer);
  start_limit (viewer, REMOTE_LOGIN_SECONDS);
}

/* FALSE if the viewer is gone. */
static gboolean
take_result (RemoteViewer *viewer, LoginResult result, GByteArray *answer)
{
  const RemoteViewerHost *host = viewer->host;
  LinkWhy why = LINK_WHY_PROTOCOL;

  switch (result)
    {
    case LOGIN_MORE:
    case LOGIN_STEP:
      send_answer (viewer, answer);
      return TRUE;
    case LOGIN_START_TLS:
      send_answer (viewer, answer);
      if (host->credentials != NULL && stream_is_drained (viewer->stream) &&
          stream_start_tls (viewer->stream, host->credentials))
        return TRUE;
      why = LINK_WHY_TLS;
      break;
    case LOGIN_PASSED:
      if (host->rules.password[0] != '\0')
        penalties_forgive (host->penalties, &viewer->source);
      if (!host->ask)
        accept_login (viewer, answer);
      else
        {
          viewer->asking = TRUE;
          start_limit (viewer, REMOTE_PERSON_SECONDS);
          report (viewer, LINK_VIEWER_ASKS, LINK_WHY_NONE);
        }
      send_answer (viewer, answer);
      return TRUE;
    case LOGIN_READY:
      let_in (viewer);
      return TRUE;
    case LOGIN_WRONG:
      penalties_failed (host->penalties, &viewer->source, g_get_monotonic_time ());
      why = LINK_WHY_PASSWORD;
      break;
    case LOGIN_WRONG_LINK:
      penalties_failed (host->penalties, &viewer->source, g_get_monotonic_time ());
      why = LINK_WHY_LINK;
      break;
    case LOGIN_NO_WAY:
      why = LINK_WHY_TLS;
      break;
    case LOGIN_BROKEN:
      break;
    }
  send_answer (viewer, answer);
  remote_viewer_end (viewer, why);
  return FALSE;
}

/* --- What it sends --- */

/* Others of this source may have failed while this one was on its way. Then its password is not
 * even looked at: the answer must not tell whether it would have been right, nor a link be used up.
 * FALSE if the viewer is gone. */
static gboolean
may_try (RemoteViewer *viewer, GByteArray *answer)
{
  if (!login_awaits_person (viewer->login) ||
      penalties_allow (viewer->host->penalties, &viewer->source, g_get_monotonic_time ()))
    return TRUE;
  login_refuse (viewer->login, "Too many wrong passwords. Try again later.", answer);
  send_answer (viewer, answer);
  remote_viewer_end (viewer, LINK_WHY_PENALTY);
  return FALSE;
}

/* Takes what is whole of the input. FALSE if the viewer is gone. */
static gboolean
take_input (RemoteViewer *viewer)
{
  g_autoptr (GByteArray) answer = g_byte_array_new ();
  gsize at = 0;

  while (at < viewer->n_input)
    {
      gsize used = 0;

      if (viewer->session == NULL)
        {
          LoginResult result;

          if (!may_try (viewer, answer))
            return FALSE;
          result =
              login_take (viewer->login, viewer->input + at, viewer->n_input - at, &used, answer);
          /* What follows in the clear before TLS could be somebody else's. */
          if (result == LOGIN_START_TLS && at + used < viewer->n_input)
            result = LOGIN_BROKEN;
          if (!take_result (viewer, result, answer))
            return FALSE;
        }
      else if (!vnc_session_take (viewer->session, viewer->input + at, viewer->n_input - at, &used))
        {
          remote_viewer_end (viewer, LINK_WHY_PROTOCOL);
          return FALSE;
        }
      if (used == 0)
        break;
      at += used;
    }
  viewer->n_input -= at;
  memmove (viewer->input, viewer->input + at, viewer->n_input);
  return TRUE;
}

static LinkWhy
why_ended (RemoteViewer *viewer)
{
  if (stream_timed_out (viewer->stream))
    return LINK_WHY_STUCK;
  if (stream_is_at_fault (viewer->stream))
    return LINK_WHY_PROTOCOL;
  return stream_tls_failed (viewer->stream) ? LINK_WHY_TLS : LINK_WHY_LEFT;
}

static gboolean
wants_input (RemoteViewer *viewer)
{
  if (viewer->n_input == sizeof viewer->input) /* only while it is not its turn to speak */
    return FALSE;
  return viewer->session == NULL || !vnc_session_is_busy (viewer->session);
}

static void
on_readable (gpointer user_data)
{
  RemoteViewer *viewer = user_data;

  end_waiting (viewer);
  for (guint i = 0; i < REMOTE_READ_BURST; i++)
    {
      gssize got;

      if (!wants_input (viewer))
        {
          viewer->paused = TRUE;
          stream_pause (viewer->stream);
          break;
        }
      got = stream_read (viewer->stream, viewer->input + viewer->n_input,
                         sizeof viewer->input - viewer->n_input);
      if (got < 0)
        {
          remote_viewer_end (viewer, why_ended (viewer));
          return;
        }
      if (got == 0)
        break;
      viewer->n_input += got;
      if (!take_input (viewer))
        return;
    }
  await_person (viewer);
  if (viewer->session != NULL)
    vnc_session_pump (viewer->session);
}

void
remote_viewer_resume (RemoteViewer *viewer)
{
  if (viewer->session == NULL || (!viewer->paused && viewer->n_input == 0))
    return;
  if (!take_input (viewer))
    return;
  if (wants_input (viewer))
    {
      viewer->paused = FALSE;
      stream_resume (viewer->stream);
    }
  vnc_session_pump (viewer->session);
}

static void
on_drained (gpointer user_data)
{
  RemoteViewer *viewer = user_data;

  if (viewer->session != NULL)
    vnc_session_pump (viewer->session);
}

static void
on_secured (gpointer user_data)
{
  RemoteViewer *viewer = user_data;
  g_autoptr (GByteArray) answer = g_byte_array_new ();

  if (take_result (viewer, login_secured (viewer->login, answer), answer))
    await_person (viewer);
}

static void
on_stuck (gpointer user_data)
{
  remote_viewer_end (user_data, LINK_WHY_STUCK);
}

/* --- For the front end --- */

void
remote_viewer_allow (RemoteViewer *viewer)
{
  g_autoptr (GByteArray) answer = g_byte_array_new ();

  if (!viewer->asking)
    return;
  accept_login (viewer, answer);
  send_answer (viewer, answer);
  if (!take_input (viewer))
    return;
  viewer->paused = FALSE;
  stream_resume (viewer->stream);
}

guint32
remote_viewer_get_number (RemoteViewer *viewer)
{
  return viewer->number;
}

const RemoteViewerHost *
remote_viewer_get_host (RemoteViewer *viewer)
{
  return viewer->host;
}

static void
send_away (gpointer who)
{
  remote_viewer_end (who, LINK_WHY_FULL);
}

gboolean
remote_viewer_fill_crowd (RemoteViewer *viewer, CrowdMember *ret_member)
{
  *ret_member = (CrowdMember) { &viewer->source, viewer->came_at, send_away, viewer };
  return viewer->session == NULL && !viewer->asking;
}

gint64
remote_viewer_waits_since (RemoteViewer *viewer)
{
  return viewer->waits_since;
}

RemoteViewer *
remote_viewer_new (Stream *stream,
                   guint32 number,
                   const PenaltySource *source,
                   const char *address,
                   const RemoteViewerHost *host)
{
  static const StreamHost stream_host = { on_readable, on_drained, on_secured, on_stuck };
  RemoteViewer *viewer = g_new0 (RemoteViewer, 1);
  g_autoptr (GByteArray) answer = g_byte_array_new ();

  viewer->host = host;
  viewer->number = number;
  viewer->source = *source;
  viewer->came_at = g_get_monotonic_time ();
  g_strlcpy (viewer->address, address, sizeof viewer->address);
  viewer->stream = stream;
  stream_set_host (stream, &stream_host, viewer);
  report (viewer, LINK_VIEWER_CAME, LINK_WHY_NONE);
  viewer->login = login_new (&host->rules, answer);
  send_answer (viewer, answer);
  start_limit (viewer, REMOTE_LOGIN_SECONDS);
  return viewer;
}

void
remote_viewer_free (RemoteViewer *viewer)
{
  g_clear_handle_id (&viewer->limit_timer, g_source_remove);
  g_clear_handle_id (&viewer->traffic_timer, g_source_remove);
  g_clear_pointer (&viewer->session, vnc_session_free);
  g_clear_pointer (&viewer->login, login_free);
  stream_free (viewer->stream);
  g_free (viewer);
}
