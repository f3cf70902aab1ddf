/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The living shares of a guest. Runs in vitrine-vmm, on its main context. Sharing is an act of a
 * person: nothing here listens before shares_add (), and each share ends by itself.
 */
#include "share-private.h"

#include "boot-clock.h"
#include "fds.h"
#include "guest-log.h"
#include "ipc/web-wire.h"
#include "share-socket.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/timerfd.h>

static void
share_free (gpointer data)
{
  Share *share = data;

  g_clear_handle_id (&share->expiry, g_source_remove);
  share_socket_close (&share->listener);
  fds_clear (&share->certificate);
  fds_clear (&share->key);
  fds_clear (&share->timer);
  share_request_clear (&share->request);
  share_web_clear (&share->web);
  g_free (share->fingerprint);
  g_free (share);
}

Share *
shares_find (Shares *shares, guint id)
{
  for (guint i = 0; i < shares->living->len; i++)
    {
      Share *share = shares->living->pdata[i];

      if (share->id == id)
        return share;
    }
  return NULL;
}

/* --- to the front ends --- */

static gboolean
on_publish (gpointer data)
{
  Shares *shares = data;

  shares->publish = 0;
  shares->events.changed (shares->user_data);
  return G_SOURCE_REMOVE;
}

void
shares_publish_later (Shares *shares, gboolean soon)
{
  if (shares->publish != 0 && (shares->publishes_soon || !soon))
    return;
  g_clear_handle_id (&shares->publish, g_source_remove);
  shares->publishes_soon = soon;
  shares->publish = g_timeout_add (soon ? SHARES_NEWS_MS : SHARES_TRAFFIC_MS, on_publish, shares);
}

void
shares_publish_now (Shares *shares)
{
  g_clear_handle_id (&shares->publish, g_source_remove);
  shares->events.changed (shares->user_data);
}

/* What is shown of ends and beginnings is time on the wall. */
static void
on_clock_set (gpointer data)
{
  shares_publish_now (data);
}

gboolean
share_is_web (const Share *share)
{
  return share->request.protocol->number == LINK_PROTOCOL_WEB;
}

/* `link` is told to whoever made the share only. */
static GVariant *
describe_share (const Share *share, const char *link)
{
  g_autofree char *url = NULL;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "id", g_variant_new_uint32 (share->id));
  g_variant_builder_add (&builder, "{sv}", "protocol",
                         g_variant_new_string (share->request.protocol->word));
  g_variant_builder_add (&builder, "{sv}", "address",
                         g_variant_new_string (share->request.address));
  g_variant_builder_add (&builder, "{sv}", "port", g_variant_new_uint32 (share->port));
  g_variant_builder_add (&builder, "{sv}", "tls", g_variant_new_boolean (share->request.tls));
  g_variant_builder_add (&builder, "{sv}", "fingerprint",
                         g_variant_new_string (share->fingerprint));
  g_variant_builder_add (&builder, "{sv}", "head", g_variant_new_uint32 (share->request.head));
  g_variant_builder_add (&builder, "{sv}", "view-only",
                         g_variant_new_boolean (share->request.view_only));
  g_variant_builder_add (&builder, "{sv}", "ask", g_variant_new_boolean (share->request.ask));
  g_variant_builder_add (&builder, "{sv}", "expires",
                         g_variant_new_uint64 (MAX (0, boot_clock_to_wall (share->expires))));
  if (share_is_web (share))
    url = share_web_url (&share->web, &share->request, share->port, NULL);
  if (url != NULL)
    g_variant_builder_add (&builder, "{sv}", "url", g_variant_new_string (url));
  if (link != NULL)
    g_variant_builder_add (&builder, "{sv}", "link", g_variant_new_string (link));
  return g_variant_builder_end (&builder);
}

GVariant *
shares_describe (Shares *shares)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < shares->living->len; i++)
    g_variant_builder_add_value (&list, describe_share (shares->living->pdata[i], NULL));
  return g_variant_builder_end (&list);
}

gboolean
shares_are_alive (Shares *shares)
{
  return shares->living->len > 0 || shares->viewers->viewers->len > 0;
}

/* --- shares --- */

static void
end_share (Share *share, LinkType how, const char *why)
{
  Shares *shares = share->shares;

  guest_log ("Share %u ended: %s", share->id, why);
  share_audit_flush (&shares->logins);
  share_audit_flush (&shares->refusals);
  shares_tell (shares, how, share->id);
  for (guint i = 0; i < shares->viewers->viewers->len; i++)
    {
      ShareViewer *viewer = shares->viewers->viewers->pdata[i];

      if (viewer->share == share->id)
        shares_mark_dropped (shares, viewer);
    }
  g_ptr_array_remove (shares->living, share);
  shares_publish_now (shares);
}

static gboolean
on_expired (int fd, GIOCondition condition, gpointer data)
{
  Share *share = data;

  share->expiry = 0;
  end_share (share, LINK_SHARE_EXPIRED, "its time was over");
  return G_SOURCE_REMOVE;
}

static gboolean
arm_expiry (Share *share, GError **error)
{
  const struct itimerspec when = { .it_value.tv_sec = share->request.expire_s };

  share->timer = timerfd_create (CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
  if (share->timer < 0 || timerfd_settime (share->timer, 0, &when, NULL) != 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                   "The end of the share cannot be timed: %s", g_strerror (errno));
      return FALSE;
    }
  share->expires = boot_clock_now () + (gint64) share->request.expire_s * G_USEC_PER_SEC;
  share->expiry = g_unix_fd_add (share->timer, G_IO_IN, on_expired, share);
  return TRUE;
}

static gboolean
load_certificate (Share *share, GError **error)
{
  if (!share->request.tls)
    {
      share->fingerprint = g_strdup ("");
      return TRUE;
    }
  share->fingerprint = share_fingerprint (share->request.certificate, error);
  if (share->fingerprint == NULL)
    return FALSE;
  share->certificate = share_memory_new ("certificate", share->request.certificate, error);
  if (share->certificate < 0)
    return FALSE;
  share->key = share_memory_new ("key", share->request.key, error);
  explicit_bzero (share->request.key, strlen (share->request.key));
  return share->key >= 0;
}

/* Which display, where there are several. Transfer full. */
static char *
describe_head (const Share *share)
{
  return share->shares->n_heads > 1 ? g_strdup_printf ("display %u", share->request.head)
                                    : g_strdup ("the console");
}

static void
log_share (const Share *share)
{
  const ShareRequest *request = &share->request;
  g_autoptr (GDateTime) end = g_date_time_new_from_unix_local (boot_clock_to_wall (share->expires));
  g_autofree char *until = end != NULL ? g_date_time_format (end, "%F %T") : g_strdup ("?");

  g_autofree char *what = describe_head (share);

  guest_log ("Share %u: %s is served %s on %s port %u, %s, %s%s, until %s%s%s", share->id, what,
             request->protocol->served, request->address, share->port,
             request->view_only ? "to look at only" : "to use",
             request->tls ? "with TLS" : "without TLS",
             request->ask ? ", asking for each viewer" : "", until,
             request->tls ? "; certificate " : "", share->fingerprint);
}

/* A fresh one. Transfer full. */
static char *
make_link (Share *share)
{
  Shares *shares = share->shares;
  LinkWebToken message;
  g_autofree char *token = share_web_make_token (&share->web, share->id, &message);

  shares->events.send (&message, sizeof message, NULL, 0, shares->user_data);
  guest_log ("Share %u: a link was made that lets one viewer in, within %u minutes", share->id,
             WEB_TOKEN_SECONDS / 60);
  return share_web_url (&share->web, &share->request, share->port, token);
}

static gboolean
open_share (Share *share, GError **error)
{
  ShareRequest *request = &share->request;

  if (!load_certificate (share, error) ||
      (share_is_web (share) &&
       !share_web_prepare (&share->web, request, share->shares->novnc, error)))
    return FALSE;
  share->listener = share_socket_listen (request->address, request->port, &share->port, error);
  return share->listener >= 0 && arm_expiry (share, error);
}

static gboolean
check_head (const Share *share, GError **error)
{
  if (share->request.head <= share->shares->n_heads)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               "The guest has no display %u: it has %u, by display.heads in its settings",
               share->request.head, share->shares->n_heads);
  return FALSE;
}

GVariant *
shares_add (Shares *shares, GVariant *options, GError **error)
{
  g_autofree char *link = NULL;
  Share *share;

  if (shares->living->len >= LINK_SHARES_MAX)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                   "The console is shared %u times already, which is the most: end one first",
                   LINK_SHARES_MAX);
      return NULL;
    }
  share = g_new0 (Share, 1);
  share->shares = shares;
  share->listener = share->certificate = share->key = share->timer = share->web.pages = -1;
  if (!share_request_parse (options, &share->request, error) || !check_head (share, error) ||
      !open_share (share, error))
    {
      share_free (share);
      return NULL;
    }
  share->id = ++shares->last_id;
  g_ptr_array_add (shares->living, share);
  log_share (share);
  shares_tell_share (shares, share);
  if (share_is_web (share))
    link = make_link (share);
  shares_publish_now (shares);
  return describe_share (share, link);
}

GVariant *
shares_make_link (Shares *shares, guint id, GError **error)
{
  Share *share = shares_find (shares, id);
  g_autofree char *link = NULL;

  if (share == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "There is no share %u (any more)", id);
      return NULL;
    }
  if (!share_is_web (share))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                   "Share %u is served %s, which has no links: its viewers type the password", id,
                   share->request.protocol->served);
      return NULL;
    }
  link = make_link (share);
  return g_variant_new ("(s)", link);
}

gboolean
shares_end (Shares *shares, guint id, GError **error)
{
  Share *share;

  if (id == 0)
    {
      while (shares->living->len > 0)
        end_share (shares->living->pdata[0], LINK_SHARE_END, "it was ended");
      return TRUE;
    }
  share = shares_find (shares, id);
  if (share == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "There is no share %u (any more)", id);
      return FALSE;
    }
  end_share (share, LINK_SHARE_END, "it was ended");
  return TRUE;
}

Shares *
shares_new (const SharesEvents *events,
            const char *novnc,
            const char *name,
            guint n_heads,
            gpointer user_data)
{
  Shares *shares = g_new0 (Shares, 1);

  shares->events = *events;
  shares->novnc = g_strdup (novnc);
  shares->name = g_strdup (name);
  shares->user_data = user_data;
  shares->n_heads = n_heads;
  shares->living = g_ptr_array_new_with_free_func (share_free);
  shares->viewers = share_viewers_new ();
  shares->clock = clock_watch_new (on_clock_set, shares);
  return shares;
}

void
shares_free (Shares *shares)
{
  g_clear_handle_id (&shares->publish, g_source_remove);
  g_clear_handle_id (&shares->unheeded, g_source_remove);
  clock_watch_free (shares->clock);
  if (shares->living->len > 0)
    guest_log ("Sharing: %u shares end with the guest", shares->living->len);
  share_audit_flush (&shares->logins);
  share_audit_flush (&shares->refusals);
  g_ptr_array_unref (shares->living);
  share_viewers_free (shares->viewers);
  g_free (shares->novnc);
  g_free (shares->name);
  g_free (shares);
}
