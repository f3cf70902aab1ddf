/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The link to vitrine-vmm. Runs in vitrine-display on the main loop. A vmm that breaks the protocol
 * or goes ends us. What cannot be sent yet is kept as state, newest only; reports on remote viewers
 * alone must all arrive, and wait in a queue whose length the front end respects.
 */
#include "link.h"

#include "fds.h"
#include "link-parse.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>

struct _Link
{
  int socket; /* owned */
  guint read_source;
  guint write_source;
  const LinkHost *host;
  gboolean have_qemu;

  gboolean ready_pending;
  gboolean pong_pending;
  gboolean viewers_pending;
  gboolean agent_over_pending;
  guint32 agent_over_ms;
  guint32 pong;
  guint32 viewers;
  GQueue reports; /* of LinkViewer, owned; at most LINK_REPORTS_MAX */
};

static gboolean on_writable (gint socket, GIOCondition condition, gpointer user_data);

/* FALSE if it must be tried again; a broken socket is noticed by reading. */
static gboolean
send_one (Link *link, LinkType type, guint32 value)
{
  LinkMessage message = { type, value };

  if (fds_send (link->socket, &message, sizeof message, NULL, 0) >= 0)
    return TRUE;
  return errno != EAGAIN && errno != EWOULDBLOCK;
}

static void
send_reports (Link *link)
{
  gboolean was_behind = link_is_behind (link);

  while (!g_queue_is_empty (&link->reports))
    {
      LinkViewer *viewer = g_queue_peek_head (&link->reports);

      if (fds_send (link->socket, viewer, sizeof *viewer, NULL, 0) < 0 &&
          (errno == EAGAIN || errno == EWOULDBLOCK))
        break;
      g_free (g_queue_pop_head (&link->reports));
    }
  if (was_behind && !link_is_behind (link))
    link->host->relieved (link->host->user_data);
}

static void
pump (Link *link)
{
  if (link->write_source != 0)
    return;
  if (link->ready_pending && send_one (link, LINK_READY, 0))
    link->ready_pending = FALSE;
  if (link->viewers_pending && send_one (link, LINK_VIEWERS, link->viewers))
    link->viewers_pending = FALSE;
  if (link->pong_pending && send_one (link, LINK_PONG, link->pong))
    link->pong_pending = FALSE;
  if (link->agent_over_pending && send_one (link, LINK_AGENT_OVER, link->agent_over_ms))
    link->agent_over_pending = FALSE;
  send_reports (link);
  if (link->ready_pending || link->viewers_pending || link->pong_pending ||
      link->agent_over_pending || !g_queue_is_empty (&link->reports))
    link->write_source = g_unix_fd_add (link->socket, G_IO_OUT, on_writable, link);
}

static gboolean
on_writable (gint socket, GIOCondition condition, gpointer user_data)
{
  Link *link = user_data;

  link->write_source = 0;
  pump (link);
  return G_SOURCE_REMOVE;
}

/* FALSE if vmm broke the protocol. */
static gboolean
take_request (Link *link, const LinkRequest *request, int fds[LINK_REQUEST_FDS_MAX])
{
  const LinkHost *host = link->host;

  switch (request->type)
    {
    case LINK_PING:
      link->pong = request->message.value;
      link->pong_pending = TRUE;
      pump (link);
      return TRUE;
    case LINK_QEMU:
      if (link->have_qemu)
        return FALSE;
      link->have_qemu = TRUE;
      host->qemu (fds_steal (&fds[0]), host->user_data);
      return TRUE;
    case LINK_SHARE:
      return host->share (&request->share, fds_steal (&fds[0]), fds_steal (&fds[1]),
                          fds_steal (&fds[2]), host->user_data);
    case LINK_WEB:
      return host->web (&request->web, fds_steal (&fds[0]), host->user_data);
    case LINK_WEB_TOKEN:
      host->web_token (&request->web_token, host->user_data);
      return TRUE;
    case LINK_SHARE_END:
      host->share_end (request->message.value, LINK_WHY_UNSHARED, host->user_data);
      return TRUE;
    case LINK_SHARE_EXPIRED:
      host->share_end (request->message.value, LINK_WHY_EXPIRED, host->user_data);
      return TRUE;
    case LINK_VIEWER_DROP:
      host->viewer_drop (request->message.value, host->user_data);
      return TRUE;
    case LINK_VIEWER_ALLOW:
      host->viewer_allow (request->message.value, host->user_data);
      return TRUE;
    case LINK_CLIPBOARD:
      host->clipboard (request->message.value, host->user_data);
      return TRUE;
    case LINK_AGENT:
      host->agent (fds_steal (&fds[0]), host->user_data);
      return TRUE;
    case LINK_AGENT_OPENED:
      host->agent_opened (host->user_data);
      return TRUE;
    default:
      return FALSE;
    }
}

static gboolean
on_readable (gint socket, GIOCondition condition, gpointer user_data)
{
  Link *link = user_data;
  LinkRequest request;
  guint8 data[sizeof request + 1];
  int fds[LINK_REQUEST_FDS_MAX] = { -1, -1, -1 };
  guint n_fds = LINK_REQUEST_FDS_MAX;
  gssize size = fds_receive (socket, data, sizeof data, fds, &n_fds);
  gboolean taken;

  if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
    return G_SOURCE_CONTINUE;
  taken = size > 0 && link_parse_request (data, size, n_fds, &request) == PARSE_OK &&
          take_request (link, &request, fds);
  if (size >= 0)
    for (guint i = 0; i < n_fds; i++)
      fds_clear (&fds[i]);
  if (taken)
    return G_SOURCE_CONTINUE;
  link->read_source = 0;
  link->host->closed (link->host->user_data);
  return G_SOURCE_REMOVE;
}

Link *
link_new (int socket, const LinkHost *host)
{
  Link *link = g_new0 (Link, 1);

  link->socket = socket;
  link->host = host;
  g_queue_init (&link->reports);
  fcntl (socket, F_SETFL, fcntl (socket, F_GETFL) | O_NONBLOCK);
  link->read_source = g_unix_fd_add (socket, G_IO_IN, on_readable, link);
  return link;
}

void
link_free (Link *link)
{
  if (link == NULL)
    return;
  g_clear_handle_id (&link->read_source, g_source_remove);
  g_clear_handle_id (&link->write_source, g_source_remove);
  g_queue_clear_full (&link->reports, g_free);
  fds_clear (&link->socket);
  g_free (link);
}

void
link_send_ready (Link *link)
{
  link->ready_pending = TRUE;
  pump (link);
}

void
link_send_viewers (Link *link, guint n_viewers)
{
  link->viewers = n_viewers;
  link->viewers_pending = TRUE;
  pump (link);
}

void
link_send_agent_over (Link *link)
{
  link->agent_over_ms = g_get_monotonic_time () / 1000;
  link->agent_over_pending = TRUE;
  pump (link);
}

gboolean
link_is_behind (Link *link)
{
  return g_queue_get_length (&link->reports) >= LINK_REMOTE_VIEWERS_MAX;
}

void
link_send_viewer (Link *link, const LinkViewer *viewer)
{
  guint waiting = g_queue_get_length (&link->reports);

  if (waiting >= LINK_REPORTS_MAX || (waiting > 0 && viewer->event == LINK_VIEWER_TRAFFIC))
    return;
  g_queue_push_tail (&link->reports, g_memdup2 (viewer, sizeof *viewer));
  pump (link);
}

gboolean
link_send_token_used (Link *link, const LinkWebTokenUsed *used)
{
  return fds_send (link->socket, used, sizeof *used, NULL, 0) == sizeof *used;
}

void
link_send_failed (Link *link, LinkFailure failure)
{
  send_one (link, LINK_FAILED, failure);
}
