/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A conversation with an agent or a viewer. Runs in vitrine-display on the main loop. Must never
 * keep more than one message of the other end's, nor a queue of what it has not read.
 */
#include "agent/agent-talk.h"

#include "agent/vdagent-stream.h"
#include "agent/vdagent-writer.h"
#include "clipboard/line-ends.h"

#define REPLY_SUCCESS 1u
/* Questions of the other end's that have no answer yet; further ones get none. */
#define QUESTIONS_MAX 4u

struct _AgentTalk
{
  AgentTalkHost host;
  VdagentSender sender;
  VdagentStream *stream;
  VdagentWriter writer;
  ClipboardPeer *peer; /* owned */

  /* the other end */
  gboolean is_known; /* it has announced itself */
  guint32 caps;
  guint32 serial; /* of its last offer */

  /* what it is to be told */
  gboolean say_announce;
  gboolean announce_wants_reply;
  gboolean say_resized;
  gboolean say_offer;
  gboolean has_offered; /* there is something to take back */
  ClipboardKinds offered;
  gboolean say_want;
  GQueue fetches; /* of Answer, owned: the broker looks for their contents */
  GQueue answers; /* of Answer, owned; at most QUESTIONS_MAX with those */

  guint32 wanted; /* number of the broker's question; 0: none is open */
  ClipboardKinds wanted_kind;
};

typedef struct
{
  AgentTalk *talk;
  guint32 type;
  GBytes *contents; /* NULL: there are none */
} Answer;

static const struct
{
  ClipboardKinds kind;
  guint32 type;
} kinds[] = {
  { CLIPBOARD_TEXT, VDAGENT_CLIPBOARD_UTF8 },
  { CLIPBOARD_PNG, VDAGENT_CLIPBOARD_PNG },
};

/* 0: not one of ours. */
static ClipboardKinds
kind_of (guint32 type)
{
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (kinds[i].type == type)
      return kinds[i].kind;
  return 0;
}

static guint32
type_of (ClipboardKinds kind)
{
  return kind == CLIPBOARD_PNG ? VDAGENT_CLIPBOARD_PNG : VDAGENT_CLIPBOARD_UTF8;
}

static gboolean
knows_selections (AgentTalk *talk)
{
  return (talk->caps & VDAGENT_CAP_CLIPBOARD_SELECTION) != 0;
}

static gboolean
has_crlf (AgentTalk *talk)
{
  return talk->sender == VDAGENT_SENDER_GUEST && (talk->caps & VDAGENT_CAP_GUEST_LINEEND_CRLF) != 0;
}

static void
ready (AgentTalk *talk)
{
  talk->host.ready (talk->host.user_data);
}

static void complain (AgentTalk *talk, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
complain (AgentTalk *talk, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  if (talk->host.complain == NULL)
    return;
  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  talk->host.complain (text, talk->host.user_data);
}

static void
free_answer (gpointer data)
{
  Answer *answer = data;

  g_clear_pointer (&answer->contents, g_bytes_unref);
  g_free (answer);
}

/* --- To the other end --- */

/* Of the clipboard, the only selection there is. */
static GByteArray *
new_body (AgentTalk *talk)
{
  GByteArray *body = g_byte_array_new ();

  if (knows_selections (talk))
    vdagent_append_u32 (body, 0);
  return body;
}

static void
begin_announce (AgentTalk *talk)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();
  guint32 caps = VDAGENT_CAP_CLIPBOARD_BY_DEMAND | VDAGENT_CAP_CLIPBOARD_SELECTION;

  if (talk->sender == VDAGENT_SENDER_VIEWER)
    caps |= VDAGENT_CAP_MONITORS_CONFIG | VDAGENT_CAP_REPLY | VDAGENT_CAP_SPARSE_MONITORS |
            VDAGENT_CAP_GUEST_LINEEND_LF;
  vdagent_append_u32 (body, talk->announce_wants_reply);
  vdagent_append_u32 (body, caps);
  vdagent_writer_begin (&talk->writer, VDAGENT_ANNOUNCE_CAPABILITIES, body, NULL);
  talk->say_announce = talk->announce_wants_reply = FALSE;
}

static void
begin_resized (AgentTalk *talk)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();

  vdagent_append_u32 (body, VDAGENT_MONITORS_CONFIG);
  vdagent_append_u32 (body, REPLY_SUCCESS);
  vdagent_writer_begin (&talk->writer, VDAGENT_REPLY, body, NULL);
  talk->say_resized = FALSE;
}

static void
begin_offer (AgentTalk *talk)
{
  g_autoptr (GByteArray) body = new_body (talk);

  talk->say_offer = FALSE;
  if (talk->offered == 0 && !talk->has_offered)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (talk->offered & kinds[i].kind)
      vdagent_append_u32 (body, kinds[i].type);
  talk->has_offered = talk->offered != 0;
  vdagent_writer_begin (&talk->writer,
                        talk->has_offered ? VDAGENT_CLIPBOARD_GRAB : VDAGENT_CLIPBOARD_RELEASE,
                        body, NULL);
}

static void
begin_want (AgentTalk *talk)
{
  g_autoptr (GByteArray) body = new_body (talk);

  talk->say_want = FALSE;
  if (talk->wanted == 0)
    return;
  vdagent_append_u32 (body, type_of (talk->wanted_kind));
  vdagent_writer_begin (&talk->writer, VDAGENT_CLIPBOARD_REQUEST, body, NULL);
}

/* As the other end ends its lines; only now, so that there is one such copy at most. NULL, with a
 * complaint, if there is no room for that. */
static GBytes *
dress (AgentTalk *talk, guint32 type, GBytes *contents)
{
  g_autoptr (GBytes) dressed = NULL;
  gsize size;
  const guint8 *data = g_bytes_get_data (contents, &size);

  if (type != VDAGENT_CLIPBOARD_UTF8 || !has_crlf (talk))
    return g_bytes_ref (contents);
  dressed = line_ends_to_crlf (data, size);
  if (g_bytes_get_size (dressed) <= CLIPBOARD_BYTES_MAX)
    return g_steal_pointer (&dressed);
  complain (talk,
            "The guest was given no text: with the line ends of its system it has %" G_GSIZE_FORMAT
            " bytes, and at most %u pass",
            g_bytes_get_size (dressed), CLIPBOARD_BYTES_MAX);
  return NULL;
}

static void
begin_answer (AgentTalk *talk)
{
  g_autoptr (GByteArray) body = new_body (talk);
  Answer *answer = g_queue_pop_head (&talk->answers);
  g_autoptr (GBytes) contents = NULL;

  if (answer->contents != NULL)
    contents = dress (talk, answer->type, answer->contents);
  vdagent_append_u32 (body, contents != NULL ? answer->type : VDAGENT_CLIPBOARD_NONE);
  vdagent_writer_begin (&talk->writer, VDAGENT_CLIPBOARD, body, contents);
  free_answer (answer);
}

/* FALSE if there is nothing to say. Some turn out not to be needed. */
static gboolean
begin_next (AgentTalk *talk)
{
  if (talk->say_announce)
    begin_announce (talk);
  else if (talk->say_resized)
    begin_resized (talk);
  else if (!talk->is_known)
    return FALSE;
  else if (talk->say_want)
    begin_want (talk);
  else if (talk->say_offer)
    begin_offer (talk);
  else if (!g_queue_is_empty (&talk->answers))
    begin_answer (talk);
  else
    return FALSE;
  return TRUE;
}

gsize
agent_talk_fill (AgentTalk *talk, guint8 *buffer, gsize size)
{
  gsize filled = 0;

  while (filled < size && (vdagent_writer_is_busy (&talk->writer) || begin_next (talk)))
    filled += vdagent_writer_fill (&talk->writer, buffer + filled, size - filled);
  return filled;
}

/* --- What the broker says --- */

static void
on_offered (guint32 serial, ClipboardKinds offered, gpointer user_data)
{
  AgentTalk *talk = user_data;

  talk->offered = offered;
  talk->say_offer = TRUE;
  ready (talk);
}

static void
on_wanted (guint32 number, ClipboardKinds kind, gpointer user_data)
{
  AgentTalk *talk = user_data;

  talk->wanted = number;
  talk->wanted_kind = kind;
  talk->say_want = TRUE;
  vdagent_stream_set_wanted (talk->stream, TRUE);
  ready (talk);
}

static void
answer_broker (AgentTalk *talk, GBytes *contents)
{
  clipboard_peer_answer (talk->peer, talk->wanted, contents);
  talk->wanted = 0;
  vdagent_stream_set_wanted (talk->stream, FALSE);
}

static void
on_answer (GBytes *contents, gpointer user_data)
{
  Answer *answer = user_data;
  AgentTalk *talk = answer->talk;

  g_queue_remove (&talk->fetches, answer);
  if (contents != NULL)
    answer->contents = g_bytes_ref (contents);
  g_queue_push_tail (&talk->answers, answer);
  ready (talk);
}

/* --- From the other end --- */

static void
take_request (AgentTalk *talk, guint32 type)
{
  Answer *answer;

  if (g_queue_get_length (&talk->fetches) + g_queue_get_length (&talk->answers) >= QUESTIONS_MAX)
    return;
  answer = g_new0 (Answer, 1);
  answer->talk = talk;
  answer->type = type;
  g_queue_push_tail (&talk->fetches, answer);
  if (kind_of (type) == 0)
    on_answer (NULL, answer);
  else
    clipboard_peer_request (talk->peer, kind_of (type), on_answer, answer);
}

/* The other way round. Some end a text as C does. */
static GBytes *
undress (AgentTalk *talk, const guint8 *data, gsize size)
{
  if (size > 0 && data[size - 1] == '\0')
    size--;
  return has_crlf (talk) ? line_ends_to_lf (data, size) : g_bytes_new (data, size);
}

/* An answer to on_wanted (). One of another type is late, and belongs to a question given up. */
static void
take_contents (AgentTalk *talk, const VdagentMessage *message)
{
  const guint8 *data = message->clipboard.data;
  gsize size = message->clipboard.size;
  gboolean is_text = talk->wanted_kind == CLIPBOARD_TEXT;
  g_autoptr (GBytes) contents = NULL;

  if (talk->wanted == 0)
    return;
  if (data == NULL)
    {
      complain (talk,
                "What the guest copied has %" G_GSIZE_FORMAT
                " bytes; at most %u pass, so it stays in the guest",
                size, CLIPBOARD_BYTES_MAX);
      answer_broker (talk, NULL);
      return;
    }
  if (kind_of (message->clipboard.type) != talk->wanted_kind)
    {
      if (message->clipboard.type == VDAGENT_CLIPBOARD_NONE)
        answer_broker (talk, NULL);
      return;
    }
  contents =
      is_text ? undress (talk, data, size) : vdagent_stream_steal_contents (talk->stream, message);
  answer_broker (talk, contents);
}

static void
take_clipboard (AgentTalk *talk, const VdagentMessage *message)
{
  ClipboardKinds offered = 0;

  if (message->clipboard.selection != 0)
    return;
  switch (message->type)
    {
    case VDAGENT_CLIPBOARD_GRAB:
      for (guint i = 0; i < message->clipboard.n_types; i++)
        offered |= kind_of (message->clipboard.types[i]);
      talk->has_offered = FALSE; /* ours is void */
      clipboard_peer_offer (talk->peer, ++talk->serial, offered);
      break;
    case VDAGENT_CLIPBOARD_RELEASE:
      clipboard_peer_offer (talk->peer, talk->serial, 0);
      break;
    case VDAGENT_CLIPBOARD_REQUEST:
      take_request (talk, message->clipboard.type);
      break;
    default:
      take_contents (talk, message);
      break;
    }
}

static void
take_announce (AgentTalk *talk, const VdagentMessage *message)
{
  talk->is_known = TRUE;
  talk->caps = message->announce.caps;
  vdagent_stream_set_selections (talk->stream, knows_selections (talk));
  if (message->announce.wants_reply)
    talk->say_announce = TRUE;
  if (talk->host.announced != NULL)
    talk->host.announced (talk->host.user_data);
  /* It begins anew, and knows of nothing. */
  talk->say_offer = TRUE;
  talk->say_want = talk->wanted != 0;
  ready (talk);
}

static void
take_monitors (AgentTalk *talk, const VdagentMessage *message)
{
  if (talk->sender != VDAGENT_SENDER_VIEWER)
    return;
  if (message->monitors.width > 0 && talk->host.resize != NULL)
    talk->host.resize (message->monitors.width, message->monitors.height, talk->host.user_data);
  talk->say_resized = TRUE;
  ready (talk);
}

static void
take_message (AgentTalk *talk, const VdagentMessage *message)
{
  switch (message->type)
    {
    case VDAGENT_MONITORS_CONFIG:
      take_monitors (talk, message);
      break;
    case VDAGENT_ANNOUNCE_CAPABILITIES:
      take_announce (talk, message);
      break;
    case VDAGENT_CLIPBOARD:
    case VDAGENT_CLIPBOARD_GRAB:
    case VDAGENT_CLIPBOARD_REQUEST:
    case VDAGENT_CLIPBOARD_RELEASE:
      take_clipboard (talk, message);
      break;
    default:
      break;
    }
}

gboolean
agent_talk_is_within (AgentTalk *talk)
{
  return vdagent_stream_is_within (talk->stream);
}

void
agent_talk_ask (AgentTalk *talk)
{
  talk->say_announce = talk->announce_wants_reply = TRUE;
  ready (talk);
}

void
agent_talk_tell (AgentTalk *talk)
{
  talk->say_announce = TRUE;
  talk->say_offer = TRUE;
  ready (talk);
}

gboolean
agent_talk_take (AgentTalk *talk, const guint8 *data, gsize size)
{
  while (size > 0)
    {
      VdagentMessage message;
      gsize used;
      ParseResult result = vdagent_stream_take (talk->stream, data, size, &used, &message);

      if (result == PARSE_BAD)
        return FALSE;
      if (result == PARSE_OK)
        take_message (talk, &message);
      data += used;
      size -= used;
    }
  if (talk->wanted != 0 && vdagent_stream_is_within_contents (talk->stream))
    clipboard_peer_progress (talk->peer, talk->wanted);
  return TRUE;
}

/* --- Life --- */

AgentTalk *
agent_talk_new (Clipboard *clipboard,
                VdagentSender sender,
                ClipboardSide side,
                const AgentTalkHost *host)
{
  static const ClipboardPeerEvents events = { .offered = on_offered, .wanted = on_wanted };
  AgentTalk *talk = g_new0 (AgentTalk, 1);

  talk->host = *host;
  talk->sender = sender;
  talk->stream = vdagent_stream_new (sender);
  g_queue_init (&talk->fetches);
  g_queue_init (&talk->answers);
  /* A viewer asks for ours when it has come; a guest's agent is asked. */
  talk->say_announce = talk->announce_wants_reply = sender == VDAGENT_SENDER_GUEST;
  if (sender == VDAGENT_SENDER_GUEST)
    talk->peer = clipboard_join_guest (clipboard, &events, talk);
  else
    talk->peer = clipboard_join (clipboard, side, &events, talk);
  return talk;
}

void
agent_talk_free (AgentTalk *talk)
{
  if (talk == NULL)
    return;
  clipboard_peer_free (talk->peer);
  g_queue_clear_full (&talk->fetches, free_answer);
  g_queue_clear_full (&talk->answers, free_answer);
  vdagent_writer_clear (&talk->writer);
  vdagent_stream_free (talk->stream);
  g_free (talk);
}
