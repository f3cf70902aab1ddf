/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The clipboard's broker: between the guest (one peer) and those who look at it (local front ends,
 * VNC viewers, SPICE clients: one peer each). It alone enforces the policy. What passes is always
 * guest <-> one peer: two viewers never see each other's clipboard. Main thread only.
 *
 * An offer says what kinds there are, not what they hold. Contents are fetched when they are asked
 * for, once for all who ask, within a time limit, and at most CLIPBOARD_BYTES_MAX.
 *
 * No function calls back from within: every event and every answer comes from the main loop, and
 * either may free peers.
 */
#pragma once

#include "clipboard-policy.h"

/* Of one kind of one offer; a longer one is refused. */
#define CLIPBOARD_BYTES_MAX (8u << 20)
/* An owner that has not answered by then is not waited for ... */
#define CLIPBOARD_ANSWER_SECONDS 6
/* ... and one whose answer is on its way, no longer than this. */
#define CLIPBOARD_TRANSFER_SECONDS 60

typedef enum
{
  CLIPBOARD_TEXT = 1 << 0, /* UTF-8, no NUL */
  CLIPBOARD_PNG = 1 << 1,
  CLIPBOARD_KINDS_ALL = (1 << 2) - 1,
} ClipboardKinds;

typedef struct _Clipboard Clipboard;
typedef struct _ClipboardPeer ClipboardPeer;

/* What a front end shows a person. */
typedef struct
{
  ClipboardPolicy policy;
  guint32 question;             /* its number, to be given with the answer; 0: none is open */
  ClipboardDirection direction; /* of the question */
} ClipboardState;

typedef struct
{
  /* The other side's offer to this peer, or what became of it: kinds is 0 when there is none. The
   * serial is new with each offer. */
  void (*offered) (guint32 serial, ClipboardKinds kinds, gpointer user_data);
  /* Somebody wants what this peer has offered: clipboard_peer_answer () with this number, soon.
   * Only one is open at a time. NULL for a peer that gives contents with its offer. */
  void (*wanted) (guint32 number, ClipboardKinds kind, gpointer user_data);
  /* NULL for peers that no person can be asked through. */
  void (*state) (const ClipboardState *state, gpointer user_data);
} ClipboardPeerEvents;

/* `data` is borrowed and NULL if there is none: refused, gone, too late, too long, not that kind.
 */
typedef void (*ClipboardAnswer) (GBytes *data, gpointer user_data);

/* With CLIPBOARD_POLICY_OFF. */
Clipboard *clipboard_new (void);
/* After its last peer. */
void clipboard_free (Clipboard *clipboard);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Clipboard, clipboard_free)

/* From now on: what is no longer allowed is withdrawn, and what is fetched for it is refused. */
void clipboard_set_policy (Clipboard *clipboard, ClipboardPolicy policy);
ClipboardPolicy clipboard_get_policy (Clipboard *clipboard);

/* The guest's own peer; there is one at a time. */
ClipboardPeer *clipboard_join_guest (Clipboard *clipboard,
                                     const ClipboardPeerEvents *events,
                                     gpointer user_data);
/* Anyone else. `events` outlive the peer. */
ClipboardPeer *clipboard_join (Clipboard *clipboard,
                               ClipboardSide side,
                               const ClipboardPeerEvents *events,
                               gpointer user_data);
/* Leaves: what it offered is gone unless it was given as a parting gift (below), what it asked for
 * is not answered any more. */
void clipboard_peer_free (ClipboardPeer *peer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClipboardPeer, clipboard_peer_free)

/* Whether anything of this peer's could pass now: no use in announcing or decoding if not. */
gboolean clipboard_peer_may_give (ClipboardPeer *peer);
gboolean clipboard_peer_may_take (ClipboardPeer *peer);

/* This peer's clipboard has other contents of these kinds; 0: none any more. `serial` is the peer's
 * own number of the contents: an offer withdrawn and made again with the same does not take the
 * clipboard from the guest if that has copied something meanwhile. What the policy refuses is
 * forgotten at once; after a change of policy it is to be offered again. */
void clipboard_peer_offer (ClipboardPeer *peer, guint32 serial, ClipboardKinds kinds);
/* The same with the contents, of one kind, so that nobody needs to ask. With `keep` they stay after
 * the peer has left. FALSE: too long, not of the kind, or refused; then nothing is
 * offered. */
gboolean clipboard_peer_offer_data (ClipboardPeer *peer,
                                    guint32 serial,
                                    ClipboardKinds kind,
                                    GBytes *data,
                                    gboolean keep);
/* What `wanted` asked for; NULL: there is none. An unknown number is ignored: it came too late. */
void clipboard_peer_answer (ClipboardPeer *peer, guint32 number, GBytes *data);
/* Part of what `wanted` asked for has arrived; the rest is waited for a while longer. */
void clipboard_peer_progress (ClipboardPeer *peer, guint32 number);

/* Fetches what this peer has been offered. `answer` is called once, unless the peer leaves. */
void clipboard_peer_request (ClipboardPeer *peer,
                             ClipboardKinds kind,
                             ClipboardAnswer answer,
                             gpointer user_data);

/* A person's answer to the question of that number; another number is ignored. */
void clipboard_peer_decide (ClipboardPeer *peer, guint32 question, gboolean allow);

/* Whether the bytes are of the kind and within the limit. Pure. */
gboolean clipboard_check_data (ClipboardKinds kind, gconstpointer data, gsize size);
