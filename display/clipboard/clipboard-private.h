/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the parts of the clipboard's broker share: clipboard.c (policy and peers),
 * clipboard-offers.c, and clipboard-dispatch.c (requests and events). Not for anyone else.
 */
#pragma once

#include "clipboard/clipboard.h"

#define CLIPBOARD_DIRECTIONS 2
#define CLIPBOARD_KIND_COUNT 2

/* What one side offers the other. */
typedef struct
{
  guint32 id;           /* new with each; 0: there is none */
  ClipboardPeer *owner; /* NULL: it has left, and the contents are here */
  ClipboardSide side;   /* of the owner, or for the guest's offer unused */
  guint32 serial;       /* the owner's number of these contents */
  ClipboardKinds kinds;
  GBytes *contents[CLIPBOARD_KIND_COUNT]; /* owned; what is here need not be asked for */
  gboolean given;                         /* they came with the offer */
  gboolean kept;                          /* and stay without the owner */

  gboolean allowed; /* by a person, where one is asked */
  gboolean refused;
  guint32 question; /* open; 0: none */

  guint32 wanted; /* number of what the owner was asked for; 0: nothing */
  ClipboardKinds wanted_kind;
  gboolean want_is_told;
  ClipboardKinds failed; /* there will be no answer for these */
  gint64 wanted_at;      /* monotonic */
  guint timer;           /* of the answer */
} ClipboardOffer;

typedef struct
{
  ClipboardPeer *peer;
  guint32 offer;
  ClipboardKinds kind;
  ClipboardAnswer answer;
  gpointer user_data;
} ClipboardRequest;

struct _ClipboardPeer
{
  Clipboard *clipboard; /* borrowed */
  gboolean is_guest;
  ClipboardSide side;
  const ClipboardPeerEvents *events; /* borrowed */
  gpointer user_data;
  guint32 told_offer; /* the id last told; 0: none */
  ClipboardState told;
  guint32 outdated; /* serial of an offer that somebody else's has replaced */
  gboolean has_outdated;
};

struct _Clipboard
{
  ClipboardPolicy policy;
  GPtrArray *peers; /* of ClipboardPeer, borrowed: each frees itself */
  ClipboardPeer *guest;
  ClipboardOffer offers[CLIPBOARD_DIRECTIONS];
  GQueue requests; /* of ClipboardRequest, owned */
  guint32 last_number;
  guint dispatch; /* the source of the events */
};

/* --- clipboard.c --- */

/* For offers, questions and wishes: never 0, and another each time. */
guint32 clipboard_next_number (Clipboard *clipboard);
/* Requests are judged and events told soon, from the main loop. */
void clipboard_schedule (Clipboard *clipboard);
/* The offer that the peer makes, and the one that it may ask for. */
ClipboardDirection clipboard_gives (ClipboardPeer *peer);
ClipboardDirection clipboard_takes (ClipboardPeer *peer);
ClipboardVerdict clipboard_judge (Clipboard *clipboard,
                                  ClipboardDirection direction,
                                  ClipboardSide side);
/* Whether contents of the offer may pass to or from a peer of that side, now. */
gboolean clipboard_may_pass (Clipboard *clipboard,
                             ClipboardDirection direction,
                             ClipboardSide side);

/* --- clipboard-offers.c --- */

guint clipboard_kind_index (ClipboardKinds kind);
/* Asks the owner, unless it is busy with another kind. */
void clipboard_want (Clipboard *clipboard, ClipboardOffer *offer, ClipboardKinds kind);
void clipboard_clear_offer (ClipboardOffer *offer);

/* --- clipboard-dispatch.c --- */

/* A source's function, of the Clipboard: one event or answer at a time, until there is none. */
gboolean clipboard_dispatch (gpointer clipboard);
