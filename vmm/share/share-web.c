/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Shares by web. Runs in vitrine-vmm, which serves nothing itself.
 */
#include "share-web.h"

#include "boot-clock.h"
#include "fds.h"
#include "share/web-pages.h"

#include <string.h>
#include <sys/random.h>

#define TOKEN_BYTES 17u /* 132 bits of them are used */

/* Every address is no address to type: the computer's name is. */
static const char *
default_host (const ShareRequest *request)
{
  gboolean everywhere =
      strcmp (request->address, "0.0.0.0") == 0 || strcmp (request->address, "::") == 0;

  return everywhere ? g_get_host_name () : "";
}

gboolean
share_web_prepare (ShareWeb *web, const ShareRequest *request, const char *novnc, GError **error)
{
  const char *host = request->host[0] != '\0' ? request->host : default_host (request);
  g_autofree char *lower = g_ascii_strdown (host, -1);

  memset (web->host, 0, sizeof web->host);
  if (share_request_is_host (lower))
    g_strlcpy (web->host, lower, sizeof web->host);
  web->pages = web_pages_build (novnc, error);
  return web->pages >= 0;
}

void
share_web_clear (ShareWeb *web)
{
  fds_clear (&web->pages);
}

char *
share_web_url (const ShareWeb *web, const ShareRequest *request, guint16 port, const char *token)
{
  const char *host = web->host[0] != '\0' ? web->host : request->address;
  gboolean bracketed = strchr (host, ':') != NULL;

  return g_strdup_printf ("%s://%s%s%s:%u/%s%s", request->tls ? "https" : "http",
                          bracketed ? "[" : "", host, bracketed ? "]" : "", port,
                          token != NULL ? "#" : "", token != NULL ? token : "");
}

/* --- Tokens --- */

static void
keep_token (ShareWeb *web, const LinkWebToken *message)
{
  guint oldest = 0;

  for (guint i = 1; i < WEB_TOKENS_MAX; i++)
    if (web->tokens[i].until < web->tokens[oldest].until)
      oldest = i;
  memcpy (web->tokens[oldest].digest, message->digest, sizeof message->digest);
  web->tokens[oldest].until = boot_clock_now () + (gint64) message->seconds * G_USEC_PER_SEC;
}

gboolean
share_web_get_token (const ShareWeb *web, guint place, guint32 share, LinkWebToken *ret_message)
{
  gint64 left = web->tokens[place].until - boot_clock_now ();

  if (web->tokens[place].until == 0 || left < G_USEC_PER_SEC)
    return FALSE;
  *ret_message =
      (LinkWebToken) { .type = LINK_WEB_TOKEN, .share = share, .seconds = left / G_USEC_PER_SEC };
  memcpy (ret_message->digest, web->tokens[place].digest, sizeof ret_message->digest);
  return TRUE;
}

void
share_web_void_token (ShareWeb *web, const LinkWebTokenUsed *used)
{
  for (guint i = 0; i < WEB_TOKENS_MAX; i++)
    if (memcmp (web->tokens[i].digest, used->digest, sizeof used->digest) == 0)
      web->tokens[i].until = 0;
}

char *
share_web_make_token (ShareWeb *web, guint32 share, LinkWebToken *ret_message)
{
  guint8 random[TOKEN_BYTES];
  char *token;
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize size = sizeof ret_message->digest;

  if (getrandom (random, sizeof random, 0) != sizeof random)
    g_error ("The kernel gives no random numbers"); /* a token that can be guessed is none */
  token = g_base64_encode (random, sizeof random);
  token[WEB_TOKEN_CHARACTERS] = '\0';
  g_strdelimit (token, "+", '-');
  g_strdelimit (token, "/", '_');
  *ret_message =
      (LinkWebToken) { .type = LINK_WEB_TOKEN, .share = share, .seconds = WEB_TOKEN_SECONDS };
  g_checksum_update (sum, (const guchar *) token, -1);
  g_checksum_get_digest (sum, ret_message->digest, &size);
  keep_token (web, ret_message);
  return token;
}
