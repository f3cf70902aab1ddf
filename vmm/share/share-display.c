/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the display process is told of shares, and tells of their viewers. Runs in vitrine-vmm, on
 * its main context.
 */
#include "share-private.h"

#include "boot-clock.h"
#include "guest-log.h"
#include "ipc/web-wire.h"

#include <string.h>

void
shares_tell (Shares *shares, LinkType type, guint32 value)
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

/* As windows are titled; a long one is cut where a character ends. */
static void
put_name (LinkShare *message, const Shares *shares, guint head)
{
  g_autofree char *name = shares->n_heads > 1 ? g_strdup_printf ("%u: %s", head, shares->name)
                                              : g_strdup (shares->name);
  gsize length = MIN (strlen (name), LINK_NAME_MAX);
  const char *end = g_utf8_find_prev_char (name, name + length + 1);

  memcpy (message->name, name, name[length] == '\0' ? length : (gsize) (end - name));
}

void
shares_tell_share (Shares *shares, const Share *share)
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

  if (share_is_web (share))
    tell_web (shares, share);
  memcpy (message.password, request->password, strlen (request->password));
  put_name (&message, shares, request->head);
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
      shares_tell_share (shares, shares->living->pdata[i]);
      tell_tokens (shares, shares->living->pdata[i]);
    }
}

void
shares_void_token (Shares *shares, const LinkWebTokenUsed *used)
{
  Share *share = shares_find (shares, used->share);

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
  shares_publish_later (shares, TRUE);
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

void
shares_mark_dropped (Shares *shares, ShareViewer *viewer)
{
  if (viewer->dropped_at == 0)
    viewer->dropped_at = g_get_monotonic_time ();
  if (shares->unheeded == 0)
    shares->unheeded = g_timeout_add (SHARES_DROP_MS / 3, on_unheeded, shares);
}

/* --- viewers --- */

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
  shares_mark_dropped (shares, viewer);
  shares_tell (shares, LINK_VIEWER_DROP, number);
  shares_publish_now (shares);
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
  shares_tell (shares, LINK_VIEWER_ALLOW, number);
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
  const Share *share = shares_find (shares, event->share);
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
    shares_publish_later (shares, meaning == SHARE_EVENT_NEWS);
  g_free (gone);
  return meaning != SHARE_EVENT_BROKEN;
}
