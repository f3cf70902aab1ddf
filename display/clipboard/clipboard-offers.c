/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What one side of the clipboard offers the other, and what has come of it. Runs in vitrine-display
 * on the main loop. Must never hold more than the present contents, or wait for an owner without a
 * limit.
 */
#include "clipboard-private.h"

#include <string.h>

guint
clipboard_kind_index (ClipboardKinds kind)
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

static void
stop_waiting (ClipboardOffer *offer)
{
  g_clear_handle_id (&offer->timer, g_source_remove);
  offer->wanted = 0;
}

void
clipboard_clear_offer (ClipboardOffer *offer)
{
  stop_waiting (offer);
  for (guint i = 0; i < CLIPBOARD_KIND_COUNT; i++)
    g_clear_pointer (&offer->contents[i], g_bytes_unref);
  memset (offer, 0, sizeof *offer);
}

/* Somebody else has copied something since. */
static void
outdate (Clipboard *clipboard, ClipboardDirection direction)
{
  ClipboardOffer *offer = &clipboard->offers[direction];

  if (offer->owner != NULL)
    {
      offer->owner->outdated = offer->serial;
      offer->owner->has_outdated = TRUE;
    }
  clipboard_clear_offer (offer);
}

/* NULL if the policy refuses it. */
static ClipboardOffer *
begin_offer (ClipboardPeer *peer, guint32 serial, ClipboardKinds kinds)
{
  Clipboard *clipboard = peer->clipboard;
  ClipboardOffer *offer = &clipboard->offers[clipboard_gives (peer)];

  /* A clipboard has one owner: what was offered to the guest is void once that has copied
   * something, whether or not this may pass; and the other way round once it is told of it. */
  if (peer->is_guest)
    outdate (clipboard, CLIPBOARD_TO_GUEST);
  if (!clipboard_peer_may_give (peer))
    {
      if (offer->owner == peer)
        clipboard_clear_offer (offer);
      clipboard_schedule (clipboard);
      return NULL;
    }
  if (!peer->is_guest)
    clipboard_clear_offer (&clipboard->offers[CLIPBOARD_FROM_GUEST]);
  outdate (clipboard, clipboard_gives (peer));
  peer->has_outdated = FALSE;
  offer->id = clipboard_next_number (clipboard);
  offer->owner = peer;
  offer->side = peer->side;
  offer->serial = serial;
  offer->kinds = kinds;
  clipboard_schedule (clipboard);
  return offer;
}

void
clipboard_peer_offer (ClipboardPeer *peer, guint32 serial, ClipboardKinds kinds)
{
  ClipboardOffer *present = &peer->clipboard->offers[clipboard_gives (peer)];

  kinds &= CLIPBOARD_KINDS_ALL;
  if (kinds == 0)
    {
      if (present->owner == peer)
        clipboard_clear_offer (present);
      clipboard_schedule (peer->clipboard);
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
  ClipboardOffer *offer;

  if (data == NULL || (kind != CLIPBOARD_TEXT && kind != CLIPBOARD_PNG) ||
      !clipboard_check_data (kind, g_bytes_get_data (data, NULL), g_bytes_get_size (data)))
    return FALSE;
  offer = begin_offer (peer, serial, kind);
  if (offer == NULL)
    return FALSE;
  offer->contents[clipboard_kind_index (kind)] = g_bytes_ref (data);
  offer->given = TRUE;
  offer->kept = keep;
  return TRUE;
}

/* --- Contents that come later --- */

static gboolean
on_answer_timer (gpointer user_data)
{
  Clipboard *clipboard = user_data;

  for (guint i = 0; i < CLIPBOARD_DIRECTIONS; i++)
    {
      ClipboardOffer *offer = &clipboard->offers[i];

      if (offer->timer != g_source_get_id (g_main_current_source ()))
        continue;
      offer->timer = 0;
      offer->wanted = 0;
      offer->failed |= offer->wanted_kind;
      clipboard_schedule (clipboard);
    }
  return G_SOURCE_REMOVE;
}

void
clipboard_want (Clipboard *clipboard, ClipboardOffer *offer, ClipboardKinds kind)
{
  if (offer->wanted != 0 || offer->owner == NULL)
    return;
  offer->wanted = clipboard_next_number (clipboard);
  offer->wanted_kind = kind;
  offer->want_is_told = FALSE;
  offer->wanted_at = g_get_monotonic_time ();
  offer->timer = g_timeout_add_seconds (CLIPBOARD_ANSWER_SECONDS, on_answer_timer, clipboard);
}

void
clipboard_peer_answer (ClipboardPeer *peer, guint32 number, GBytes *data)
{
  ClipboardOffer *offer = &peer->clipboard->offers[clipboard_gives (peer)];

  if (offer->owner != peer || number == 0 || offer->wanted != number)
    return;
  if (data != NULL && clipboard_check_data (offer->wanted_kind, g_bytes_get_data (data, NULL),
                                            g_bytes_get_size (data)))
    offer->contents[clipboard_kind_index (offer->wanted_kind)] = g_bytes_ref (data);
  else
    offer->failed |= offer->wanted_kind;
  stop_waiting (offer);
  clipboard_schedule (peer->clipboard);
}

void
clipboard_peer_progress (ClipboardPeer *peer, guint32 number)
{
  ClipboardOffer *offer = &peer->clipboard->offers[clipboard_gives (peer)];
  gint64 longest = CLIPBOARD_TRANSFER_SECONDS * G_USEC_PER_SEC;

  if (offer->owner != peer || number == 0 || offer->wanted != number ||
      g_get_monotonic_time () - offer->wanted_at > longest)
    return;
  g_clear_handle_id (&offer->timer, g_source_remove);
  offer->timer = g_timeout_add_seconds (CLIPBOARD_ANSWER_SECONDS, on_answer_timer, peer->clipboard);
}
