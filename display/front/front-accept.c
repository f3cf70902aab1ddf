/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Who connects to a share. Runs in vitrine-display on the main loop. Must never hold more than
 * LINK_REMOTE_VIEWERS_MAX connections, nor spin when it cannot accept.
 */
#include "front-private.h"

#include "fds.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#define ACCEPT_RETRY_SECONDS 1
#define SEND_BUFFER_BYTES (256 * 1024) /* the kernel doubles it */
#define KEEPALIVE_SECONDS 60

typedef union
{
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
} FrontAddress;

static void
describe (const FrontAddress *address, char *text, gsize size)
{
  char host[INET6_ADDRSTRLEN] = "?";

  if (address->any.sa_family == AF_INET)
    {
      inet_ntop (AF_INET, &address->v4.sin_addr, host, sizeof host);
      g_snprintf (text, size, "%s:%u", host, ntohs (address->v4.sin_port));
      return;
    }
  inet_ntop (AF_INET6, &address->v6.sin6_addr, host, sizeof host);
  g_snprintf (text, size, "[%s]:%u", host, ntohs (address->v6.sin6_port));
}

/* Tells the person at the viewer why, in the one version of the protocol in which the server
 * decides without a word from the viewer. Whoever does not take it at once does not get it. */
static void
say_why (int fd, const char *why)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  guint32 head[2] = { 0, GUINT32_TO_BE (strlen (why)) }; /* no security type, the reason's length */

  g_byte_array_append (out, (const guint8 *) RFB_VERSION_TEXT_OLD, RFB_VERSION_BYTES);
  g_byte_array_append (out, (const guint8 *) head, sizeof head);
  g_byte_array_append (out, (const guint8 *) why, strlen (why));
  if (send (fd, out->data, out->len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
    g_debug ("A viewer is gone before it was told why: %s", g_strerror (errno));
}

void
front_refuse (FrontShare *share, int fd, LinkWhy why, const char *reason, const WebCaller *caller)
{
  LinkViewer report;

  if (reason != NULL && share->link.protocol == LINK_PROTOCOL_VNC)
    say_why (fd, reason);
  remote_viewer_fill_report (&report, caller->number, share->link.share, LINK_VIEWER_REFUSED, why,
                             caller->address);
  share->front->host->report (&report, share->front->host->user_data);
}

/* Pictures come in whole updates, the last packet of each must not wait; what the kernel keeps for
 * a viewer is bounded; one that is gone without a word is noticed, be there something to send or
 * not. */
static void
prepare_connection (int fd)
{
  static const struct
  {
    int level, name, value;
  } options[] = {
    { IPPROTO_TCP, TCP_NODELAY, 1 },
    { SOL_SOCKET, SO_SNDBUF, SEND_BUFFER_BYTES },
    { IPPROTO_TCP, TCP_USER_TIMEOUT, STREAM_STUCK_SECONDS * 1000 },
    { SOL_SOCKET, SO_KEEPALIVE, 1 },
    { IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_SECONDS },
    { IPPROTO_TCP, TCP_KEEPINTVL, STREAM_STUCK_SECONDS / 2 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    setsockopt (fd, options[i].level, options[i].name, &options[i].value, sizeof (int));
}

/* For one who comes from elsewhere than most of those who have not logged in yet. */
static gboolean
thin_crowd (Front *front, const PenaltySource *newcomer)
{
  g_autoptr (GArray) crowd = g_array_new (FALSE, FALSE, sizeof (CrowdMember));
  CrowdMember member;

  for (guint i = 0; i < front->viewers->len; i++)
    if (remote_viewer_fill_crowd (front->viewers->pdata[i], &member))
      g_array_append_val (crowd, member);
  spice_front_add_crowd (front->spice, crowd);
  return crowd_thin ((const CrowdMember *) crowd->data, crowd->len, newcomer);
}

/* Of those whose person has not typed the password yet, the one that waits longest goes, once it
 * has had the time that all have. */
static gboolean
make_room (Front *front)
{
  gint64 oldest = g_get_monotonic_time () - REMOTE_LOGIN_SECONDS * G_USEC_PER_SEC;
  RemoteViewer *found = NULL;

  for (guint i = 0; i < front->viewers->len; i++)
    {
      gint64 since = remote_viewer_waits_since (front->viewers->pdata[i]);

      if (since != 0 && since <= oldest)
        {
          oldest = since;
          found = front->viewers->pdata[i];
        }
    }
  if (found != NULL)
    remote_viewer_end (found, LINK_WHY_TIMEOUT);
  return found != NULL;
}

RemoteViewer *
front_add_viewer (FrontShare *share, Stream *stream, const WebCaller *caller)
{
  RemoteViewer *viewer =
      remote_viewer_new (stream, caller->number, &caller->source, caller->address, &share->host);

  g_ptr_array_add (share->front->viewers, viewer);
  return viewer;
}

static guint
count_connections (Front *front)
{
  guint count = front->viewers->len + spice_front_count_connections (front->spice) +
                farewells_count (front->farewells);

  for (guint i = 0; i < front->shares->len; i++)
    {
      FrontShare *share = front->shares->pdata[i];

      if (share->web != NULL)
        count += web_share_count_visitors (share->web);
    }
  return count;
}

/* FALSE if it is refused. */
static gboolean
admit (FrontShare *share, int fd, const WebCaller *caller)
{
  Front *front = share->front;
  guint wait = penalties_get_wait (front->penalties, &caller->source, g_get_monotonic_time ());

  if (wait > 0 && !front_is_web (share)) /* a page tells those who have to wait that they have */
    {
      g_autofree char *reason = g_strdup_printf ("Too many wrong passwords came from your address. "
                                                 "Try again in %u seconds.",
                                                 wait);
      front_refuse (share, fd, LINK_WHY_PENALTY, reason, caller);
      return FALSE;
    }
  if (count_connections (front) >= LINK_REMOTE_VIEWERS_MAX &&
      !farewells_make_room (front->farewells) && !thin_crowd (front, &caller->source) &&
      !make_room (front))
    {
      front_refuse (share, fd, LINK_WHY_FULL, "This console has as many viewers as it can have.",
                    caller);
      return FALSE;
    }
  if (front_is_web (share) && share->web == NULL)
    {
      front_refuse (share, fd, LINK_WHY_TLS, NULL, caller);
      return FALSE;
    }
  return TRUE;
}

/* Takes the connection. */
static void
hand_over (FrontShare *share, int fd, const WebCaller *caller)
{
  /* Our own timer comes first, and finds a connection on which it can be said. */
  static const int web_timeout = (2 * STREAM_STUCK_SECONDS + 5) * 1000;

  prepare_connection (fd);
  switch (share->link.protocol)
    {
    case LINK_PROTOCOL_WEB:
      setsockopt (fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &web_timeout, sizeof web_timeout);
      web_share_visit (share->web, fd, caller);
      break;
    case LINK_PROTOCOL_SPICE:
      spice_front_take (share->front->spice, fd, caller->number, &caller->source, caller->address,
                        &share->host);
      break;
    default:
      front_add_viewer (share, stream_new (fd, NULL, NULL), caller);
    }
}

static void
take_connection (FrontShare *share, int socket, const FrontAddress *address)
{
  WebCaller caller = { .number = ++share->front->last_number };
  autofd fd = socket;

  describe (address, caller.address, sizeof caller.address);
  penalties_source (&address->any, &caller.source);
  if (admit (share, fd, &caller))
    hand_over (share, fds_steal (&fd), &caller);
}

static gboolean
on_retry (gpointer user_data)
{
  Front *front = user_data;

  front->retry_timer = 0;
  front_relieved (front);
  return G_SOURCE_REMOVE;
}

static gboolean
on_connection (gint socket, GIOCondition condition, gpointer user_data)
{
  FrontShare *share = user_data;
  Front *front = share->front;
  FrontAddress address = { 0 };
  socklen_t size = sizeof address;
  int fd;

  if (front->host->is_behind (front->host->user_data))
    {
      share->accept_source = 0;
      return G_SOURCE_REMOVE;
    }
  fd = accept4 (socket, &address.any, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd >= 0)
    {
      take_connection (share, fd, &address);
      return G_SOURCE_CONTINUE;
    }
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ECONNABORTED || errno == EINTR ||
      errno == EPROTO || errno == ENETDOWN || errno == EHOSTUNREACH || errno == ENETUNREACH)
    return G_SOURCE_CONTINUE;
  /* No descriptors or memory: the connection stays waiting, and would wake us for ever. */
  share->accept_source = 0;
  if (front->retry_timer == 0)
    front->retry_timer = g_timeout_add_seconds (ACCEPT_RETRY_SECONDS, on_retry, front);
  return G_SOURCE_REMOVE;
}

void
front_watch (FrontShare *share)
{
  if (share->accept_source == 0)
    share->accept_source = g_unix_fd_add (share->socket, G_IO_IN, on_connection, share);
}

void
front_relieved (Front *front)
{
  for (guint i = 0; i < front->shares->len; i++)
    front_watch (front->shares->pdata[i]);
}

/* --- What is listened on --- */

static gboolean
is_loopback (const FrontAddress *address)
{
  if (address->any.sa_family == AF_INET)
    return (ntohl (address->v4.sin_addr.s_addr) >> 24) == 127;
  return IN6_IS_ADDR_LOOPBACK (&address->v6.sin6_addr);
}

gboolean
front_examine_socket (int socket, gboolean *ret_loopback)
{
  FrontAddress address = { 0 };
  socklen_t size = sizeof address;
  int listening = 0;
  socklen_t listening_size = sizeof listening;

  if (getsockopt (socket, SOL_SOCKET, SO_ACCEPTCONN, &listening, &listening_size) != 0 ||
      !listening || getsockname (socket, &address.any, &size) != 0)
    return FALSE;
  if (address.any.sa_family != AF_INET && address.any.sa_family != AF_INET6)
    return FALSE;
  *ret_loopback = is_loopback (&address);
  return TRUE;
}
