/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What vmm sends display over their link (common/ipc/link-wire.h). Pure.
 */
#pragma once

#include "clipboard-policy.h"
#include "cursor.h"
#include "ipc/link-wire.h"

/* A listening socket, a certificate and its key. */
#define LINK_REQUEST_FDS_MAX 3u

typedef union
{
  guint32 type; /* LinkType, vmm -> display */
  LinkMessage message;
  LinkShare share;
  LinkWeb web;
  LinkWebToken web_token;
} LinkRequest;

/* One packet that came with n_fds descriptors. PARSE_OK or PARSE_BAD. */
ParseResult link_parse_request (const void *data,
                                gsize size,
                                guint n_fds,
                                LinkRequest *ret_request);
