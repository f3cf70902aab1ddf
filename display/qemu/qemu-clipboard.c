/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * QEMU's clipboard. Runs in vitrine-display: a filter on GDBus's worker thread keeps the newest of
 * what QEMU says in an inbox, the main loop acts on it. Must never let QEMU wait for a person or a
 * stuck viewer, nor hold more for it than it reads.
 */
#include "qemu-clipboard.h"

#include "qemu/qemu-clipboard-parse.h"

#define LINK_KEY "vitrine-clipboard" /* on a connection with a filter of ours */
#define INTERFACE "org.qemu.Display1.Clipboard"
#define PROPERTIES "org.freedesktop.DBus.Properties"

/* Shared with the worker thread; lives until that is done with it. */
typedef struct
{
  GMutex lock;
  QemuClipboard *self; /* NULL once it is gone */
  Screen *screen;      /* borrowed */
  GDBusConnection *link; /* borrowed: it owns the filter that owns this */

  /* under the lock */
  guint wake; /* the source that empties this */
  gboolean was_reset;
  gboolean has_grab; /* or a release: kinds is 0 */
  guint32 serial;
  ClipboardKinds kinds;
  GDBusMessage *request; /* QEMU stands still for it; owned */
  ClipboardKinds request_kinds;
  gboolean registers; /* so QEMU may ask for our properties */
  gboolean failed;
  guint unread_replies;
} Inbox;

struct _QemuClipboard
{
  GDBusConnection *link; /* borrowed */
  guint filter;
  Inbox *inbox; /* borrowed: the filter owns it */
  GCancellable *cancellable; /* owned, as what follows */
  ClipboardPeer *peer;
  GDBusMessage *call; /* a Request of QEMU's that waits for an answer */
  guint call_timer;
  gboolean fetches; /* the broker looks for contents */
  gboolean is_registered;
  guint32 next_serial; /* each side counts every grab of either */
  ClipboardKinds offered; /* to the guest */
};

/* --- Worker thread --- */

static gboolean on_wake (gpointer user_data);

/* With the lock. */
static void
wake (Inbox *inbox)
{
  if (inbox->wake == 0 && inbox->self != NULL)
    inbox->wake = g_idle_add_full (G_PRIORITY_DEFAULT, on_wake, inbox, NULL);
}

/* With the lock. */
static void
fail (Inbox *inbox, const char *reason)
{
  inbox->failed = TRUE;
  screen_fail (inbox->screen, LINK_FAILURE_QEMU_PROTOCOL, reason);
}

/* With the lock. Takes the reply. */
static void
send_reply (Inbox *inbox, GDBusMessage *reply)
{
  if (++inbox->unread_replies > QEMU_CLIPBOARD_REPLIES_MAX)
    fail (inbox, "QEMU asks for the clipboard without reading the answers");
  else
    g_dbus_connection_send_message (inbox->link, reply, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
  g_object_unref (reply);
}

static gboolean
wants_reply (GDBusMessage *call)
{
  return !(g_dbus_message_get_flags (call) & G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED);
}

/* QEMU asks for all properties, synchronously, while it registers us. We have none. */
static void
answer_properties (Inbox *inbox, GDBusMessage *call)
{
  GDBusMessage *reply;

  if (!inbox->registers || !wants_reply (call))
    return;
  reply = g_dbus_message_new_method_reply (call);
  g_dbus_message_set_body (reply, g_variant_new ("(a{sv})", NULL));
  send_reply (inbox, reply);
}

static void
refuse (Inbox *inbox, GDBusMessage *call)
{
  send_reply (inbox, g_dbus_message_new_method_error_literal (
                         call, "org.freedesktop.DBus.Error.Failed", "There is nothing to paste"));
}

static void
take_request (Inbox *inbox, GDBusMessage *call, const QemuClipboardCall *what)
{
  if (!wants_reply (call))
    return;
  /* Standing still, it can make no second. */
  if (inbox->request != NULL || g_dbus_message_get_serial (call) == 0)
    fail (inbox, "QEMU asks for the clipboard twice at once");
  else if (what->selection != QEMU_CLIPBOARD_SELECTION || what->kinds == 0)
    refuse (inbox, call);
  else
    {
      inbox->request = g_object_ref (call);
      inbox->request_kinds = what->kinds;
      wake (inbox);
    }
}

static void
take_call (Inbox *inbox, GDBusMessage *call)
{
  QemuClipboardCall what;

  if (qemu_clipboard_parse_call (g_dbus_message_get_member (call), g_dbus_message_get_body (call),
                                 &what) != PARSE_OK)
    {
      fail (inbox, "QEMU described a clipboard that cannot be");
      return;
    }
  if (what.verb == QEMU_CLIPBOARD_REQUEST)
    take_request (inbox, call, &what);
  else if (what.verb == QEMU_CLIPBOARD_REGISTER)
    {
      inbox->was_reset = TRUE;
      inbox->has_grab = FALSE;
      wake (inbox);
    }
  else if (what.selection == QEMU_CLIPBOARD_SELECTION)
    {
      inbox->has_grab = TRUE;
      inbox->kinds = what.verb == QEMU_CLIPBOARD_GRAB ? what.kinds : 0;
      if (what.verb == QEMU_CLIPBOARD_GRAB)
        inbox->serial = what.serial;
      wake (inbox);
    }
}

gboolean
qemu_clipboard_takes (GDBusConnection *link, GDBusMessage *call)
{
  return g_strcmp0 (g_dbus_message_get_path (call), QEMU_CLIPBOARD_PATH) == 0 &&
         g_object_get_data (G_OBJECT (link), LINK_KEY) != NULL;
}

/* Takes what is meant for us; all else is another filter's. */
static GDBusMessage *
filter (GDBusConnection *connection, GDBusMessage *message, gboolean incoming, gpointer user_data)
{
  Inbox *inbox = user_data;
  GDBusMessageType type = g_dbus_message_get_message_type (message);
  const char *interface = g_dbus_message_get_interface (message);
  gboolean ours;

  if (!incoming)
    {
      g_mutex_lock (&inbox->lock);
      /* About to be written: what is before it has been taken by the socket. */
      if (type != G_DBUS_MESSAGE_TYPE_METHOD_CALL && inbox->unread_replies > 0)
        inbox->unread_replies--;
      g_mutex_unlock (&inbox->lock);
      return message;
    }
  if (type != G_DBUS_MESSAGE_TYPE_METHOD_CALL ||
      g_strcmp0 (g_dbus_message_get_path (message), QEMU_CLIPBOARD_PATH) != 0)
    return message;
  ours = g_strcmp0 (interface, INTERFACE) == 0;
  g_mutex_lock (&inbox->lock);
  if (!inbox->failed && ours)
    take_call (inbox, message);
  else if (!inbox->failed && g_strcmp0 (interface, PROPERTIES) == 0 &&
           g_strcmp0 (g_dbus_message_get_member (message), "GetAll") == 0)
    answer_properties (inbox, message);
  g_mutex_unlock (&inbox->lock);
  g_object_unref (message);
  return NULL;
}

static void
release_inbox (gpointer data)
{
  Inbox *inbox = data;

  g_clear_object (&inbox->request);
  g_mutex_clear (&inbox->lock);
  g_free (inbox);
}

/* --- QEMU's requests: a guest pastes --- */

/* QEMU goes on. */
static void
answer_call (QemuClipboard *self, GBytes *data)
{
  g_autoptr (GDBusMessage) call = g_steal_pointer (&self->call);
  GDBusMessage *reply;

  g_clear_handle_id (&self->call_timer, g_source_remove);
  if (call == NULL)
    return;
  g_mutex_lock (&self->inbox->lock);
  if (data == NULL || g_bytes_get_size (data) > CLIPBOARD_TO_GUEST_TEXT_MAX)
    refuse (self->inbox, call);
  else
    {
      reply = g_dbus_message_new_method_reply (call);
      g_dbus_message_set_body (
          reply, g_variant_new ("(s@ay)", QEMU_CLIPBOARD_TEXT,
                                g_variant_new_from_bytes (G_VARIANT_TYPE ("ay"), data, TRUE)));
      send_reply (self->inbox, reply);
    }
  g_mutex_unlock (&self->inbox->lock);
}

static void grab (QemuClipboard *self);

static void
on_contents (GBytes *data, gpointer user_data)
{
  QemuClipboard *self = user_data;

  self->fetches = FALSE;
  if (self->call != NULL)
    answer_call (self, data);
  else if (data != NULL && self->offered != 0)
    grab (self); /* too late for QEMU, which would not ask again of its own accord */
}

static gboolean
on_call_timer (gpointer user_data)
{
  QemuClipboard *self = user_data;

  self->call_timer = 0;
  answer_call (self, NULL);
  return G_SOURCE_REMOVE;
}

static void
begin_call (QemuClipboard *self, GDBusMessage *take_call, ClipboardKinds kinds)
{
  answer_call (self, NULL); /* none, unless QEMU gave up waiting */
  self->call = take_call;
  if (!self->is_registered || !(kinds & CLIPBOARD_TEXT))
    {
      answer_call (self, NULL);
      return;
    }
  self->call_timer = g_timeout_add (QEMU_CLIPBOARD_ANSWER_MS, on_call_timer, self);
  if (self->fetches)
    return;
  self->fetches = TRUE;
  clipboard_peer_request (self->peer, CLIPBOARD_TEXT, on_contents, self);
}

/* --- What QEMU said --- */

static gboolean
on_wake (gpointer user_data)
{
  Inbox *inbox = user_data;
  QemuClipboard *self;
  Inbox news;

  g_mutex_lock (&inbox->lock);
  inbox->wake = 0;
  self = inbox->self;
  news = *inbox;
  inbox->was_reset = inbox->has_grab = FALSE;
  inbox->request = NULL;
  g_mutex_unlock (&inbox->lock);
  if (news.was_reset)
    {
      self->next_serial = 0;
      if (self->offered != 0)
        grab (self);
    }
  if (news.has_grab && self->is_registered)
    {
      if (news.kinds != 0)
        self->next_serial = news.serial + 1;
      clipboard_peer_offer (self->peer, news.serial, news.kinds);
    }
  if (news.request != NULL)
    begin_call (self, news.request, news.request_kinds);
  return G_SOURCE_REMOVE;
}

/* --- Our calls --- */

static void
on_called (GObject *connection, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (connection), result, NULL);
}

static void
call (QemuClipboard *self, const char *method, GVariant *arguments)
{
  g_dbus_connection_call (self->link, NULL, QEMU_CLIPBOARD_PATH, INTERFACE, method, arguments, NULL,
                          G_DBUS_CALL_FLAGS_NONE, -1, self->cancellable, on_called, NULL);
}

/* The guest's clipboard now holds ours. QEMU refuses a serial below that of its present contents,
 * which after a reset may be ours of before: so those are let go of first. */
static void
grab (QemuClipboard *self)
{
  const char *mimes[] = { QEMU_CLIPBOARD_TEXT, NULL };

  if (!self->is_registered)
    return;
  call (self, "Release", g_variant_new ("(u)", QEMU_CLIPBOARD_SELECTION));
  call (self, "Grab",
        g_variant_new ("(uu^as)", QEMU_CLIPBOARD_SELECTION, self->next_serial++, mimes));
}

static void
on_offered (guint32 serial, ClipboardKinds kinds, gpointer user_data)
{
  QemuClipboard *self = user_data;
  gboolean had = self->offered != 0;

  /* All that QEMU knows is text. */
  self->offered = kinds & CLIPBOARD_TEXT;
  if (self->offered != 0)
    grab (self);
  else if (had && self->is_registered)
    call (self, "Release", g_variant_new ("(u)", QEMU_CLIPBOARD_SELECTION));
}

typedef struct
{
  QemuClipboard *self;
  guint32 number;
  ClipboardKinds kind;
} Fetch;

static void
on_fetched (GObject *connection, GAsyncResult *result, gpointer user_data)
{
  g_autofree Fetch *fetch = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) contents = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (connection), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (reply != NULL && qemu_clipboard_parse_contents (reply, fetch->kind, &contents) != PARSE_OK)
    screen_fail (fetch->self->inbox->screen, LINK_FAILURE_QEMU_PROTOCOL,
                 "QEMU sent contents of a clipboard that cannot be");
  clipboard_peer_answer (fetch->self->peer, fetch->number, contents);
}

static void
on_wanted (guint32 number, ClipboardKinds kind, gpointer user_data)
{
  const char *mimes[] = { kind == CLIPBOARD_PNG ? QEMU_CLIPBOARD_PNG : QEMU_CLIPBOARD_TEXT, NULL };
  QemuClipboard *self = user_data;
  Fetch *fetch = g_new (Fetch, 1);

  *fetch = (Fetch) { self, number, kind };
  g_dbus_connection_call (self->link, NULL, QEMU_CLIPBOARD_PATH, INTERFACE, "Request",
                          g_variant_new ("(u^as)", QEMU_CLIPBOARD_SELECTION, mimes), NULL,
                          G_DBUS_CALL_FLAGS_NONE, QEMU_CLIPBOARD_REQUEST_MS, self->cancellable,
                          on_fetched, fetch);
}

void
qemu_clipboard_refresh (QemuClipboard *self)
{
  gboolean wanted = clipboard_peer_may_give (self->peer) || clipboard_peer_may_take (self->peer);

  if (wanted == self->is_registered)
    return;
  self->is_registered = wanted;
  g_mutex_lock (&self->inbox->lock);
  self->inbox->registers = wanted;
  g_mutex_unlock (&self->inbox->lock);
  /* Of a display process that died QEMU still thinks that it is registered; without one this fails,
   * and nobody minds. */
  call (self, "Unregister", NULL);
  if (!wanted)
    {
      clipboard_peer_offer (self->peer, 0, 0);
      return;
    }
  self->next_serial = 0;
  call (self, "Register", NULL);
  if (self->offered != 0)
    grab (self);
}

/* --- Life --- */

QemuClipboard *
qemu_clipboard_new (GDBusConnection *link, Clipboard *clipboard, Screen *screen)
{
  static const ClipboardPeerEvents events = { on_offered, on_wanted, NULL };
  QemuClipboard *self = g_new0 (QemuClipboard, 1);

  self->link = link;
  self->cancellable = g_cancellable_new ();
  self->inbox = g_new0 (Inbox, 1);
  g_mutex_init (&self->inbox->lock);
  self->inbox->self = self;
  self->inbox->screen = screen;
  self->inbox->link = link;
  self->peer = clipboard_join_guest (clipboard, &events, self);
  self->filter = g_dbus_connection_add_filter (link, filter, self->inbox, release_inbox);
  g_object_set_data (G_OBJECT (link), LINK_KEY, self);
  qemu_clipboard_refresh (self);
  return self;
}

void
qemu_clipboard_free (QemuClipboard *self)
{
  if (self == NULL)
    return;
  g_cancellable_cancel (self->cancellable);
  answer_call (self, NULL);
  g_mutex_lock (&self->inbox->lock);
  self->inbox->self = NULL;
  g_clear_handle_id (&self->inbox->wake, g_source_remove);
  g_mutex_unlock (&self->inbox->lock);
  g_object_set_data (G_OBJECT (self->link), LINK_KEY, NULL);
  g_dbus_connection_remove_filter (self->link, self->filter);
  clipboard_peer_free (self->peer);
  g_clear_object (&self->cancellable);
  g_free (self);
}
