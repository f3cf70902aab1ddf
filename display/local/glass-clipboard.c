/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Clipboard messages of one local front end. Runs in vitrine-display on the main loop. Must never
 * map memory of a front end, nor keep more than one answer for it.
 */
#include "glass-clipboard.h"

#include "fds.h"

/* What is to be sent, in this order. */
typedef enum
{
  SEND_STATE = 1 << 0,
  SEND_OFFER = 1 << 1,
  SEND_WANT = 1 << 2,
  SEND_DATA = 1 << 3,
} Send;

struct _GlassClipboard
{
  ClipboardPeer *peer; /* owned */
  void (*changed) (gpointer user_data);
  gpointer user_data;
  Send send;
  GlassClipboardState state;
  GlassClipboardOffer offer;
  GlassClipboardWant want;
  GlassClipboardData data; /* number is 0 while nothing is fetched */
  int data_fd;             /* owned; contents that have not been sent yet */
};

static void
mark (GlassClipboard *self, Send what)
{
  self->send |= what;
  self->changed (self->user_data);
}

/* --- The broker's events --- */

static void
on_offered (guint32 serial, ClipboardKinds kinds, gpointer user_data)
{
  GlassClipboard *self = user_data;

  self->offer = (GlassClipboardOffer) { GLASS_CLIPBOARD_OFFER, serial, kinds };
  mark (self, SEND_OFFER);
}

static void
on_wanted (guint32 number, ClipboardKinds kind, gpointer user_data)
{
  GlassClipboard *self = user_data;

  self->want = (GlassClipboardWant) { GLASS_CLIPBOARD_WANT, number, kind };
  mark (self, SEND_WANT);
}

static void
on_state (const ClipboardState *state, gpointer user_data)
{
  GlassClipboard *self = user_data;

  self->state = (GlassClipboardState) { GLASS_CLIPBOARD_STATE, state->policy, state->question,
                                        state->direction };
  mark (self, SEND_STATE);
}

static int
wrap (GBytes *data)
{
  g_autoptr (GError) error = NULL;
  int fd = data != NULL ? fds_memory_of ("clipboard", data, &error) : -1;

  if (error != NULL)
    g_printerr ("vitrine-display: a guest's clipboard cannot be handed on: %s\n", error->message);
  return fd;
}

static void
on_answer (GBytes *data, gpointer user_data)
{
  GlassClipboard *self = user_data;

  self->data_fd = wrap (data);
  self->data.size = self->data_fd >= 0 ? g_bytes_get_size (data) : 0;
  mark (self, SEND_DATA);
}

/* --- What the front end says --- */

/* One at a time. */
static gboolean
take_fetch (GlassClipboard *self, const GlassClipboardWant *fetch)
{
  if (self->data.number != 0)
    return FALSE;
  self->data = (GlassClipboardData) { GLASS_CLIPBOARD_DATA, fetch->number, fetch->kind, 0 };
  clipboard_peer_request (self->peer, fetch->kind, on_answer, self);
  return TRUE;
}

/* Front ends are trusted more than we are; still, only memory is read, and copied. */
static gboolean
take_send (GlassClipboard *self, const GlassClipboardData *sent, int fd)
{
  g_autoptr (GBytes) data = NULL;

  if (sent->size > 0)
    {
      data = fds_read_memory (fd, sent->size, NULL);
      if (data == NULL)
        return FALSE;
    }
  if (sent->number != 0)
    clipboard_peer_answer (self->peer, sent->number, data);
  else
    clipboard_peer_offer_data (self->peer, 0, sent->kind, data, TRUE);
  return TRUE;
}

gboolean
glass_clipboard_take (GlassClipboard *self, const GlassRequest *request, int fd)
{
  switch (request->type)
    {
    case GLASS_CLIPBOARD_GIVE:
      clipboard_peer_offer (self->peer, request->clipboard_offer.serial,
                            request->clipboard_offer.kinds);
      return TRUE;
    case GLASS_CLIPBOARD_FETCH:
      return take_fetch (self, &request->clipboard_want);
    case GLASS_CLIPBOARD_SEND:
      return take_send (self, &request->clipboard_data, fd);
    case GLASS_CLIPBOARD_DECIDE:
      clipboard_peer_decide (self->peer, request->clipboard_decision.question,
                             request->clipboard_decision.allow);
      return TRUE;
    default:
      return FALSE;
    }
}

/* --- What it is to be told --- */

gboolean
glass_clipboard_next (GlassClipboard *self, GlassClipboardPacket *ret_packet)
{
  *ret_packet = (GlassClipboardPacket) { .fd = -1 };
  if (self->send & SEND_STATE)
    {
      ret_packet->state = self->state;
      ret_packet->size = sizeof self->state;
    }
  else if (self->send & SEND_OFFER)
    {
      ret_packet->offer = self->offer;
      ret_packet->size = sizeof self->offer;
    }
  else if (self->send & SEND_WANT)
    {
      ret_packet->want = self->want;
      ret_packet->size = sizeof self->want;
    }
  else if (self->send & SEND_DATA)
    {
      ret_packet->data = self->data;
      ret_packet->size = sizeof self->data;
      ret_packet->fd = self->data_fd;
    }
  else
    return FALSE;
  return TRUE;
}

void
glass_clipboard_sent (GlassClipboard *self)
{
  Send first = self->send & -self->send; /* its lowest bit */

  self->send &= ~first;
  if (first != SEND_DATA)
    return;
  fds_clear (&self->data_fd);
  self->data.number = 0;
}

/* --- Life --- */

GlassClipboard *
glass_clipboard_new (Clipboard *clipboard, void (*changed) (gpointer user_data), gpointer user_data)
{
  static const ClipboardPeerEvents events = { on_offered, on_wanted, on_state };
  GlassClipboard *self = g_new0 (GlassClipboard, 1);

  self->changed = changed;
  self->user_data = user_data;
  self->data_fd = -1;
  self->peer = clipboard_join (clipboard, CLIPBOARD_SIDE_LOCAL, &events, self);
  return self;
}

void
glass_clipboard_free (GlassClipboard *self)
{
  if (self == NULL)
    return;
  clipboard_peer_free (self->peer);
  fds_clear (&self->data_fd);
  g_free (self);
}
