/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the two parts of the front end share: front.c (shares and their viewers) and front-accept.c
 * (who connects). Not for anyone else.
 */
#pragma once

#include "front/front.h"
#include "front/remote-viewer.h"
#include "spice/spice-front.h"
#include "web/web-share.h"

typedef struct
{
  Front *front; /* borrowed */
  int socket;   /* owned */
  guint accept_source;
  LinkShare link;
  RemoteViewerHost host;
  WebShare *web; /* owned; NULL: not by web */
} FrontShare;

struct _Front
{
  Heads *heads;
  const FrontHost *host;
  Penalties *penalties;
  GPtrArray *shares;    /* of Share, owned */
  GPtrArray *viewers;   /* of RemoteViewer, owned */
  SpiceFront *spice;    /* owned */
  Farewells *farewells; /* owned */
  gboolean leaving;
  guint32 last_number;
  LinkWeb web;       /* of the share to come; its share is 0 without one */
  int web_pages;     /* owned */
  guint retry_timer; /* while there are no descriptors */
};

/* --- front.c --- */

gboolean front_is_web (const FrontShare *share);

/* --- front-accept.c --- */

/* Whether it is a TCP socket that listens. */
gboolean front_examine_socket (int socket, gboolean *ret_loopback);
/* Takes connections from now on, or again. */
void front_watch (FrontShare *share);
/* Says that somebody was refused. `reason` is for the person at the viewer, if its protocol has
 * words for it; `fd` is its connection, borrowed, or -1. */
void front_refuse (FrontShare *share,
                   int fd,
                   LinkWhy why,
                   const char *reason,
                   const WebCaller *caller);
/* Takes the stream. */
RemoteViewer *front_add_viewer (FrontShare *share, Stream *stream, const WebCaller *caller);
