/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Shares and their viewers. Runs in vitrine-display on the main loop.
 */
#include "front-private.h"

#include "fds.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

gboolean
front_is_web (const FrontShare *share)
{
  return share->link.protocol == LINK_PROTOCOL_WEB;
}

/* --- Viewers --- */

static void
on_report (const LinkViewer *report, gpointer user_data)
{
  FrontShare *share = user_data;

  share->front->host->report (report, share->front->host->user_data);
}

static void
on_gone (RemoteViewer *viewer, gpointer user_data)
{
  FrontShare *share = user_data;

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

static FrontShare *
find_share (Front *front, guint32 number)
{
  for (guint i = 0; i < front->shares->len; i++)
    if (((FrontShare *) front->shares->pdata[i])->link.share == number)
      return front->shares->pdata[i];
  return NULL;
}

/* --- Shares by web --- */

static void
on_web_upgraded (Stream *stream, const WebCaller *caller, gpointer user_data)
{
  FrontShare *share = user_data;
  RemoteViewer *viewer = front_add_viewer (share, stream, caller);

  if (!penalties_allow (share->front->penalties, &caller->source, g_get_monotonic_time ()))
    remote_viewer_end (viewer, LINK_WHY_PENALTY);
}

static void
on_web_refused (const WebCaller *caller, LinkWhy why, gpointer user_data)
{
  front_refuse (user_data, -1, why, NULL, caller);
}

static gboolean
on_token_used (const guint8 *digest, gpointer user_data)
{
  const FrontShare *share = user_data;
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
  FrontShare *share = find_share (front, token->share);

  /* It may have ended before vmm's word came. */
  if (share != NULL && share->web != NULL)
    web_share_add_token (share->web, token);
}

static gboolean
make_web (FrontShare *share)
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
share_free (FrontShare *share)
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

/* What its viewers are to know. */
static void
fill_host (FrontShare *share, gboolean loopback)
{
  Front *front = share->front;

  share->host = (RemoteViewerHost) {
    .share = share->link.share,
    .name = share->link.name,
    .rules = { .password = share->link.password,
               .tls = (share->link.flags & LINK_SHARE_TLS) != 0,
               .loopback = loopback },
    .ask = (share->link.flags & LINK_SHARE_ASK) != 0,
    .view_only = (share->link.flags & LINK_SHARE_VIEW_ONLY) != 0,
    .penalties = front->penalties,
    .farewells = front->farewells,
    .head = heads_get (front->heads, share->link.head),
    .vnc = heads_get (front->heads, share->link.head)->vnc,
    .report = on_report,
    .gone = on_gone,
    .user_data = share,
  };
}

gboolean
front_share (Front *front, const LinkShare *link, int listening, int certificate_fd, int key_fd)
{
  autofd socket = listening;
  autofd certificate = certificate_fd;
  autofd key = key_fd;
  gboolean loopback;
  FrontShare *share;

  if (find_share (front, link->share) != NULL || front->shares->len >= LINK_SHARES_MAX ||
      front->leaving || !front_examine_socket (socket, &loopback))
    return FALSE;
  share = g_new0 (FrontShare, 1);
  share->front = front;
  share->link = *link;
  share->socket = fds_steal (&socket);
  fill_host (share, loopback);
  if (share->host.rules.tls)
    share->host.credentials = load_credentials (certificate, key);
  if (front_is_web (share) && !make_web (share))
    {
      share_free (share);
      return FALSE;
    }
  /* Whoever connects and leaves before we accept must not make us wait. */
  fcntl (share->socket, F_SETFL, fcntl (share->socket, F_GETFL) | O_NONBLOCK);
  g_ptr_array_add (front->shares, share);
  front_watch (share);
  return TRUE;
}

void
front_share_end (Front *front, guint32 number, LinkWhy why)
{
  FrontShare *share = find_share (front, number);

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
    front_share_end (front, ((FrontShare *) front->shares->pdata[0])->link.share, why);
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
