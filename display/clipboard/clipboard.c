/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The clipboard's broker: its policy and its peers. Runs in vitrine-display on the main loop.
 */
#include "clipboard-private.h"

guint32
clipboard_next_number (Clipboard *clipboard)
{
  clipboard->last_number++;
  if (clipboard->last_number == 0)
    clipboard->last_number++;
  return clipboard->last_number;
}

void
clipboard_schedule (Clipboard *clipboard)
{
  if (clipboard->dispatch == 0)
    clipboard->dispatch = g_idle_add_full (G_PRIORITY_DEFAULT, clipboard_dispatch, clipboard, NULL);
}

/* --- Policy --- */

ClipboardDirection
clipboard_gives (ClipboardPeer *peer)
{
  return peer->is_guest ? CLIPBOARD_FROM_GUEST : CLIPBOARD_TO_GUEST;
}

ClipboardDirection
clipboard_takes (ClipboardPeer *peer)
{
  return peer->is_guest ? CLIPBOARD_TO_GUEST : CLIPBOARD_FROM_GUEST;
}

ClipboardVerdict
clipboard_judge (Clipboard *clipboard, ClipboardDirection direction, ClipboardSide side)
{
  return clipboard_policy_judge (clipboard->policy, direction, side);
}

gboolean
clipboard_may_pass (Clipboard *clipboard, ClipboardDirection direction, ClipboardSide side)
{
  ClipboardVerdict verdict = clipboard_judge (clipboard, direction, side);

  return verdict == CLIPBOARD_PASS ||
         (verdict == CLIPBOARD_ASK && clipboard->offers[direction].allowed);
}

gboolean
clipboard_peer_may_give (ClipboardPeer *peer)
{
  return clipboard_judge (peer->clipboard, clipboard_gives (peer), peer->side) != CLIPBOARD_REFUSE;
}

gboolean
clipboard_peer_may_take (ClipboardPeer *peer)
{
  return clipboard_judge (peer->clipboard, clipboard_takes (peer), peer->side) != CLIPBOARD_REFUSE;
}

void
clipboard_set_policy (Clipboard *clipboard, ClipboardPolicy policy)
{
  if (clipboard->policy == policy)
    return;
  clipboard->policy = policy;
  for (guint i = 0; i < CLIPBOARD_DIRECTIONS; i++)
    {
      ClipboardOffer *offer = &clipboard->offers[i];

      offer->allowed = offer->refused = FALSE;
      offer->question = 0;
      /* What was copied before people allowed this is not handed out now, nor held any longer. */
      if (clipboard_judge (clipboard, i, CLIPBOARD_SIDE_LOCAL) == CLIPBOARD_REFUSE)
        clipboard_clear_offer (offer);
    }
  clipboard_schedule (clipboard);
}

ClipboardPolicy
clipboard_get_policy (Clipboard *clipboard)
{
  return clipboard->policy;
}

void
clipboard_peer_decide (ClipboardPeer *peer, guint32 question, gboolean allow)
{
  Clipboard *clipboard = peer->clipboard;

  if (peer->side != CLIPBOARD_SIDE_LOCAL || question == 0)
    return;
  for (guint i = 0; i < CLIPBOARD_DIRECTIONS; i++)
    {
      ClipboardOffer *offer = &clipboard->offers[i];

      if (offer->question != question)
        continue;
      offer->question = 0;
      offer->allowed = allow;
      offer->refused = !allow;
      /* Told anew: who asked in vain may ask again. */
      if (allow)
        offer->id = clipboard_next_number (clipboard);
      clipboard_schedule (clipboard);
    }
}

/* --- Life --- */

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
  clipboard_schedule (clipboard);
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
  ClipboardOffer *offer;

  if (peer == NULL)
    return;
  clipboard = peer->clipboard;
  offer = &clipboard->offers[clipboard_gives (peer)];
  if (offer->owner == peer && !offer->kept)
    clipboard_clear_offer (offer);
  else if (offer->owner == peer)
    offer->owner = NULL;
  for (GList *l = clipboard->requests.head, *next; l != NULL; l = next)
    {
      next = l->next;
      if (((ClipboardRequest *) l->data)->peer != peer)
        continue;
      g_free (l->data);
      g_queue_delete_link (&clipboard->requests, l);
    }
  if (clipboard->guest == peer)
    clipboard->guest = NULL;
  g_ptr_array_remove (clipboard->peers, peer);
  g_free (peer);
  clipboard_schedule (clipboard);
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
  for (guint i = 0; i < CLIPBOARD_DIRECTIONS; i++)
    clipboard_clear_offer (&clipboard->offers[i]);
  g_clear_handle_id (&clipboard->dispatch, g_source_remove);
  g_queue_clear_full (&clipboard->requests, g_free);
  g_ptr_array_unref (clipboard->peers);
  g_free (clipboard);
}
