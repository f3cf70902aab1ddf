/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The clipboard of one VNC viewer. Runs in vitrine-display on the main loop. Must never take more
 * from a viewer than one text, nor let the guest wait for it: what a viewer has is fetched before the
 * guest is told of it.
 */
#include "vnc-clipboard.h"

#include "front/rfb-wire.h"
#include "vnc/vnc-clipboard-parse.h"
#include "vnc/vnc-put.h"

typedef enum
{
  PUT_CAPS = 1 << 0,
  PUT_NOTIFY = 1 << 1,
  PUT_REQUEST = 1 << 2,
  PUT_TEXT = 1 << 3,
} Put;

struct _VncClipboard
{
  ClipboardPeer *peer; /* owned */
  void (*ready) (gpointer user_data);
  gpointer user_data;
  gboolean extended; /* the viewer has said so */
  gboolean offered;  /* the guest has text for it */
  gboolean fetching;
  guint32 serial;

  GByteArray *in; /* owned; the message that comes in */
  gsize expected; /* its length; 0: none */
  gboolean in_extended;
  Put put;
  GBytes *text; /* owned; the guest's, to be sent */
};

static void
mark (VncClipboard *self, Put what)
{
  self->put |= what;
  self->ready (self->user_data);
}

/* --- The guest's text --- */

static void
on_answer (GBytes *data, gpointer user_data)
{
  VncClipboard *self = user_data;

  self->fetching = FALSE;
  if (data == NULL || g_bytes_get_size (data) > RFB_CUT_TEXT_MAX)
    return;
  g_clear_pointer (&self->text, g_bytes_unref);
  self->text = g_bytes_ref (data);
  mark (self, PUT_TEXT);
}

static void
fetch (VncClipboard *self)
{
  if (self->fetching || !self->offered)
    return;
  self->fetching = TRUE;
  clipboard_peer_request (self->peer, CLIPBOARD_TEXT, on_answer, self);
}

static void
on_offered (guint32 serial, ClipboardKinds kinds, gpointer user_data)
{
  VncClipboard *self = user_data;

  self->offered = (kinds & CLIPBOARD_TEXT) != 0;
  if (self->extended)
    mark (self, PUT_NOTIFY);
  else
    fetch (self);
}

/* --- The viewer's text --- */

static void
give (VncClipboard *self, GBytes *text)
{
  if (text != NULL)
    clipboard_peer_offer_data (self->peer, ++self->serial, CLIPBOARD_TEXT, text, FALSE);
}

static gboolean
take_extended (VncClipboard *self)
{
  VncClipboardMessage message;
  g_autoptr (GBytes) text = NULL;

  if (vnc_clipboard_parse (self->in->data, self->in->len, &message) != PARSE_OK)
    return FALSE;
  switch (message.action)
    {
    case VNC_CLIPBOARD_REQUEST:
      if (message.formats & VNC_CLIPBOARD_TEXT)
        fetch (self);
      break;
    case VNC_CLIPBOARD_PEEK:
      self->put |= PUT_NOTIFY;
      break;
    case VNC_CLIPBOARD_NOTIFY:
      if (message.formats & VNC_CLIPBOARD_TEXT)
        self->put |= PUT_REQUEST;
      else
        clipboard_peer_offer (self->peer, ++self->serial, 0);
      break;
    case VNC_CLIPBOARD_PROVIDE:
      text = vnc_clipboard_unpack (&message);
      give (self, text);
      break;
    default: /* CAPS: we send what every viewer takes */
      break;
    }
  return TRUE;
}

static gboolean
take_whole (VncClipboard *self)
{
  gboolean good = TRUE;

  if (self->in_extended)
    good = take_extended (self);
  else
    {
      g_autoptr (GBytes) text = vnc_clipboard_from_latin1 (self->in->data, self->in->len);

      give (self, text);
    }
  g_byte_array_unref (self->in);
  self->in = g_byte_array_new ();
  return good;
}

void
vnc_clipboard_set_extended (VncClipboard *self, gboolean extended)
{
  if (extended && !self->extended)
    self->put |= PUT_CAPS | (self->offered ? PUT_NOTIFY : 0);
  self->extended = extended;
}

gboolean
vnc_clipboard_begin (VncClipboard *self, gsize size, gboolean extended)
{
  gboolean may_give = clipboard_peer_may_give (self->peer);
  gboolean wanted =
      extended ? self->extended && (may_give || clipboard_peer_may_take (self->peer)) : may_give;

  if (!wanted || size == 0)
    return FALSE;
  self->expected = size;
  self->in_extended = extended;
  return TRUE;
}

gboolean
vnc_clipboard_feed (VncClipboard *self, const guint8 *data, gsize size)
{
  g_byte_array_append (self->in, data, size);
  return self->in->len < self->expected || take_whole (self);
}

/* --- Messages --- */

static void
put_head (GByteArray *out, gint32 size)
{
  vnc_put_u32 (out, (guint32) RFB_SERVER_CUT_TEXT << 24);
  vnc_put_u32 (out, (guint32) size);
}

static void
put_flags (GByteArray *out, guint32 flags)
{
  put_head (out, -4);
  vnc_put_u32 (out, flags);
}

static void
put_caps (GByteArray *out)
{
  put_head (out, -8);
  vnc_put_u32 (out, VNC_CLIPBOARD_ACTIONS | VNC_CLIPBOARD_TEXT);
  vnc_put_u32 (out, RFB_CUT_TEXT_MAX);
}

static void
put_text (VncClipboard *self, GByteArray *out)
{
  g_autoptr (GBytes) text = g_steal_pointer (&self->text);

  if (text == NULL || !self->offered)
    return;
  if (self->extended)
    {
      g_autoptr (GBytes) packed = vnc_clipboard_pack (text);

      put_head (out, -4 - (gint32) g_bytes_get_size (packed));
      vnc_put_u32 (out, VNC_CLIPBOARD_PROVIDE | VNC_CLIPBOARD_TEXT);
      g_byte_array_append (out, g_bytes_get_data (packed, NULL), g_bytes_get_size (packed));
    }
  else
    {
      g_autoptr (GByteArray) latin = vnc_clipboard_to_latin1 (text);

      put_head (out, latin->len);
      g_byte_array_append (out, latin->data, latin->len);
    }
}

gboolean
vnc_clipboard_put (VncClipboard *self, GByteArray *out)
{
  Put put = self->put;

  self->put = 0;
  if (put & PUT_CAPS)
    put_caps (out);
  if ((put & PUT_NOTIFY) && self->extended)
    put_flags (out, VNC_CLIPBOARD_NOTIFY | (self->offered ? VNC_CLIPBOARD_TEXT : 0));
  if ((put & PUT_REQUEST) && clipboard_peer_may_give (self->peer))
    put_flags (out, VNC_CLIPBOARD_REQUEST | VNC_CLIPBOARD_TEXT);
  if (put & PUT_TEXT)
    put_text (self, out);
  return out->len > 0;
}

/* --- Life --- */

VncClipboard *
vnc_clipboard_new (Clipboard *clipboard, void (*ready) (gpointer user_data), gpointer user_data)
{
  static const ClipboardPeerEvents events = { on_offered, NULL, NULL };
  VncClipboard *self = g_new0 (VncClipboard, 1);

  self->ready = ready;
  self->user_data = user_data;
  self->in = g_byte_array_new ();
  self->peer = clipboard_join (clipboard, CLIPBOARD_SIDE_REMOTE, &events, self);
  return self;
}

void
vnc_clipboard_free (VncClipboard *self)
{
  if (self == NULL)
    return;
  clipboard_peer_free (self->peer);
  g_byte_array_unref (self->in);
  g_clear_pointer (&self->text, g_bytes_unref);
  g_free (self);
}
