/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Heads of our answers to browsers. Pure.
 */
#pragma once

#include "web/http-parse.h"

/* Appends the head of an answer whose body has `length` bytes of `type`. `host` is the place where
 * the request arrived, which web_rules_host () has found right: the page may connect there and
 * nowhere else. */
void http_answer_page (GByteArray *out,
                       const char *type,
                       gsize length,
                       const HttpAuthority *host,
                       gboolean tls);

/* A whole answer that is a plain sentence; after it the connection ends. */
void http_answer_refusal (GByteArray *out, HttpStatus status, gboolean has_body);

/* Consents to the WebSocket that the key belongs to (RFC 6455 section 4.2.2). */
void http_answer_upgrade (GByteArray *out, const char *key);

/* Of a file, by the end of its name. */
const char *http_answer_type (const char *path);
