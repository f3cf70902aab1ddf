/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * GSocketClient does the work: names, several addresses a name, a time limit. Runs in vitrine-vmm.
 */
#include "nbd-connect.h"

#include "fds.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* A way that is gone without a word is noticed after so long. */
#define SILENT_WAY_MS 20000
#define KEEP_ALIVE_SECONDS 10

struct _NbdConnect
{
  GCancellable *cancellable;
  NbdConnected done;
  gpointer user_data;
  guint idle;
  int fd; /* of a Unix socket */
  int code;
};

static void
connect_free (NbdConnect *connect)
{
  g_clear_handle_id (&connect->idle, g_source_remove);
  g_clear_object (&connect->cancellable);
  fds_clear (&connect->fd);
  g_free (connect);
}

/* Requests do not wait for each other's replies; a dead way is found out. */
static void
tune (int fd)
{
  int on = 1;
  int seconds = KEEP_ALIVE_SECONDS;
  int silent = SILENT_WAY_MS;

  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt (fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  setsockopt (fd, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof seconds);
  setsockopt (fd, IPPROTO_TCP, TCP_KEEPINTVL, &seconds, sizeof seconds);
  setsockopt (fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &silent, sizeof silent);
}

static char *
describe (const GError *error)
{
  if (error->domain == G_RESOLVER_ERROR)
    return g_strdup (error->code == G_RESOLVER_ERROR_TEMPORARY_FAILURE
                         ? "its name cannot be looked up just now"
                         : "there is no host of that name");
  if (error->domain == G_IO_ERROR)
    switch (error->code)
      {
      case G_IO_ERROR_CONNECTION_REFUSED:
        return g_strdup ("nothing listens there (connection refused)");
      case G_IO_ERROR_TIMED_OUT:
        return g_strdup ("it did not answer in time");
      case G_IO_ERROR_HOST_UNREACHABLE:
      case G_IO_ERROR_NETWORK_UNREACHABLE:
        return g_strdup ("no way leads there from this network");
      default:
        break;
      }
  return g_strdup (error->message);
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer data)
{
  NbdConnect *connect = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) connection =
      g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result, &error);
  g_autofree char *why = error != NULL ? describe (error) : NULL;
  NbdConnected done = connect->done;
  gpointer user_data = connect->user_data;
  gboolean cancelled = g_cancellable_is_cancelled (connect->cancellable);
  int fd = -1;

  connect_free (connect);
  if (cancelled)
    return;
  /* The connection closes its own descriptor. */
  if (connection != NULL)
    fd = fcntl (g_socket_get_fd (g_socket_connection_get_socket (connection)), F_DUPFD_CLOEXEC, 3);
  if (fd >= 0)
    tune (fd);
  done (fd, fd < 0 && why == NULL ? g_strerror (errno) : why, user_data);
}

static char *
describe_unix (int code)
{
  if (code == ENOENT)
    return g_strdup ("there is no such socket");
  if (code == ECONNREFUSED)
    return g_strdup ("nothing listens there (connection refused)");
  if (code == EACCES || code == EPERM)
    return g_strdup ("you may not write to it");
  if (code == EAGAIN)
    return g_strdup ("it has no room for one more client");
  return g_strdup (g_strerror (code));
}

static gboolean
on_unix (gpointer data)
{
  NbdConnect *connect = data;
  g_autofree char *why = connect->fd < 0 ? describe_unix (connect->code) : NULL;
  NbdConnected done = connect->done;
  gpointer user_data = connect->user_data;
  int fd = fds_steal (&connect->fd);

  connect->idle = 0;
  connect_free (connect);
  done (fd, why, user_data);
  return G_SOURCE_REMOVE;
}

int
nbd_connect_unix (const char *path)
{
  struct sockaddr_un name = { .sun_family = AF_UNIX };
  autofd fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  if (g_strlcpy (name.sun_path, path, sizeof name.sun_path) >= sizeof name.sun_path)
    {
      errno = ENAMETOOLONG;
      return -1;
    }
  if (fd < 0 || connect (fd, (struct sockaddr *) &name, sizeof name) != 0)
    return -1;
  return fds_steal (&fd);
}

NbdConnect *
nbd_connect_begin (const NbdAddress *address, NbdConnected done, gpointer user_data)
{
  NbdConnect *connect = g_new0 (NbdConnect, 1);
  g_autoptr (GSocketClient) client = NULL;
  g_autoptr (GSocketConnectable) place = NULL;

  connect->done = done;
  connect->user_data = user_data;
  connect->fd = -1;
  connect->cancellable = g_cancellable_new ();
  if (address->socket != NULL)
    {
      connect->fd = nbd_connect_unix (address->socket);
      connect->code = errno;
      connect->idle = g_idle_add (on_unix, connect);
      return connect;
    }
  client = g_socket_client_new ();
  g_socket_client_set_enable_proxy (client, FALSE);
  g_socket_client_set_timeout (client, NBD_CONNECT_SECONDS);
  place = g_network_address_new (address->host, address->port);
  g_socket_client_connect_async (client, place, connect->cancellable, on_connected, connect);
  return connect;
}

void
nbd_connect_cancel (NbdConnect *connect)
{
  g_cancellable_cancel (connect->cancellable);
  if (connect->idle != 0) /* else it is freed when the cancelled attempt comes back */
    connect_free (connect);
}
