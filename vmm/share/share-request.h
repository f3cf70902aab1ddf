/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The options of the control interface's Share to a checked request: what is shared, where, and the
 * rules that no front end can waive. Pure.
 */
#pragma once

#include "share-protocol.h"

#include <gio/gio.h>

typedef struct
{
  const ShareProtocol *protocol;
  char *address;
  char *host;   /* by which browsers know this computer; "": no other than the address */
  guint16 port; /* 0: any free one */
  char *password;
  guint head; /* from 1 */
  gboolean view_only;
  gboolean ask;
  gboolean tls;
  guint expire_s;
  char *certificate; /* PEM; only with tls */
  char *key;
} ShareRequest;

/* `options` is of type a{sv}. A sentence that says which rule was broken, or TRUE. */
gboolean share_request_parse (GVariant *options, ShareRequest *ret_request, GError **error);
/* Whether it can stand in a web address, in lower case. */
gboolean share_request_is_host (const char *text);
void share_request_clear (ShareRequest *request);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ShareRequest, share_request_clear)
