/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The listening end of the glass protocol. Runs in vitrine-display on the main loop. Must never
 * accept more than GLASS_CLIENTS_MAX nor spin when it cannot accept.
 */
#include "glass-server.h"

#include "fds.h"
#include "local/glass-viewer.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <sys/socket.h>

#define ACCEPT_RETRY_SECONDS 1

struct _GlassServer
{
  int socket; /* owned */
  guint accept_source;
  guint retry_timer;  /* while there are no descriptors */
  Heads *heads;       /* borrowed */
  guint32 count, lit; /* as last told */
  const GlassServerHost *host;
  GlassViewerHost viewer_host;
  GPtrArray *viewers; /* of GlassViewer, owned */
  guint n_welcomed;   /* as last told */
};

static void
tell_viewers (GlassServer *server)
{
  guint n = 0;

  for (guint i = 0; i < server->viewers->len; i++)
    if (glass_viewer_is_welcomed (server->viewers->pdata[i]))
      n++;
  if (n == server->n_welcomed)
    return;
  server->n_welcomed = n;
  server->host->viewers_changed (n, server->host->user_data);
}

static void
on_welcomed (gpointer user_data)
{
  tell_viewers (user_data);
}

static void
on_gone (GlassViewer *viewer, gpointer user_data)
{
  GlassServer *server = user_data;

  g_ptr_array_remove_fast (server->viewers, viewer);
  tell_viewers (server);
}

static QemuInput *
get_input (gpointer user_data)
{
  GlassServer *server = user_data;

  return server->host->get_input (server->host->user_data);
}

static gboolean on_connection (gint socket, GIOCondition condition, gpointer user_data);

static gboolean
on_retry (gpointer user_data)
{
  GlassServer *server = user_data;

  server->retry_timer = 0;
  server->accept_source = g_unix_fd_add (server->socket, G_IO_IN, on_connection, server);
  return G_SOURCE_REMOVE;
}

static gboolean
on_connection (gint socket, GIOCondition condition, gpointer user_data)
{
  GlassServer *server = user_data;
  autofd fd = accept4 (socket, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

  if (fd < 0)
    {
      if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ECONNABORTED || errno == EINTR)
        return G_SOURCE_CONTINUE;
      /* No descriptors or memory: the connection stays waiting, and would wake us for ever. */
      server->accept_source = 0;
      server->retry_timer = g_timeout_add_seconds (ACCEPT_RETRY_SECONDS, on_retry, server);
      return G_SOURCE_REMOVE;
    }
  if (server->viewers->len >= GLASS_CLIENTS_MAX)
    return G_SOURCE_CONTINUE;
  g_ptr_array_add (server->viewers, glass_viewer_new (fds_steal (&fd), &server->viewer_host));
  return G_SOURCE_CONTINUE;
}

GlassServer *
glass_server_new (int socket,
                  Heads *heads,
                  Sound *sound,
                  Clipboard *clipboard,
                  const GlassServerHost *host)
{
  GlassServer *server = g_new0 (GlassServer, 1);

  server->socket = socket;
  server->heads = heads;
  server->host = host;
  server->viewers = g_ptr_array_new_with_free_func ((GDestroyNotify) glass_viewer_free);
  server->viewer_host = (GlassViewerHost) { .heads = heads,
                                            .sound = sound,
                                            .clipboard = clipboard,
                                            .get_input = get_input,
                                            .welcomed = on_welcomed,
                                            .gone = on_gone,
                                            .user_data = server };
  /* Whoever connects and leaves before we accept must not make us wait. */
  fcntl (socket, F_SETFL, fcntl (socket, F_GETFL) | O_NONBLOCK);
  server->accept_source = g_unix_fd_add (socket, G_IO_IN, on_connection, server);
  return server;
}

void
glass_server_free (GlassServer *server)
{
  if (server == NULL)
    return;
  g_clear_handle_id (&server->accept_source, g_source_remove);
  g_clear_handle_id (&server->retry_timer, g_source_remove);
  g_ptr_array_unref (server->viewers);
  fds_clear (&server->socket);
  g_free (server);
}

void
glass_server_update (GlassServer *server, Head *head)
{
  /* Backwards: a viewer that turns out to be gone is replaced by the last. */
  for (guint i = server->viewers->len; i > 0; i--)
    if (glass_viewer_get_head (server->viewers->pdata[i - 1]) == head)
      glass_viewer_update (server->viewers->pdata[i - 1]);
}

void
glass_server_update_heads (GlassServer *server)
{
  guint32 count = heads_get_count (server->heads);
  guint32 lit = heads_get_lit (server->heads);

  if (count == server->count && lit == server->lit)
    return;
  server->count = count;
  server->lit = lit;
  for (guint i = server->viewers->len; i > 0; i--)
    glass_viewer_update_heads (server->viewers->pdata[i - 1]);
}

void
glass_server_resume (GlassServer *server)
{
  for (guint i = 0; i < server->viewers->len; i++)
    glass_viewer_resume (server->viewers->pdata[i]);
}
