/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * SPICE viewers. Runs in vitrine-display on the main loop.
 */
#include "spice-front.h"

#include "fds.h"
#include "spice/spice-session.h"

struct _SpiceFront
{
  SpiceMedia media;
  SpiceConnectionHost host;
  SpiceTicket *ticket;                     /* owned; NULL before the first viewer */
  GPtrArray *connections;                  /* of SpiceConnection, owned; those not in a session */
  GPtrArray *sessions;                     /* of SpiceSession, owned */
  SpicePicture *pictures[GLASS_HEADS_MAX]; /* owned; NULL while nobody looks */
};

/* --- Sessions --- */

static SpiceSession *
find_by_connection (SpiceFront *front, SpiceConnection *connection)
{
  for (guint i = 0; i < front->sessions->len; i++)
    if (spice_session_holds (front->sessions->pdata[i], connection))
      return front->sessions->pdata[i];
  return NULL;
}

static SpiceSession *
find_by_number (SpiceFront *front, guint32 number)
{
  for (guint i = 0; i < front->sessions->len; i++)
    if (spice_session_get_number (front->sessions->pdata[i]) == number)
      return front->sessions->pdata[i];
  return NULL;
}

/* Only of the same share: another has another password, and other rights. */
static SpiceSession *
find_by_id (SpiceFront *front, const RemoteViewerHost *share, guint32 id)
{
  for (guint i = 0; i < front->sessions->len; i++)
    if (spice_session_get_share (front->sessions->pdata[i]) == share &&
        spice_session_get_id (front->sessions->pdata[i]) == id)
      return front->sessions->pdata[i];
  return NULL;
}

static SpiceSession *
find_by_head (SpiceFront *front, const Head *head)
{
  for (guint i = 0; i < front->sessions->len; i++)
    if (spice_session_get_share (front->sessions->pdata[i])->head == head)
      return front->sessions->pdata[i];
  return NULL;
}

static void
end_session (SpiceFront *front, SpiceSession *session, LinkWhy why)
{
  const Head *head = spice_session_get_share (session)->head;

  spice_session_report_end (session, why);
  g_ptr_array_remove_fast (front->sessions, session);
  if (find_by_head (front, head) == NULL)
    g_clear_pointer (&front->pictures[head->number], spice_picture_unref);
}

static SpicePicture *
get_picture (SpiceFront *front, const Head *head)
{
  if (front->pictures[head->number] == NULL)
    front->pictures[head->number] = spice_picture_new (head->screen);
  return front->pictures[head->number];
}

static void
let_in (SpiceFront *front, SpiceSession *session)
{
  const Head *head = spice_session_get_share (session)->head;
  ScreenNews state = head->news;

  if (!spice_session_let_in (session, get_picture (front, head)))
    {
      end_session (front, session, LINK_WHY_FULL);
      return;
    }
  state.changes = SCREEN_CURSOR_POSITION;
  state.damage = (Tiles) { 0 };
  spice_session_update (session, &state, get_picture (front, head));
}

/* --- Connections --- */

static void
refuse (SpiceConnection *connection, LinkWhy why)
{
  const RemoteViewerHost *share = spice_connection_get_share (connection);
  LinkViewer report;

  remote_viewer_fill_report (&report, spice_connection_get_number (connection), share->share,
                             LINK_VIEWER_REFUSED, why, spice_connection_get_address (connection));
  share->report (&report, share->user_data);
}

static void
on_ended (SpiceConnection *connection, LinkWhy why, gpointer user_data)
{
  SpiceFront *front = user_data;
  SpiceSession *session = find_by_connection (front, connection);

  if (session == NULL)
    {
      refuse (connection, why);
      g_ptr_array_remove_fast (front->connections, connection);
    }
  else if (spice_session_is_main (session, connection) || why != LINK_WHY_LEFT)
    end_session (front, session, why);
  else
    spice_session_remove (session, connection);
}

/* It belongs to a session from now on. */
static void
set_free (SpiceFront *front, SpiceConnection *connection)
{
  guint index;

  if (g_ptr_array_find (front->connections, connection, &index))
    g_ptr_array_steal_index_fast (front->connections, index);
}

static void
start_session (SpiceFront *front, SpiceConnection *connection)
{
  SpiceSession *session;

  if (front->sessions->len >= SPICE_SESSIONS_MAX)
    {
      spice_connection_refuse (connection, SPICE_WIRE_ERROR, LINK_WHY_FULL);
      return;
    }
  set_free (front, connection);
  session = spice_session_new (connection, &front->media);
  g_ptr_array_add (front->sessions, session);
  if (spice_connection_get_share (connection)->ask)
    spice_session_ask (session);
  else
    let_in (front, session);
}

static void
on_passed (SpiceConnection *connection, gpointer user_data)
{
  SpiceFront *front = user_data;
  SpiceSession *session;

  if (spice_connection_get_channel (connection) == SPICE_WIRE_MAIN)
    {
      start_session (front, connection);
      return;
    }
  session = find_by_id (front, spice_connection_get_share (connection),
                        spice_connection_get_session (connection));
  if (session == NULL)
    spice_connection_refuse (connection, SPICE_WIRE_BAD_CONNECTION_ID, LINK_WHY_PROTOCOL);
  else if (spice_session_add (session, connection))
    set_free (front, connection);
  else
    spice_connection_refuse (connection, SPICE_WIRE_CHANNEL_NOT_AVAILABLE, LINK_WHY_PROTOCOL);
}

static void
on_opened (SpiceConnection *connection, gpointer user_data)
{
  SpiceFront *front = user_data;

  spice_session_opened (find_by_connection (front, connection), connection);
}

static void
on_named (SpiceConnection *connection, guint32 id, gpointer user_data)
{
  SpiceFront *front = user_data;

  spice_session_set_id (find_by_connection (front, connection), id);
}

static void
on_drained (SpiceConnection *connection, gpointer user_data)
{
  SpiceFront *front = user_data;
  SpiceSession *session = find_by_connection (front, connection);

  if (session != NULL)
    spice_session_drained (session);
}

static void
on_sent (SpiceConnection *connection, gpointer user_data)
{
  SpiceFront *front = user_data;

  spice_session_sent (find_by_connection (front, connection));
}

static gboolean
is_input_busy (SpiceConnection *connection, gpointer user_data)
{
  SpiceFront *front = user_data;

  return spice_session_is_input_busy (find_by_connection (front, connection));
}

/* --- For the front end --- */

void
spice_front_take (SpiceFront *front,
                  int socket,
                  guint32 number,
                  const PenaltySource *source,
                  const char *address,
                  const RemoteViewerHost *share)
{
  autofd fd = socket;
  gboolean allowed = share->rules.tls || share->rules.loopback;

  if (allowed && front->ticket == NULL)
    front->ticket = spice_ticket_new ();
  if (!allowed || front->ticket == NULL)
    {
      LinkViewer report;

      remote_viewer_fill_report (&report, number, share->share, LINK_VIEWER_REFUSED,
                                 allowed ? LINK_WHY_FULL : LINK_WHY_TLS, address);
      share->report (&report, share->user_data);
      return;
    }
  g_ptr_array_add (front->connections,
                   spice_connection_new (fds_steal (&fd), number, source, address, share,
                                         front->ticket, &front->host));
}

guint
spice_front_count_connections (SpiceFront *front)
{
  guint n = front->connections->len;

  for (guint i = 0; i < front->sessions->len; i++)
    n += spice_session_count_connections (front->sessions->pdata[i]);
  return n;
}

void
spice_front_add_crowd (SpiceFront *front, GArray *crowd)
{
  for (guint i = 0; i < front->connections->len; i++)
    {
      CrowdMember member;

      spice_connection_fill_crowd (front->connections->pdata[i], &member);
      g_array_append_val (crowd, member);
    }
}

gboolean
spice_front_drop (SpiceFront *front, guint32 number)
{
  SpiceSession *session = find_by_number (front, number);

  if (session != NULL)
    end_session (front, session, LINK_WHY_DROPPED);
  return session != NULL;
}

gboolean
spice_front_allow (SpiceFront *front, guint32 number)
{
  SpiceSession *session = find_by_number (front, number);

  if (session == NULL || !spice_session_is_asking (session))
    return FALSE;
  let_in (front, session);
  return TRUE;
}

void
spice_front_share_end (SpiceFront *front, const RemoteViewerHost *share, LinkWhy why)
{
  for (guint i = front->sessions->len; i > 0; i--)
    if (spice_session_get_share (front->sessions->pdata[i - 1]) == share)
      end_session (front, front->sessions->pdata[i - 1], why);
  for (guint i = front->connections->len; i > 0; i--)
    if (spice_connection_get_share (front->connections->pdata[i - 1]) == share)
      on_ended (front->connections->pdata[i - 1], why, front);
}

void
spice_front_resume (SpiceFront *front)
{
  for (guint i = 0; i < front->sessions->len; i++)
    spice_session_resume (front->sessions->pdata[i]);
}

void
spice_front_update (SpiceFront *front, const Head *head)
{
  SpicePicture **picture = &front->pictures[head->number];
  const ScreenNews *news = &head->news;

  if (*picture == NULL)
    return;
  /* The frame may be newer than the news of it, never older. */
  if (news->known && news->generation > (*picture)->generation)
    {
      spice_picture_unref (*picture);
      *picture = spice_picture_new (head->screen);
    }
  for (guint i = 0; i < front->sessions->len; i++)
    if (spice_session_get_share (front->sessions->pdata[i])->head == head)
      spice_session_update (front->sessions->pdata[i], news, *picture);
}

SpiceFront *
spice_front_new (const SpiceMedia *media)
{
  SpiceFront *front = g_new0 (SpiceFront, 1);

  front->media = *media;
  front->connections = g_ptr_array_new_with_free_func ((GDestroyNotify) spice_connection_free);
  front->sessions = g_ptr_array_new_with_free_func ((GDestroyNotify) spice_session_free);
  front->host = (SpiceConnectionHost) { .passed = on_passed,
                                        .opened = on_opened,
                                        .named = on_named,
                                        .drained = on_drained,
                                        .sent = on_sent,
                                        .is_input_busy = is_input_busy,
                                        .ended = on_ended,
                                        .user_data = front };
  return front;
}

void
spice_front_free (SpiceFront *front)
{
  if (front == NULL)
    return;
  g_ptr_array_unref (front->sessions);
  g_ptr_array_unref (front->connections);
  for (guint i = 0; i < GLASS_HEADS_MAX; i++)
    g_clear_pointer (&front->pictures[i], spice_picture_unref);
  spice_ticket_free (front->ticket);
  g_free (front);
}
