/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A console shared by web. Runs in vitrine-display on the main loop.
 */
#include "web-share.h"

#include "boot-clock.h"
#include "fds.h"
#include "web/web-tokens.h"

G_STATIC_ASSERT (sizeof (((LinkWebToken *) NULL)->digest) == WEB_TOKEN_DIGEST_BYTES);

struct _WebShare
{
  WebShareHost host;
  WebVisitorHost visitor_host;
  Pages *pages; /* owned */
  char name[LINK_HOST_MAX + 1];
  char about[128];
  GPtrArray *visitors; /* of WebVisitor, owned */
  WebTokens tokens;
};

/* Whether the guest takes a viewer's text now: the page offers it only then. */
static gboolean
takes_text (WebShare *share)
{
  const ClipboardSide side = share->host.view_only ? CLIPBOARD_SIDE_VIEW_ONLY
                                                   : CLIPBOARD_SIDE_REMOTE;

  return clipboard_policy_judge (clipboard_get_policy (share->host.clipboard), CLIPBOARD_TO_GUEST,
                                 side) == CLIPBOARD_PASS;
}

static const char *
on_about (gpointer user_data)
{
  WebShare *share = user_data;

  g_snprintf (share->about, sizeof share->about,
              "{\"viewOnly\": %s, \"ask\": %s, \"clipboard\": %s}\n",
              share->host.view_only ? "true" : "false", share->host.ask ? "true" : "false",
              takes_text (share) ? "true" : "false");
  return share->about;
}

static void
on_upgraded (WebVisitor *visitor, Stream *stream, gpointer user_data)
{
  WebShare *share = user_data;
  WebCaller caller = *web_visitor_get_caller (visitor);

  g_ptr_array_remove_fast (share->visitors, visitor);
  share->host.upgraded (stream, &caller, share->host.user_data);
}

static void
on_gone (WebVisitor *visitor, LinkWhy why, gpointer user_data)
{
  WebShare *share = user_data;
  WebCaller caller = *web_visitor_get_caller (visitor);

  g_ptr_array_remove_fast (share->visitors, visitor);
  if (why != LINK_WHY_NONE)
    share->host.refused (&caller, why, share->host.user_data);
}

guint
web_share_count_visitors (WebShare *share)
{
  return share->visitors->len;
}

/* For one who comes from elsewhere than most. */
static gboolean
thin_crowd (WebShare *share, const PenaltySource *newcomer)
{
  CrowdMember crowd[WEB_VISITORS_MAX];

  for (guint i = 0; i < share->visitors->len; i++)
    web_visitor_fill_crowd (share->visitors->pdata[i], &crowd[i]);
  return crowd_thin (crowd, share->visitors->len, newcomer);
}

void
web_share_visit (WebShare *share, int socket, const WebCaller *caller)
{
  autofd fd = socket;
  WebVisitor *visitor;

  if (share->visitors->len >= WEB_VISITORS_MAX && !thin_crowd (share, &caller->source))
    {
      share->host.refused (caller, LINK_WHY_FULL, share->host.user_data);
      return;
    }
  visitor = web_visitor_new (fds_steal (&fd), caller, &share->visitor_host);
  if (visitor != NULL)
    g_ptr_array_add (share->visitors, visitor);
  else
    share->host.refused (caller, LINK_WHY_TLS, share->host.user_data);
}

/* --- Tokens --- */

void
web_share_add_token (WebShare *share, const LinkWebToken *link)
{
  web_tokens_add (&share->tokens, link->digest,
                  boot_clock_now () + (gint64) link->seconds * G_USEC_PER_SEC);
}

gboolean
web_share_take_token (const guint8 *token, gsize size, gpointer user_data)
{
  WebShare *share = user_data;
  guint8 digest[WEB_TOKEN_DIGEST_BYTES];

  return web_tokens_take (&share->tokens, token, size, boot_clock_now (), digest) &&
         share->host.token_used (digest, share->host.user_data);
}

/* --- Life --- */

WebShare *
web_share_new (const LinkWeb *link, int memory, const WebShareHost *host)
{
  g_autoptr (Pages) pages = pages_new (memory);
  WebShare *share;

  if (pages == NULL)
    return NULL;
  share = g_new0 (WebShare, 1);
  share->host = *host;
  share->pages = g_steal_pointer (&pages);
  share->visitors = g_ptr_array_new_with_free_func ((GDestroyNotify) web_visitor_free);
  g_strlcpy (share->name, link->host, sizeof share->name);
  share->visitor_host = (WebVisitorHost) { .pages = share->pages,
                                           .name = share->name,
                                           .about = on_about,
                                           .credentials = host->credentials,
                                           .upgraded = on_upgraded,
                                           .gone = on_gone,
                                           .user_data = share };
  return share;
}

void
web_share_free (WebShare *share)
{
  if (share == NULL)
    return;
  g_ptr_array_unref (share->visitors);
  pages_free (share->pages);
  memset (&share->tokens, 0, sizeof share->tokens);
  g_free (share);
}
