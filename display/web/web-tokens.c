/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Tokens of links. Runs in vitrine-display, which knows their hashes only: what takes it over
 * cannot make use of a link that was not yet used. Must never tell by its timing how near a guess
 * was.
 */
#include "web-tokens.h"

#include <gnutls/crypto.h>
#include <string.h>

G_STATIC_ASSERT (WEB_TOKEN_DIGEST_BYTES == 32);

void
web_tokens_add (WebTokens *tokens, const guint8 *digest, gint64 until)
{
  guint oldest = 0;

  for (guint i = 1; i < WEB_TOKENS_MAX; i++)
    if (tokens->list[i].until < tokens->list[oldest].until)
      oldest = i;
  memcpy (tokens->list[oldest].digest, digest, WEB_TOKEN_DIGEST_BYTES);
  tokens->list[oldest].until = until;
}

gboolean
web_tokens_take (WebTokens *tokens,
                 const guint8 *token,
                 gsize size,
                 gint64 now,
                 guint8 ret_digest[static WEB_TOKEN_DIGEST_BYTES])
{
  guint8 digest[WEB_TOKEN_DIGEST_BYTES];
  gboolean found = FALSE;

  if (gnutls_hash_fast (GNUTLS_DIG_SHA256, token, size, digest) != 0)
    return FALSE;
  for (guint i = 0; i < WEB_TOKENS_MAX; i++)
    {
      gboolean same = gnutls_memcmp (tokens->list[i].digest, digest, sizeof digest) == 0;

      if (same && tokens->list[i].until > now)
        found = TRUE;
      if (same || tokens->list[i].until <= now)
        tokens->list[i].until = 0;
    }
  memcpy (ret_digest, digest, sizeof digest);
  return found;
}
