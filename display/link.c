/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The link to vitrine-vmm. Runs in vitrine-display on the main loop. A vmm that breaks the protocol
 * or goes ends us. Must never queue: what cannot be sent yet is kept as state, newest only.
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
  guint32 pong;
  guint32 viewers;
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
  if (link->ready_pending || link->viewers_pending || link->pong_pending)
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
take_message (Link *link, const LinkMessage *message, int *fd)
{
  if (message->type == LINK_PING)
    {
      link->pong = message->value;
      link->pong_pending = TRUE;
      pump (link);
      return TRUE;
    }
  if (link->have_qemu)
    return FALSE;
  link->have_qemu = TRUE;
  link->host->qemu (fds_steal (fd), link->host->user_data);
  return TRUE;
}

static gboolean
on_readable (gint socket, GIOCondition condition, gpointer user_data)
{
  Link *link = user_data;
  guint8 data[sizeof (LinkMessage) + 1];
  LinkMessage message;
  autofd fd = -1;
  guint n_fds = 1;
  gssize size = fds_receive (socket, data, sizeof data, &fd, &n_fds);

  if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
    return G_SOURCE_CONTINUE;
  if (size <= 0 || link_parse_request (data, size, n_fds, &message) != PARSE_OK ||
      !take_message (link, &message, &fd))
    {
      link->read_source = 0;
      link->host->closed (link->host->user_data);
      return G_SOURCE_REMOVE;
    }
  return G_SOURCE_CONTINUE;
}

Link *
link_new (int socket, const LinkHost *host)
{
  Link *link = g_new0 (Link, 1);

  link->socket = socket;
  link->host = host;
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
link_send_failed (Link *link, LinkFailure failure)
{
  send_one (link, LINK_FAILED, failure);
}
