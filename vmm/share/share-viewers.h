/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The remote viewers of a guest, as the display process reports them (B3): which event may follow
 * which, and what is told of each. Pure but for the clocks.
 */
#pragma once

#include "ipc/link-wire.h"
#include "share-protocol.h"

#include <gio/gio.h>

typedef enum
{
  SHARE_VIEWER_LOGIN,
  SHARE_VIEWER_ASKS,
  SHARE_VIEWER_IN,
} ShareViewerState;

typedef struct
{
  guint number;
  guint share;
  char address[LINK_ADDRESS_MAX];
  const ShareProtocol *protocol;
  ShareViewerState state;
  gint64 since; /* µs of CLOCK_BOOTTIME */
  guint64 bytes;
  gboolean allowed;  /* a person let it in */
  gint64 dropped_at; /* monotonic; 0: it may stay */
} ShareViewer;

typedef struct
{
  GPtrArray *viewers; /* of ShareViewer, in the order in which they came */
} ShareViewers;

ShareViewers *share_viewers_new (void);
void share_viewers_free (ShareViewers *viewers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShareViewers, share_viewers_free)

ShareViewer *share_viewers_find (ShareViewers *viewers, guint number);
/* All are gone, and their numbers may come again: another display process. */
void share_viewers_clear (ShareViewers *viewers);

/* What an event means for the table. */
typedef enum
{
  SHARE_EVENT_NEWS,    /* taken in; a person may want to know */
  SHARE_EVENT_TRAFFIC, /* only figures changed */
  SHARE_EVENT_STALE,   /* of a viewer or share that is over: ignored */
  SHARE_EVENT_BROKEN,  /* a display process that keeps the protocol cannot have sent it */
} ShareEventKind;

/* Whether the share that an event names is alive, and asks for each viewer. */
typedef enum
{
  SHARE_IS_OVER,
  SHARE_IS_OPEN,
  SHARE_ASKS,
} ShareKind;

/* Takes the event in. *ret_gone is the viewer that ended with it, to be freed, or NULL. */
ShareEventKind share_viewers_take (ShareViewers *viewers,
                                   const LinkViewer *event,
                                   ShareKind share,
                                   ShareViewer **ret_gone);

/* Of type aa{sv}, as in the control interface; without those that are being cut off. */
GVariant *share_viewers_describe (ShareViewers *viewers);

/* A phrase: "wrong password". */
const char *share_viewers_why (guint32 why);
