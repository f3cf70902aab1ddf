/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What peers ask the clipboard's broker for, and what they are told. Runs in vitrine-display on the
 * main loop. Must never let anything pass that the policy refuses.
 */
#include "clipboard-private.h"

/* --- Requests --- */

void
clipboard_peer_request (ClipboardPeer *peer,
                        ClipboardKinds kind,
                        ClipboardAnswer answer,
                        gpointer user_data)
{
  Clipboard *clipboard = peer->clipboard;
  ClipboardDirection direction = clipboard_takes (peer);
  ClipboardRequest *request = g_new (ClipboardRequest, 1);

  *request = (ClipboardRequest) { peer, clipboard->offers[direction].id, kind, answer, user_data };
  g_queue_push_tail (&clipboard->requests, request);
  clipboard_schedule (clipboard);
}

/* A person is asked once about each offer. */
static void
ask (Clipboard *clipboard, ClipboardOffer *offer)
{
  if (offer->question == 0 && !offer->refused && !offer->allowed)
    offer->question = clipboard_next_number (clipboard);
}

/* TRUE if the request is over; with these contents, or none. */
static gboolean
judge_request (Clipboard *clipboard, const ClipboardRequest *request, GBytes **ret_data)
{
  gboolean by_guest = request->peer->is_guest;
  ClipboardDirection direction = by_guest ? CLIPBOARD_TO_GUEST : CLIPBOARD_FROM_GUEST;
  ClipboardOffer *offer = &clipboard->offers[direction];
  ClipboardSide side = by_guest ? offer->side : request->peer->side;

  *ret_data = NULL;
  if (offer->id == 0 || offer->id != request->offer || !(offer->kinds & request->kind))
    return TRUE;
  if (!clipboard_may_pass (clipboard, direction, side))
    {
      /* A program of the guest that pastes may stand still until it has an answer, so it does not
       * wait for a person: the guest is told anew once that person has allowed it. */
      if (by_guest && clipboard_judge (clipboard, direction, side) == CLIPBOARD_ASK)
        ask (clipboard, offer);
      return TRUE;
    }
  *ret_data = offer->contents[clipboard_kind_index (request->kind)];
  if (*ret_data != NULL || (offer->failed & request->kind))
    return TRUE;
  clipboard_want (clipboard, offer, request->kind);
  return offer->wanted == 0;
}

/* Answers one request that can be answered. */
static gboolean
answer_one (Clipboard *clipboard)
{
  for (GList *l = clipboard->requests.head; l != NULL; l = l->next)
    {
      g_autofree ClipboardRequest *request = l->data;
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
  for (guint i = 0; i < CLIPBOARD_DIRECTIONS; i++)
    {
      ClipboardOffer *offer = &clipboard->offers[i];

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
static const ClipboardOffer *
visible_offer (ClipboardPeer *peer)
{
  Clipboard *clipboard = peer->clipboard;
  ClipboardDirection direction = clipboard_takes (peer);
  const ClipboardOffer *offer = &clipboard->offers[direction];

  if (offer->id == 0)
    return NULL;
  if (!peer->is_guest)
    return clipboard_may_pass (clipboard, direction, peer->side) ? offer : NULL;
  return clipboard_judge (clipboard, direction, offer->side) != CLIPBOARD_REFUSE && !offer->refused
             ? offer
             : NULL;
}

static gboolean
tell_offer (ClipboardPeer *peer)
{
  const ClipboardOffer *offer = visible_offer (peer);
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
  const ClipboardOffer *offers = clipboard->offers;
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
  ClipboardOffer *from = &clipboard->offers[CLIPBOARD_FROM_GUEST];

  if (from->id != 0 && clipboard->policy == CLIPBOARD_POLICY_ASK)
    ask (clipboard, from);
  if (answer_one (clipboard) || tell_want (clipboard))
    return TRUE;
  for (guint i = 0; i < clipboard->peers->len; i++)
    if (tell_state (clipboard->peers->pdata[i]) || tell_offer (clipboard->peers->pdata[i]))
      return TRUE;
  return FALSE;
}

gboolean
clipboard_dispatch (gpointer user_data)
{
  Clipboard *clipboard = user_data;
  ClipboardOffer *to = &clipboard->offers[CLIPBOARD_TO_GUEST];

  if (dispatch_one (clipboard))
    return G_SOURCE_CONTINUE;
  clipboard->dispatch = 0;
  for (guint i = 0; i < CLIPBOARD_DIRECTIONS; i++)
    clipboard->offers[i].failed = 0;
  /* The guest keeps what it was given; there is no reason to. */
  if (!to->given)
    for (guint i = 0; i < CLIPBOARD_KIND_COUNT; i++)
      g_clear_pointer (&to->contents[i], g_bytes_unref);
  return G_SOURCE_REMOVE;
}
