/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The tokens by which links of one share let a viewer in: each once, and not for long. Pure; the
 * caller tells the time.
 */
#pragma once

#include "ipc/web-wire.h"

#define WEB_TOKEN_DIGEST_BYTES 32u /* SHA-256 */

typedef struct
{
  struct
  {
    guint8 digest[WEB_TOKEN_DIGEST_BYTES];
    gint64 until; /* 0: free */
  } list[WEB_TOKENS_MAX];
} WebTokens;

/* `until` and `now` are on one clock, microseconds. The oldest makes room. */
void web_tokens_add (WebTokens *tokens, const guint8 *digest, gint64 until);

/* TRUE once for each token that was added, with its digest. Takes the same time whatever is wrong. */
gboolean web_tokens_take (WebTokens *tokens,
                          const guint8 *token,
                          gsize size,
                          gint64 now,
                          guint8 ret_digest[static WEB_TOKEN_DIGEST_BYTES]);
