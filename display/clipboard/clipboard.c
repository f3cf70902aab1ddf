/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The clipboard's broker. Runs in vitrine-display on the main loop. Must never let anything pass
 * that the policy refuses, hold more than the present contents, or wait for a peer without a limit.
 */
#include "clipboard.h"

#include <string.h>

#define N_DIRECTIONS 2
#define N_KINDS 2

/* What one side offers the other. */
typedef struct
{
  guint32 id;            /* new with each; 0: there is none */
  ClipboardPeer *owner;  /* NULL: it has left, and the contents are here */
  ClipboardSide side;    /* of the owner, or for the guest's offer unused */
  guint32 serial;        /* the owner's number of these contents */
  ClipboardKinds kinds;
  GBytes *contents[N_KINDS]; /* owned; what is here need not be asked for */
  gboolean given;        /* they came with the offer */
  gboolean kept;         /* and stay without the owner */

  gboolean allowed; /* by a person, where one is asked */
  gboolean refused;
  guint32 question; /* open; 0: none */

  guint32 wanted; /* number of what the owner was asked for; 0: nothing */
  ClipboardKinds wanted_kind;
  gboolean want_is_told;
  ClipboardKinds failed; /* there will be no answer for these */
  gint64 wanted_at;      /* monotonic */
  guint timer;           /* of the answer */
} Offer;

typedef struct
{
  ClipboardPeer *peer;
  guint32 offer;
  ClipboardKinds kind;
  ClipboardAnswer answer;
  gpointer user_data;
} Request;

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
  Offer offers[N_DIRECTIONS];
  GQueue requests; /* of Request, owned */
  guint32 last_number;
  guint dispatch; /* the source of the events */
};

static gboolean on_dispatch (gpointer user_data);
static gboolean on_answer_timer (gpointer user_data);

static guint32
next_number (Clipboard *clipboard)
{
  clipboard->last_number++;
  if (clipboard->last_number == 0)
    clipboard->last_number++;
  return clipboard->last_number;
}

static void
schedule (Clipboard *clipboard)
{
  if (clipboard->dispatch == 0)
    clipboard->dispatch = g_idle_add_full (G_PRIORITY_DEFAULT, on_dispatch, clipboard, NULL);
}

static guint
kind_index (ClipboardKinds kind)
{
  return kind == CLIPBOARD_PNG ? 1 : 0;
}

gboolean
clipboard_check_data (ClipboardKinds kind, gconstpointer data, gsize size)
{
  static const guint8 png[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };

  if (size == 0 || size > CLIPBOARD_BYTES_MAX)
    return FALSE;
  if (kind == CLIPBOARD_TEXT)
    return g_utf8_validate_len (data, size, NULL);
  return kind == CLIPBOARD_PNG && size > sizeof png && memcmp (data, png, sizeof png) == 0;
}

/* --- Offers --- */

static void
stop_waiting (Offer *offer)
{
  g_clear_handle_id (&offer->timer, g_source_remove);
  offer->wanted = 0;
}

static void
clear_offer (Offer *offer)
{
  stop_waiting (offer);
  for (guint i = 0; i < N_KINDS; i++)
    g_clear_pointer (&offer->contents[i], g_bytes_unref);
  memset (offer, 0, sizeof *offer);
}

static ClipboardVerdict
judge (Clipboard *clipboard, ClipboardDirection direction, ClipboardSide side)
{
  return clipboard_policy_judge (clipboard->policy, direction, side);
}

/* Whether contents of the offer may pass to or from a peer of that side, now. */
static gboolean
may_pass (Clipboard *clipboard, ClipboardDirection direction, ClipboardSide side)
{
  ClipboardVerdict verdict = judge (clipboard, direction, side);

  return verdict == CLIPBOARD_PASS ||
         (verdict == CLIPBOARD_ASK && clipboard->offers[direction].allowed);
}

/* Somebody else has copied something since. */
static void
outdate (Clipboard *clipboard, ClipboardDirection direction)
{
  Offer *offer = &clipboard->offers[direction];

  if (offer->owner != NULL)
    {
      offer->owner->outdated = offer->serial;
      offer->owner->has_outdated = TRUE;
    }
  clear_offer (offer);
}

static ClipboardDirection
gives (ClipboardPeer *peer)
{
  return peer->is_guest ? CLIPBOARD_FROM_GUEST : CLIPBOARD_TO_GUEST;
}

static ClipboardDirection
takes (ClipboardPeer *peer)
{
  return peer->is_guest ? CLIPBOARD_TO_GUEST : CLIPBOARD_FROM_GUEST;
}

/* NULL if the policy refuses it. */
static Offer *
begin_offer (ClipboardPeer *peer, guint32 serial, ClipboardKinds kinds)
{
  Clipboard *clipboard = peer->clipboard;
  Offer *offer = &clipboard->offers[gives (peer)];

  /* A clipboard has one owner: what was offered to the guest is void once that has copied something,
   * whether or not this may pass; and the other way round once it is told of it. */
  if (peer->is_guest)
    outdate (clipboard, CLIPBOARD_TO_GUEST);
  if (!clipboard_peer_may_give (peer))
    {
      if (offer->owner == peer)
        clear_offer (offer);
      schedule (clipboard);
      return NULL;
    }
  if (!peer->is_guest)
    clear_offer (&clipboard->offers[CLIPBOARD_FROM_GUEST]);
  outdate (clipboard, gives (peer));
  peer->has_outdated = FALSE;
  offer->id = next_number (clipboard);
  offer->owner = peer;
  offer->side = peer->side;
  offer->serial = serial;
  offer->kinds = kinds;
  schedule (clipboard);
  return offer;
}

void
clipboard_peer_offer (ClipboardPeer *peer, guint32 serial, ClipboardKinds kinds)
{
  Offer *present = &peer->clipboard->offers[gives (peer)];

  kinds &= CLIPBOARD_KINDS_ALL;
  if (kinds == 0)
    {
      if (present->owner == peer)
        clear_offer (present);
      schedule (peer->clipboard);
      return;
    }
  if (!peer->is_guest && peer->has_outdated && peer->outdated == serial)
    return;
  if (!peer->is_guest && present->owner == peer && present->serial == serial &&
      present->kinds == kinds)
    return;
  begin_offer (peer, serial, kinds);
}

gboolean
clipboard_peer_offer_data (ClipboardPeer *peer,
                           guint32 serial,
                           ClipboardKinds kind,
                           GBytes *data,
                           gboolean keep)
{
  Offer *offer;

  if (data == NULL || (kind != CLIPBOARD_TEXT && kind != CLIPBOARD_PNG) ||
      !clipboard_check_data (kind, g_bytes_get_data (data, NULL), g_bytes_get_size (data)))
    return FALSE;
  offer = begin_offer (peer, serial, kind);
  if (offer == NULL)
    return FALSE;
  offer->contents[kind_index (kind)] = g_bytes_ref (data);
  offer->given = TRUE;
  offer->kept = keep;
  return TRUE;
}

void
clipboard_peer_answer (ClipboardPeer *peer, guint32 number, GBytes *data)
{
  Offer *offer = &peer->clipboard->offers[gives (peer)];

  if (offer->owner != peer || number == 0 || offer->wanted != number)
    return;
  if (data != NULL && clipboard_check_data (offer->wanted_kind, g_bytes_get_data (data, NULL),
                                            g_bytes_get_size (data)))
    offer->contents[kind_index (offer->wanted_kind)] = g_bytes_ref (data);
  else
    offer->failed |= offer->wanted_kind;
  stop_waiting (offer);
  schedule (peer->clipboard);
}

void
clipboard_peer_progress (ClipboardPeer *peer, guint32 number)
{
  Offer *offer = &peer->clipboard->offers[gives (peer)];
  gint64 longest = CLIPBOARD_TRANSFER_SECONDS * G_USEC_PER_SEC;

  if (offer->owner != peer || number == 0 || offer->wanted != number ||
      g_get_monotonic_time () - offer->wanted_at > longest)
    return;
  g_clear_handle_id (&offer->timer, g_source_remove);
  offer->timer =
      g_timeout_add_seconds (CLIPBOARD_ANSWER_SECONDS, on_answer_timer, peer->clipboard);
}

gboolean
clipboard_peer_may_give (ClipboardPeer *peer)
{
  return judge (peer->clipboard, gives (peer), peer->side) != CLIPBOARD_REFUSE;
}

gboolean
clipboard_peer_may_take (ClipboardPeer *peer)
{
  return judge (peer->clipboard, takes (peer), peer->side) != CLIPBOARD_REFUSE;
}

/* --- Requests --- */

void
clipboard_peer_request (ClipboardPeer *peer,
                        ClipboardKinds kind,
                        ClipboardAnswer answer,
                        gpointer user_data)
{
  Clipboard *clipboard = peer->clipboard;
  ClipboardDirection direction = takes (peer);
  Request *request = g_new (Request, 1);

  *request = (Request) { peer, clipboard->offers[direction].id, kind, answer, user_data };
  g_queue_push_tail (&clipboard->requests, request);
  schedule (clipboard);
}

static gboolean
on_answer_timer (gpointer user_data)
{
  Clipboard *clipboard = user_data;

  for (guint i = 0; i < N_DIRECTIONS; i++)
    {
      Offer *offer = &clipboard->offers[i];

      if (offer->timer != g_source_get_id (g_main_current_source ()))
        continue;
      offer->timer = 0;
      offer->wanted = 0;
      offer->failed |= offer->wanted_kind;
      schedule (clipboard);
    }
  return G_SOURCE_REMOVE;
}

/* Asks the owner, unless it is busy with another kind. */
static void
want (Clipboard *clipboard, Offer *offer, ClipboardKinds kind)
{
  if (offer->wanted != 0 || offer->owner == NULL)
    return;
  offer->wanted = next_number (clipboard);
  offer->wanted_kind = kind;
  offer->want_is_told = FALSE;
  offer->wanted_at = g_get_monotonic_time ();
  offer->timer = g_timeout_add_seconds (CLIPBOARD_ANSWER_SECONDS, on_answer_timer, clipboard);
}

/* A person is asked once about each offer. */
static void
ask (Clipboard *clipboard, Offer *offer)
{
  if (offer->question == 0 && !offer->refused && !offer->allowed)
    offer->question = next_number (clipboard);
}

/* TRUE if the request is over; with these contents, or none. */
static gboolean
judge_request (Clipboard *clipboard, const Request *request, GBytes **ret_data)
{
  gboolean by_guest = request->peer->is_guest;
  ClipboardDirection direction = by_guest ? CLIPBOARD_TO_GUEST : CLIPBOARD_FROM_GUEST;
  Offer *offer = &clipboard->offers[direction];
  ClipboardSide side = by_guest ? offer->side : request->peer->side;

  *ret_data = NULL;
  if (offer->id == 0 || offer->id != request->offer || !(offer->kinds & request->kind))
    return TRUE;
  if (!may_pass (clipboard, direction, side))
    {
      /* A program of the guest that pastes may stand still until it has an answer, so it does not
       * wait for a person: the guest is told anew once that person has allowed it. */
      if (by_guest && judge (clipboard, direction, side) == CLIPBOARD_ASK)
        ask (clipboard, offer);
      return TRUE;
    }
  *ret_data = offer->contents[kind_index (request->kind)];
  if (*ret_data != NULL || (offer->failed & request->kind))
    return TRUE;
  want (clipboard, offer, request->kind);
  return offer->wanted == 0;
}

/* Answers one request that can be answered. */
static gboolean
answer_one (Clipboard *clipboard)
{
  for (GList *l = clipboard->requests.head; l != NULL; l = l->next)
    {
      g_autofree Request *request = l->data;
      GBytes *data;

      if (!judge_request (clipboard, request, &data))
        {
          g_steal_pointer (&request);
          continue;
        }
      if (data != NULL)
        g_bytes_ref (data);
      g_queue_delete_link (&clipboard->requests, l);
      request->answer (data, request->user_data);
      g_clear_pointer (&data, g_bytes_unref);
      return TRUE;
    }
  return FALSE;
}

/* --- Events --- */

static gboolean
tell_want (Clipboard *clipboard)
{
  for (guint i = 0; i < N_DIRECTIONS; i++)
    {
      Offer *offer = &clipboard->offers[i];

      if (offer->wanted == 0 || offer->want_is_told)
        continue;
      offer->want_is_told = TRUE;
      if (offer->owner->events->wanted != NULL)
        offer->owner->events->wanted (offer->wanted, offer->wanted_kind, offer->owner->user_data);
      return TRUE;
    }
  return FALSE;
}

/* What the peer may know of the other side's clipboard. */
static const Offer *
visible_offer (ClipboardPeer *peer)
{
  Clipboard *clipboard = peer->clipboard;
  ClipboardDirection direction = takes (peer);
  const Offer *offer = &clipboard->offers[direction];

  if (offer->id == 0)
    return NULL;
  if (!peer->is_guest)
    return may_pass (clipboard, direction, peer->side) ? offer : NULL;
  return judge (clipboard, direction, offer->side) != CLIPBOARD_REFUSE && !offer->refused ? offer
                                                                                          : NULL;
}

static gboolean
tell_offer (ClipboardPeer *peer)
{
  const Offer *offer = visible_offer (peer);
  guint32 id = offer != NULL ? offer->id : 0;

  if (peer->told_offer == id)
    return FALSE;
  peer->told_offer = id;
  if (peer->events->offered != NULL)
    peer->events->offered (id, offer != NULL ? offer->kinds : 0, peer->user_data);
  return TRUE;
}

static ClipboardState
get_state (Clipboard *clipboard)
{
  const Offer *offers = clipboard->offers;
  guint32 to = offers[CLIPBOARD_TO_GUEST].question;
  guint32 from = offers[CLIPBOARD_FROM_GUEST].question;
  /* The newer one; the other comes after it. */
  gboolean is_from = from != 0 && (to == 0 || from - to < G_MAXINT32);

  return (ClipboardState) { clipboard->policy, is_from ? from : to,
                            is_from ? CLIPBOARD_FROM_GUEST : CLIPBOARD_TO_GUEST };
}

static gboolean
tell_state (ClipboardPeer *peer)
{
  ClipboardState state = get_state (peer->clipboard);

  if (peer->side != CLIPBOARD_SIDE_LOCAL || peer->is_guest || peer->events->state == NULL)
    return FALSE;
  if (state.policy == peer->told.policy && state.question == peer->told.question)
    return FALSE;
  peer->told = state;
  peer->events->state (&state, peer->user_data);
  return TRUE;
}

/* One event or answer; whatever it calls may change everything. */
static gboolean
dispatch_one (Clipboard *clipboard)
{
  Offer *from = &clipboard->offers[CLIPBOARD_FROM_GUEST];

  if (from->id != 0 && clipboard->policy == CLIPBOARD_POLICY_ASK)
    ask (clipboard, from);
  if (answer_one (clipboard) || tell_want (clipboard))
    return TRUE;
  for (guint i = 0; i < clipboard->peers->len; i++)
    if (tell_state (clipboard->peers->pdata[i]) || tell_offer (clipboard->peers->pdata[i]))
      return TRUE;
  return FALSE;
}

static gboolean
on_dispatch (gpointer user_data)
{
  Clipboard *clipboard = user_data;
  Offer *to = &clipboard->offers[CLIPBOARD_TO_GUEST];

  if (dispatch_one (clipboard))
    return G_SOURCE_CONTINUE;
  clipboard->dispatch = 0;
  for (guint i = 0; i < N_DIRECTIONS; i++)
    clipboard->offers[i].failed = 0;
  /* The guest keeps what it was given; there is no reason to. */
  if (!to->given)
    for (guint i = 0; i < N_KINDS; i++)
      g_clear_pointer (&to->contents[i], g_bytes_unref);
  return G_SOURCE_REMOVE;
}

void
clipboard_peer_decide (ClipboardPeer *peer, guint32 question, gboolean allow)
{
  Clipboard *clipboard = peer->clipboard;

  if (peer->side != CLIPBOARD_SIDE_LOCAL || question == 0)
    return;
  for (guint i = 0; i < N_DIRECTIONS; i++)
    {
      Offer *offer = &clipboard->offers[i];

      if (offer->question != question)
        continue;
      offer->question = 0;
      offer->allowed = allow;
      offer->refused = !allow;
      /* Told anew: who asked in vain may ask again. */
      if (allow)
        offer->id = next_number (clipboard);
      schedule (clipboard);
    }
}

/* --- Life --- */

void
clipboard_set_policy (Clipboard *clipboard, ClipboardPolicy policy)
{
  if (clipboard->policy == policy)
    return;
  clipboard->policy = policy;
  for (guint i = 0; i < N_DIRECTIONS; i++)
    {
      Offer *offer = &clipboard->offers[i];

      offer->allowed = offer->refused = FALSE;
      offer->question = 0;
      /* What was copied before people allowed this is not handed out now, nor held any longer. */
      if (judge (clipboard, i, CLIPBOARD_SIDE_LOCAL) == CLIPBOARD_REFUSE)
        clear_offer (offer);
    }
  schedule (clipboard);
}

ClipboardPolicy
clipboard_get_policy (Clipboard *clipboard)
{
  return clipboard->policy;
}

ClipboardPeer *
clipboard_join (Clipboard *clipboard,
                ClipboardSide side,
                const ClipboardPeerEvents *events,
                gpointer user_data)
{
  ClipboardPeer *peer = g_new0 (ClipboardPeer, 1);

  peer->clipboard = clipboard;
  peer->side = side;
  peer->events = events;
  peer->user_data = user_data;
  g_ptr_array_add (clipboard->peers, peer);
  schedule (clipboard);
  return peer;
}

ClipboardPeer *
clipboard_join_guest (Clipboard *clipboard, const ClipboardPeerEvents *events, gpointer user_data)
{
  ClipboardPeer *peer = clipboard_join (clipboard, CLIPBOARD_SIDE_LOCAL, events, user_data);

  g_return_val_if_fail (clipboard->guest == NULL, peer);
  peer->is_guest = TRUE;
  clipboard->guest = peer;
  return peer;
}

void
clipboard_peer_free (ClipboardPeer *peer)
{
  Clipboard *clipboard;
  Offer *offer;

  if (peer == NULL)
    return;
  clipboard = peer->clipboard;
  offer = &clipboard->offers[gives (peer)];
  if (offer->owner == peer && !offer->kept)
    clear_offer (offer);
  else if (offer->owner == peer)
    offer->owner = NULL;
  for (GList *l = clipboard->requests.head, *next; l != NULL; l = next)
    {
      next = l->next;
      if (((Request *) l->data)->peer != peer)
        continue;
      g_free (l->data);
      g_queue_delete_link (&clipboard->requests, l);
    }
  if (clipboard->guest == peer)
    clipboard->guest = NULL;
  g_ptr_array_remove (clipboard->peers, peer);
  g_free (peer);
  schedule (clipboard);
}

Clipboard *
clipboard_new (void)
{
  Clipboard *clipboard = g_new0 (Clipboard, 1);

  clipboard->peers = g_ptr_array_new ();
  g_queue_init (&clipboard->requests);
  return clipboard;
}

void
clipboard_free (Clipboard *clipboard)
{
  if (clipboard == NULL)
    return;
  for (guint i = 0; i < N_DIRECTIONS; i++)
    clear_offer (&clipboard->offers[i]);
  g_clear_handle_id (&clipboard->dispatch, g_source_remove);
  g_queue_clear_full (&clipboard->requests, g_free);
  g_ptr_array_unref (clipboard->peers);
  g_free (clipboard);
}
