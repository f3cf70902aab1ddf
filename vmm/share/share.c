/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The living shares of a guest. Runs in vitrine-vmm, on its main context. Sharing is an act of a
 * person: nothing here listens before shares_add (), and each share ends by itself.
 */
#include "share.h"

#include "boot-clock.h"
#include "clock-watch.h"
#include "fds.h"
#include "guest-log.h"
#include "ipc/web-wire.h"
#include "share-audit.h"
#include "share-request.h"
#include "share-socket.h"
#include "share-viewers.h"
#include "share-web.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/timerfd.h>

typedef struct
{
  Shares *shares;
  guint id;
  ShareRequest request;
  ShareWeb web;
  guint16 port;
  char *fingerprint;
  gint64 expires; /* µs of CLOCK_BOOTTIME */
  int listener;
  int certificate;
  int key;
  int timer; /* counts while the computer sleeps, unlike GLib's */
  guint expiry;
} Share;

struct _Shares
{
  SharesEvents events;
  gpointer user_data;
  char *novnc;
  guint n_heads;
  GPtrArray *living; /* of Share */
  ShareViewers *viewers;
  ClockWatch *clock;
  ShareAudit logins;   /* of those who have the password */
  ShareAudit refusals; /* of anybody: they cannot crowd out the former */
  guint last_id;
  gboolean browsers_leave; /* the display process tells them that the guest is off */
  guint publish;           /* the source that shows the lists anew */
  gboolean publishes_soon;
  guint unheeded; /* the source that looks for viewers which were not cut off */
};

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

static Share *
find_share (Shares *shares, guint id)
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

/* Viewers cannot make vmm busy by coming and going. */
static void
publish_later (Shares *shares, gboolean soon)
{
  if (shares->publish != 0 && (shares->publishes_soon || !soon))
    return;
  g_clear_handle_id (&shares->publish, g_source_remove);
  shares->publishes_soon = soon;
  shares->publish = g_timeout_add (soon ? SHARES_NEWS_MS : SHARES_TRAFFIC_MS, on_publish, shares);
}

static void
publish_now (Shares *shares)
{
  g_clear_handle_id (&shares->publish, g_source_remove);
  shares->events.changed (shares->user_data);
}

/* What is shown of ends and beginnings is time on the wall. */
static void
on_clock_set (gpointer data)
{
  publish_now (data);
}

static gboolean
is_web (const Share *share)
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
  if (is_web (share))
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

GVariant *
shares_describe_viewers (Shares *shares)
{
  return share_viewers_describe (shares->viewers);
}

/* The display process may have seen before us that QEMU is gone. */
gboolean
shares_have_browsers (Shares *shares)
{
  if (shares->browsers_leave)
    return TRUE;
  for (guint i = 0; i < shares->viewers->viewers->len; i++)
    {
      const ShareViewer *viewer = shares->viewers->viewers->pdata[i];

      if (viewer->protocol->number == LINK_PROTOCOL_WEB)
        return TRUE;
    }
  return FALSE;
}

gboolean
shares_are_alive (Shares *shares)
{
  return shares->living->len > 0 || shares->viewers->viewers->len > 0;
}

/* --- to the display process --- */

static void
tell (Shares *shares, LinkType type, guint32 value)
{
  LinkMessage message = { type, value };

  shares->events.send (&message, sizeof message, NULL, 0, shares->user_data);
}

static void
tell_web (Shares *shares, const Share *share)
{
  LinkWeb message = { .type = LINK_WEB, .share = share->id };

  memcpy (message.host, share->web.host, sizeof message.host);
  shares->events.send (&message, sizeof message, &share->web.pages, 1, shares->user_data);
}

static void
tell_share (Shares *shares, const Share *share)
{
  const ShareRequest *request = &share->request;
  const int fds[] = { share->listener, share->certificate, share->key };
  LinkShare message = { .type = LINK_SHARE,
                        .share = share->id,
                        .protocol = request->protocol->number,
                        .flags = (request->view_only ? LINK_SHARE_VIEW_ONLY : 0) |
                                 (request->tls ? LINK_SHARE_TLS : 0) |
                                 (request->ask ? LINK_SHARE_ASK : 0),
                        .head = request->head - 1 };

  if (is_web (share))
    tell_web (shares, share);
  memcpy (message.password, request->password, strlen (request->password));
  shares->events.send (&message, sizeof message, fds, request->tls ? 3 : 1, shares->user_data);
  explicit_bzero (&message, sizeof message);
}

/* Of links that nobody has used yet. */
static void
tell_tokens (Shares *shares, const Share *share)
{
  LinkWebToken message;

  for (guint i = 0; i < WEB_TOKENS_MAX; i++)
    if (share_web_get_token (&share->web, i, share->id, &message))
      shares->events.send (&message, sizeof message, NULL, 0, shares->user_data);
}

void
shares_display_ready (Shares *shares)
{
  for (guint i = 0; i < shares->living->len; i++)
    {
      tell_share (shares, shares->living->pdata[i]);
      tell_tokens (shares, shares->living->pdata[i]);
    }
}

void
shares_void_token (Shares *shares, const LinkWebTokenUsed *used)
{
  Share *share = find_share (shares, used->share);

  /* It may have ended before the display process knew. */
  if (share != NULL)
    share_web_void_token (&share->web, used);
}

void
shares_display_gone (Shares *shares)
{
  guint n = shares->viewers->viewers->len;

  if (n > 0)
    guest_log ("Sharing: %u viewers were cut off with the display process", n);
  share_viewers_clear (shares->viewers);
  shares->browsers_leave = FALSE;
  g_clear_handle_id (&shares->unheeded, g_source_remove);
  publish_later (shares, TRUE);
}

static gboolean
on_unheeded (gpointer data)
{
  Shares *shares = data;
  gint64 limit = g_get_monotonic_time () - (gint64) SHARES_DROP_MS * 1000;
  gboolean waits = FALSE;

  for (guint i = 0; i < shares->viewers->viewers->len; i++)
    {
      const ShareViewer *viewer = shares->viewers->viewers->pdata[i];

      if (viewer->dropped_at != 0 && viewer->dropped_at <= limit)
        {
          shares->unheeded = 0;
          shares->events.distrust ("it kept a viewer that it was told to cut off",
                                   shares->user_data);
          return G_SOURCE_REMOVE;
        }
      waits = waits || viewer->dropped_at != 0;
    }
  if (!waits)
    shares->unheeded = 0;
  return waits ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/* The viewer is to go; if the display process does not see to it, that goes too. */
static void
mark_dropped (Shares *shares, ShareViewer *viewer)
{
  if (viewer->dropped_at == 0)
    viewer->dropped_at = g_get_monotonic_time ();
  if (shares->unheeded == 0)
    shares->unheeded = g_timeout_add (SHARES_DROP_MS / 3, on_unheeded, shares);
}

/* --- shares --- */

static void
end_share (Share *share, LinkType how, const char *why)
{
  Shares *shares = share->shares;

  guest_log ("Share %u ended: %s", share->id, why);
  share_audit_flush (&shares->logins);
  share_audit_flush (&shares->refusals);
  tell (shares, how, share->id);
  for (guint i = 0; i < shares->viewers->viewers->len; i++)
    {
      ShareViewer *viewer = shares->viewers->viewers->pdata[i];

      if (viewer->share == share->id)
        mark_dropped (shares, viewer);
    }
  g_ptr_array_remove (shares->living, share);
  publish_now (shares);
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
      (is_web (share) && !share_web_prepare (&share->web, request, share->shares->novnc, error)))
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
  tell_share (shares, share);
  if (is_web (share))
    link = make_link (share);
  publish_now (shares);
  return describe_share (share, link);
}

GVariant *
shares_make_link (Shares *shares, guint id, GError **error)
{
  Share *share = find_share (shares, id);
  g_autofree char *link = NULL;

  if (share == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "There is no share %u (any more)", id);
      return NULL;
    }
  if (!is_web (share))
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
  share = find_share (shares, id);
  if (share == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "There is no share %u (any more)", id);
      return FALSE;
    }
  end_share (share, LINK_SHARE_END, "it was ended");
  return TRUE;
}

/* --- viewers --- */

static ShareViewer *
require_viewer (Shares *shares, guint number, GError **error)
{
  ShareViewer *viewer = share_viewers_find (shares->viewers, number);

  if (viewer != NULL && viewer->dropped_at == 0)
    return viewer;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "There is no viewer %u (any more)", number);
  return NULL;
}

gboolean
shares_drop_viewer (Shares *shares, guint number, GError **error)
{
  ShareViewer *viewer = require_viewer (shares, number, error);

  if (viewer == NULL)
    return FALSE;
  guest_log ("Share %u: viewer %u (%s) is cut off by a person", viewer->share, number,
             viewer->address);
  mark_dropped (shares, viewer);
  tell (shares, LINK_VIEWER_DROP, number);
  publish_now (shares);
  return TRUE;
}

gboolean
shares_allow_viewer (Shares *shares, guint number, GError **error)
{
  ShareViewer *viewer = require_viewer (shares, number, error);

  if (viewer == NULL)
    return FALSE;
  if (viewer->state != SHARE_VIEWER_ASKS)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "Viewer %u does not wait to be let in",
                   number);
      return FALSE;
    }
  guest_log ("Share %u: viewer %u (%s) is let in by a person", viewer->share, number,
             viewer->address);
  viewer->allowed = TRUE;
  tell (shares, LINK_VIEWER_ALLOW, number);
  return TRUE;
}

static void
log_event (Shares *shares, const LinkViewer *event, const ShareViewer *gone)
{
  ShareAudit *audit = event->event == LINK_VIEWER_REFUSED ? &shares->refusals : &shares->logins;
  guint share = event->share;
  guint viewer = event->viewer;

  if (event->event == LINK_VIEWER_ASKS)
    share_audit (audit, "Share %u: viewer %u (%s) logged in and waits to be let in", share, viewer,
                 event->address);
  else if (event->event == LINK_VIEWER_IN)
    share_audit (audit, "Share %u: viewer %u (%s) is in", share, viewer, event->address);
  else if (event->event == LINK_VIEWER_REFUSED)
    share_audit (audit, "Share %u: viewer %u (%s) was refused: %s", share, viewer, event->address,
                 share_viewers_why (event->why));
  else if (event->event == LINK_VIEWER_ENDED && gone != NULL)
    share_audit (audit,
                 "Share %u: viewer %u (%s) is gone after %" G_GINT64_FORMAT
                 " s and %" G_GUINT64_FORMAT " bytes: %s",
                 share, viewer, gone->address, (boot_clock_now () - gone->since) / G_USEC_PER_SEC,
                 gone->bytes, share_viewers_why (event->why));
}

gboolean
shares_take_event (Shares *shares, const LinkViewer *event)
{
  const Share *share = find_share (shares, event->share);
  ShareKind kind = share == NULL ? SHARE_IS_OVER : share->request.ask ? SHARE_ASKS : SHARE_IS_OPEN;
  ShareViewer *gone = NULL;
  ShareEventKind meaning = share_viewers_take (shares->viewers, event, kind, &gone);

  if (meaning == SHARE_EVENT_NEWS && event->event == LINK_VIEWER_CAME)
    share_viewers_find (shares->viewers, event->viewer)->protocol = share->request.protocol;
  if (meaning == SHARE_EVENT_NEWS)
    log_event (shares, event, gone);
  if (gone != NULL && event->why == LINK_WHY_OFF)
    shares->browsers_leave |= gone->protocol->number == LINK_PROTOCOL_WEB;
  if (meaning == SHARE_EVENT_NEWS || meaning == SHARE_EVENT_TRAFFIC)
    publish_later (shares, meaning == SHARE_EVENT_NEWS);
  g_free (gone);
  return meaning != SHARE_EVENT_BROKEN;
}

Shares *
shares_new (const SharesEvents *events, const char *novnc, guint n_heads, gpointer user_data)
{
  Shares *shares = g_new0 (Shares, 1);

  shares->events = *events;
  shares->novnc = g_strdup (novnc);
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
  g_free (shares);
}
