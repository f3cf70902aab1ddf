/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Shares and their viewers. Runs in vitrine-display on the main loop. Must never hold more than
 * LINK_REMOTE_VIEWERS_MAX connections, nor spin when it cannot accept.
 */
#include "front.h"

#include "fds.h"
#include "front/remote-viewer.h"
#include "spice/spice-front.h"
#include "web/web-share.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define ACCEPT_RETRY_SECONDS 1
#define SEND_BUFFER_BYTES (256 * 1024) /* the kernel doubles it */
#define KEEPALIVE_SECONDS 60

typedef union
{
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
} Address;

typedef struct
{
  Front *front; /* borrowed */
  int socket;   /* owned */
  guint accept_source;
  LinkShare link;
  RemoteViewerHost host;
  WebShare *web; /* owned; NULL: not by web */
} Share;

struct _Front
{
  Heads *heads;
  const FrontHost *host;
  Penalties *penalties;
  GPtrArray *shares;    /* of Share, owned */
  GPtrArray *viewers;   /* of RemoteViewer, owned */
  SpiceFront *spice;    /* owned */
  Farewells *farewells; /* owned */
  gboolean leaving;
  guint32 last_number;
  LinkWeb web;       /* of the share to come; its share is 0 without one */
  int web_pages;     /* owned */
  guint retry_timer; /* while there are no descriptors */
};

static void watch (Share *share);

/* --- Accepting --- */

static void
watch_all (Front *front)
{
  for (guint i = 0; i < front->shares->len; i++)
    watch (front->shares->pdata[i]);
}

static gboolean
on_retry (gpointer user_data)
{
  Front *front = user_data;

  front->retry_timer = 0;
  watch_all (front);
  return G_SOURCE_REMOVE;
}

static void
describe (const Address *address, char *text, gsize size)
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

static gboolean
is_web (const Share *share)
{
  return share->link.protocol == LINK_PROTOCOL_WEB;
}

/* `reason` is for the person at the viewer, if its protocol has words for it. */
static void
refuse (Share *share, int fd, LinkWhy why, const char *reason, const WebCaller *caller)
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

static RemoteViewer *
add_viewer (Share *share, Stream *stream, const WebCaller *caller)
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
      Share *share = front->shares->pdata[i];

      if (share->web != NULL)
        count += web_share_count_visitors (share->web);
    }
  return count;
}

static void
take_connection (Share *share, int socket, const Address *address)
{
  /* Our own timer comes first, and finds a connection on which it can be said. */
  static const int web_timeout = (2 * STREAM_STUCK_SECONDS + 5) * 1000;
  Front *front = share->front;
  WebCaller caller = { .number = ++front->last_number };
  autofd fd = socket;
  guint wait;

  describe (address, caller.address, sizeof caller.address);
  penalties_source (&address->any, &caller.source);
  wait = penalties_get_wait (front->penalties, &caller.source, g_get_monotonic_time ());
  if (wait > 0 && !is_web (share)) /* a page tells those who have to wait that they have */
    {
      g_autofree char *reason = g_strdup_printf ("Too many wrong passwords came from your address. "
                                                 "Try again in %u seconds.",
                                                 wait);
      refuse (share, fd, LINK_WHY_PENALTY, reason, &caller);
    }
  else if (count_connections (front) >= LINK_REMOTE_VIEWERS_MAX &&
           !farewells_make_room (front->farewells) && !make_room (front))
    refuse (share, fd, LINK_WHY_FULL, "This console has as many viewers as it can have.", &caller);
  else if (is_web (share) && share->web == NULL)
    refuse (share, fd, LINK_WHY_TLS, NULL, &caller);
  else if (is_web (share))
    {
      prepare_connection (fd);
      setsockopt (fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &web_timeout, sizeof web_timeout);
      web_share_visit (share->web, fds_steal (&fd), &caller);
    }
  else if (share->link.protocol == LINK_PROTOCOL_SPICE)
    {
      prepare_connection (fd);
      spice_front_take (front->spice, fds_steal (&fd), caller.number, &caller.source,
                        caller.address, &share->host);
    }
  else
    {
      prepare_connection (fd);
      add_viewer (share, stream_new (fds_steal (&fd), NULL, NULL), &caller);
    }
}

static gboolean
on_connection (gint socket, GIOCondition condition, gpointer user_data)
{
  Share *share = user_data;
  Front *front = share->front;
  Address address = { 0 };
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

static void
watch (Share *share)
{
  if (share->accept_source == 0)
    share->accept_source = g_unix_fd_add (share->socket, G_IO_IN, on_connection, share);
}

void
front_relieved (Front *front)
{
  watch_all (front);
}

/* --- Viewers --- */

static void
on_report (const LinkViewer *report, gpointer user_data)
{
  Share *share = user_data;

  share->front->host->report (report, share->front->host->user_data);
}

static void
on_gone (RemoteViewer *viewer, gpointer user_data)
{
  Share *share = user_data;

  g_ptr_array_remove_fast (share->front->viewers, viewer);
}

static RemoteViewer *
find_viewer (Front *front, guint32 number)
{
  for (guint i = 0; i < front->viewers->len; i++)
    if (remote_viewer_get_number (front->viewers->pdata[i]) == number)
      return front->viewers->pdata[i];
  return NULL;
}

/* It may have left before vmm's word came. */
void
front_viewer_drop (Front *front, guint32 number)
{
  RemoteViewer *viewer = find_viewer (front, number);

  if (viewer != NULL)
    remote_viewer_end (viewer, LINK_WHY_DROPPED);
  else
    spice_front_drop (front->spice, number);
}

void
front_viewer_allow (Front *front, guint32 number)
{
  RemoteViewer *viewer = find_viewer (front, number);

  if (viewer != NULL)
    remote_viewer_allow (viewer);
  else
    spice_front_allow (front->spice, number);
}

void
front_resume (Front *front)
{
  /* Backwards: a viewer that turns out to be gone is replaced by the last. */
  for (guint i = front->viewers->len; i > 0; i--)
    remote_viewer_resume (front->viewers->pdata[i - 1]);
  spice_front_resume (front->spice);
}

void
front_update (Front *front, const Head *head)
{
  spice_front_update (front->spice, head);
}

static Share *
find_share (Front *front, guint32 number)
{
  for (guint i = 0; i < front->shares->len; i++)
    if (((Share *) front->shares->pdata[i])->link.share == number)
      return front->shares->pdata[i];
  return NULL;
}

/* --- Shares by web --- */

static void
on_web_upgraded (Stream *stream, const WebCaller *caller, gpointer user_data)
{
  Share *share = user_data;
  RemoteViewer *viewer = add_viewer (share, stream, caller);

  if (!penalties_allow (share->front->penalties, &caller->source, g_get_monotonic_time ()))
    remote_viewer_end (viewer, LINK_WHY_PENALTY);
}

static void
on_web_refused (const WebCaller *caller, LinkWhy why, gpointer user_data)
{
  refuse (user_data, -1, why, NULL, caller);
}

static gboolean
on_token_used (const guint8 *digest, gpointer user_data)
{
  const Share *share = user_data;
  const FrontHost *host = share->front->host;
  LinkWebTokenUsed used = { .type = LINK_WEB_TOKEN_USED, .share = share->link.share };

  memcpy (used.digest, digest, sizeof used.digest);
  return host->token_used (&used, host->user_data);
}

gboolean
front_web (Front *front, const LinkWeb *web, int pages)
{
  fds_clear (&front->web_pages);
  front->web = *web;
  front->web_pages = pages;
  return TRUE;
}

void
front_web_token (Front *front, const LinkWebToken *token)
{
  Share *share = find_share (front, token->share);

  /* It may have ended before vmm's word came. */
  if (share != NULL && share->web != NULL)
    web_share_add_token (share->web, token);
}

static gboolean
make_web (Share *share)
{
  Front *front = share->front;
  const WebShareHost host = { .share = share->link.share,
                              .view_only = share->host.view_only,
                              .ask = share->host.ask,
                              .clipboard = front->host->clipboard,
                              .credentials = share->host.credentials,
                              .upgraded = on_web_upgraded,
                              .refused = on_web_refused,
                              .token_used = on_token_used,
                              .user_data = share };

  if (front->web.share != share->link.share)
    return FALSE;
  if (share->host.rules.tls && share->host.credentials == NULL)
    return TRUE; /* nobody is let in */
  share->web = web_share_new (&front->web, fds_steal (&front->web_pages), &host);
  share->host.rules.web = TRUE;
  share->host.rules.take_token = web_share_take_token;
  share->host.rules.token_data = share->web;
  return share->web != NULL;
}

/* --- Shares --- */

static void
share_free (Share *share)
{
  g_clear_handle_id (&share->accept_source, g_source_remove);
  web_share_free (share->web);
  if (share->host.credentials != NULL)
    gnutls_certificate_free_credentials (share->host.credentials);
  gnutls_memset (share->link.password, 0, sizeof share->link.password);
  fds_clear (&share->socket);
  g_free (share);
}

/* The PEM text in a memfd of vmm's; NULL if it is empty or too long. */
static GBytes *
read_pem (int fd)
{
  struct stat info;
  g_autofree guint8 *data = NULL;

  if (fstat (fd, &info) != 0 || info.st_size <= 0 || info.st_size > LINK_PEM_BYTES_MAX)
    return NULL;
  data = g_malloc (info.st_size);
  if (pread (fd, data, info.st_size, 0) != info.st_size)
    return NULL;
  return g_bytes_new_take (g_steal_pointer (&data), info.st_size);
}

static gnutls_certificate_credentials_t
load_credentials (int certificate_fd, int key_fd)
{
  g_autoptr (GBytes) certificate = read_pem (certificate_fd);
  g_autoptr (GBytes) key = read_pem (key_fd);
  gnutls_certificate_credentials_t credentials;
  gnutls_datum_t parts[2];
  gsize sizes[2];
  int result;

  if (certificate == NULL || key == NULL ||
      gnutls_certificate_allocate_credentials (&credentials) != GNUTLS_E_SUCCESS)
    return NULL;
  parts[0].data = (void *) g_bytes_get_data (certificate, &sizes[0]);
  parts[1].data = (void *) g_bytes_get_data (key, &sizes[1]);
  parts[0].size = sizes[0];
  parts[1].size = sizes[1];
  result =
      gnutls_certificate_set_x509_key_mem (credentials, &parts[0], &parts[1], GNUTLS_X509_FMT_PEM);
  gnutls_memset (parts[1].data, 0, parts[1].size);
  if (result >= 0)
    return credentials;
  g_printerr ("vitrine-display: the certificate of a share cannot be used: %s\n",
              gnutls_strerror (result));
  gnutls_certificate_free_credentials (credentials);
  return NULL;
}

static gboolean
is_loopback (const Address *address)
{
  if (address->any.sa_family == AF_INET)
    return (ntohl (address->v4.sin_addr.s_addr) >> 24) == 127;
  return IN6_IS_ADDR_LOOPBACK (&address->v6.sin6_addr);
}

static gboolean
examine_socket (int socket, gboolean *ret_loopback)
{
  Address address = { 0 };
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

gboolean
front_share (Front *front, const LinkShare *link, int listening, int certificate_fd, int key_fd)
{
  autofd socket = listening;
  autofd certificate = certificate_fd;
  autofd key = key_fd;
  gboolean loopback;
  Share *share;

  if (find_share (front, link->share) != NULL || front->shares->len >= LINK_SHARES_MAX ||
      front->leaving || !examine_socket (socket, &loopback))
    return FALSE;
  share = g_new0 (Share, 1);
  share->front = front;
  share->link = *link;
  share->socket = fds_steal (&socket);
  share->host = (RemoteViewerHost) {
    .share = link->share,
    .rules = { .password = share->link.password,
               .tls = (link->flags & LINK_SHARE_TLS) != 0,
               .loopback = loopback },
    .ask = (link->flags & LINK_SHARE_ASK) != 0,
    .view_only = (link->flags & LINK_SHARE_VIEW_ONLY) != 0,
    .penalties = front->penalties,
    .farewells = front->farewells,
    .head = heads_get (front->heads, link->head),
    .vnc = heads_get (front->heads, link->head)->vnc,
    .report = on_report,
    .gone = on_gone,
    .user_data = share,
  };
  if (share->host.rules.tls)
    share->host.credentials = load_credentials (certificate, key);
  if (is_web (share) && !make_web (share))
    {
      share_free (share);
      return FALSE;
    }
  /* Whoever connects and leaves before we accept must not make us wait. */
  fcntl (share->socket, F_SETFL, fcntl (share->socket, F_GETFL) | O_NONBLOCK);
  g_ptr_array_add (front->shares, share);
  watch (share);
  return TRUE;
}

void
front_share_end (Front *front, guint32 number, LinkWhy why)
{
  Share *share = find_share (front, number);

  if (share == NULL)
    return;
  for (guint i = front->viewers->len; i > 0; i--)
    if (remote_viewer_get_host (front->viewers->pdata[i - 1]) == &share->host)
      remote_viewer_end (front->viewers->pdata[i - 1], why);
  spice_front_share_end (front->spice, &share->host, why);
  g_ptr_array_remove (front->shares, share);
}

gboolean
front_leave (Front *front, LinkWhy why)
{
  while (front->shares->len > 0)
    front_share_end (front, ((Share *) front->shares->pdata[0])->link.share, why);
  front->leaving = TRUE;
  return farewells_count (front->farewells) == 0;
}

static void
on_farewells_done (gpointer user_data)
{
  Front *front = user_data;

  if (front->leaving)
    front->host->left (front->host->user_data);
}

Front *
front_new (Heads *heads, const FrontHost *host)
{
  const SpiceMedia media = { host->get_input, host->user_data, host->clipboard, host->sound,
                             host->microphone };
  Front *front = g_new0 (Front, 1);

  front->heads = heads;
  front->host = host;
  front->web_pages = -1;
  front->penalties = penalties_new ();
  front->farewells = farewells_new (on_farewells_done, front);
  front->spice = spice_front_new (&media);
  front->shares = g_ptr_array_new_with_free_func ((GDestroyNotify) share_free);
  front->viewers = g_ptr_array_new_with_free_func ((GDestroyNotify) remote_viewer_free);
  return front;
}

void
front_free (Front *front)
{
  if (front == NULL)
    return;
  g_clear_handle_id (&front->retry_timer, g_source_remove);
  g_ptr_array_unref (front->viewers);
  farewells_free (front->farewells);
  spice_front_free (front->spice);
  g_ptr_array_unref (front->shares);
  penalties_free (front->penalties);
  fds_clear (&front->web_pages);
  g_free (front);
}
