/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The agents' protocol: messages in pieces, and conversations with a guest's agent whose other end
 * is the clipboard's broker.
 */
#include "agent/agent-talk.h"
#include "agent/vdagent-stream.h"
#include "agent/vdagent-writer.h"
#include "clipboard/line-ends.h"

#define PNG "\x89PNG\r\n\x1a\n...."
#define PNG_BYTES 12

static GByteArray *
new_bytes (guint n_words, ...)
{
  GByteArray *bytes = g_byte_array_new ();
  va_list words;

  va_start (words, n_words);
  for (guint i = 0; i < n_words; i++)
    vdagent_append_u32 (bytes, va_arg (words, guint32));
  va_end (words);
  return bytes;
}

static GByteArray *
new_message (guint32 type, guint32 size)
{
  return new_bytes (5, VDAGENT_PROTOCOL, type, 0, 0, size);
}

/* In chunks of that size. */
static void
put_chunks (GByteArray *out, const GByteArray *message, gsize size)
{
  for (gsize at = 0; at < message->len; at += size)
    {
      guint32 n = MIN (size, message->len - at);

      vdagent_append_u32 (out, VDAGENT_CLIENT_PORT);
      vdagent_append_u32 (out, n);
      g_byte_array_append (out, message->data + at, n);
    }
}

/* --- Parser --- */

static ParseResult
parse_head (guint32 type, guint32 size)
{
  g_autoptr (GByteArray) message = new_message (type, size);
  VdagentHead head;

  return vdagent_parse_head (message->data, &head);
}

static void
test_heads (void)
{
  g_autoptr (GByteArray) protocol = new_bytes (5, 2, VDAGENT_REPLY, 0, 0, 8);
  VdagentHead head;

  g_assert_cmpint (parse_head (VDAGENT_CLIPBOARD, 8 + VDAGENT_CLIPBOARD_BYTES_MAX), ==, PARSE_OK);
  g_assert_cmpint (parse_head (VDAGENT_CLIPBOARD, VDAGENT_CLIPBOARD_BYTES_NONSENSE), ==, PARSE_OK);
  g_assert_cmpint (parse_head (VDAGENT_CLIPBOARD, VDAGENT_CLIPBOARD_BYTES_NONSENSE + 1), ==,
                   PARSE_BAD);
  g_assert_cmpint (parse_head (VDAGENT_CLIPBOARD, G_MAXUINT32), ==, PARSE_BAD);
  g_assert_cmpint (parse_head (VDAGENT_CLIPBOARD, 3), ==, PARSE_BAD);
  g_assert_cmpint (parse_head (VDAGENT_CLIPBOARD_GRAB, G_MAXUINT32), ==, PARSE_BAD);
  g_assert_cmpint (parse_head (VDAGENT_MONITORS_CONFIG, 7), ==, PARSE_BAD);
  g_assert_cmpint (parse_head (VDAGENT_MONITORS_CONFIG, 1000000), ==, PARSE_BAD);
  g_assert_cmpint (parse_head (VDAGENT_ANNOUNCE_CAPABILITIES, 0), ==, PARSE_BAD);
  g_assert_cmpint (parse_head (99, VDAGENT_OTHER_BYTES_MAX), ==, PARSE_OK);
  g_assert_cmpint (parse_head (99, VDAGENT_OTHER_BYTES_MAX + 1), ==, PARSE_BAD);
  g_assert_cmpint (vdagent_parse_head (protocol->data, &head), ==, PARSE_BAD);
}

static ParseResult
parse_chunk (VdagentSender sender, guint32 port, guint32 size)
{
  g_autoptr (GByteArray) head = new_bytes (2, port, size);
  gboolean is_ours;
  guint32 n;
  ParseResult result = vdagent_parse_chunk (head->data, sender, &n, &is_ours);

  if (result == PARSE_OK)
    g_assert_true (is_ours == (port == VDAGENT_CLIENT_PORT));
  return result;
}

static void
test_chunks (void)
{
  g_assert_cmpint (parse_chunk (VDAGENT_SENDER_VIEWER, 1, 2048), ==, PARSE_OK);
  g_assert_cmpint (parse_chunk (VDAGENT_SENDER_VIEWER, 1, 2049), ==, PARSE_BAD);
  g_assert_cmpint (parse_chunk (VDAGENT_SENDER_VIEWER, 1, 0), ==, PARSE_BAD);
  g_assert_cmpint (parse_chunk (VDAGENT_SENDER_VIEWER, 2, 4), ==, PARSE_BAD);
  g_assert_cmpint (parse_chunk (VDAGENT_SENDER_GUEST, 1, 8 << 20), ==, PARSE_OK);
  g_assert_cmpint (parse_chunk (VDAGENT_SENDER_GUEST, 2, 4), ==, PARSE_OK);
  g_assert_cmpint (parse_chunk (VDAGENT_SENDER_GUEST, 1, 0), ==, PARSE_BAD);
  g_assert_cmpint (parse_chunk (VDAGENT_SENDER_GUEST, 3, 4), ==, PARSE_BAD);
  g_assert_cmpint (parse_chunk (VDAGENT_SENDER_GUEST, G_MAXUINT32, 4), ==, PARSE_BAD);
}

/* On a copy of exactly that size, for AddressSanitizer. */
static ParseResult
parse_body (guint32 type, const GByteArray *body, gboolean selections, VdagentMessage *message)
{
  g_autofree guint8 *copy = g_memdup2 (body->data, body->len);
  ParseResult result = vdagent_parse_body (type, copy, body->len, selections, message);

  message->clipboard.data = NULL;
  return result;
}

static void
test_bodies (void)
{
  g_autoptr (GByteArray) monitors =
      new_bytes (12, 2, 0, 0, 0, 0, 0, 0, 600, 800, 0, 0, 0); /* one that is off, one that is on */
  g_autoptr (GByteArray) grab = new_bytes (3, 0, VDAGENT_CLIPBOARD_UTF8, VDAGENT_CLIPBOARD_PNG);
  g_autoptr (GByteArray) primary = new_bytes (1, 1);
  VdagentMessage message;

  g_assert_cmpint (parse_body (VDAGENT_MONITORS_CONFIG, monitors, FALSE, &message), ==, PARSE_OK);
  g_assert_cmpuint (message.monitors.width, ==, 800);
  g_assert_cmpuint (message.monitors.height, ==, 600);
  monitors->data[0] = 3; /* more than are there */
  g_assert_cmpint (parse_body (VDAGENT_MONITORS_CONFIG, monitors, FALSE, &message), ==, PARSE_BAD);
  monitors->data[3] = 0x80;
  g_assert_cmpint (parse_body (VDAGENT_MONITORS_CONFIG, monitors, FALSE, &message), ==, PARSE_BAD);

  g_assert_cmpint (parse_body (VDAGENT_CLIPBOARD_GRAB, grab, TRUE, &message), ==, PARSE_OK);
  g_assert_cmpuint (message.clipboard.n_types, ==, 2);
  g_assert_cmpuint (message.clipboard.types[1], ==, VDAGENT_CLIPBOARD_PNG);
  g_assert_cmpint (parse_body (VDAGENT_CLIPBOARD_GRAB, grab, FALSE, &message), ==, PARSE_OK);
  g_assert_cmpuint (message.clipboard.n_types, ==, 3);
  g_byte_array_set_size (grab, 11);
  g_assert_cmpint (parse_body (VDAGENT_CLIPBOARD_GRAB, grab, TRUE, &message), ==, PARSE_BAD);

  g_assert_cmpint (parse_body (VDAGENT_CLIPBOARD_RELEASE, primary, TRUE, &message), ==, PARSE_OK);
  g_assert_cmpuint (message.clipboard.selection, ==, 1);
  g_byte_array_set_size (primary, 1); /* as spice-vdagentd sends it */
  g_assert_cmpint (parse_body (VDAGENT_CLIPBOARD_RELEASE, primary, TRUE, &message), ==, PARSE_OK);
  g_byte_array_set_size (primary, 0);
  g_assert_cmpint (parse_body (VDAGENT_CLIPBOARD_RELEASE, primary, TRUE, &message), ==, PARSE_BAD);
  g_assert_cmpint (parse_body (VDAGENT_CLIPBOARD_RELEASE, primary, FALSE, &message), ==, PARSE_OK);
}

/* --- Stream --- */

/* An announcement, contents, and an announcement. */
static GByteArray *
make_conversation (gsize chunk)
{
  GByteArray *out = g_byte_array_new ();
  g_autoptr (GByteArray) announce = new_message (VDAGENT_ANNOUNCE_CAPABILITIES, 8);
  g_autoptr (GByteArray) contents = new_message (VDAGENT_CLIPBOARD, 8 + PNG_BYTES);

  vdagent_append_u32 (announce, 1);
  vdagent_append_u32 (announce, VDAGENT_CAP_CLIPBOARD_SELECTION);
  vdagent_append_u32 (contents, 0);
  vdagent_append_u32 (contents, VDAGENT_CLIPBOARD_PNG);
  g_byte_array_append (contents, (const guint8 *) PNG, PNG_BYTES);
  put_chunks (out, announce, chunk);
  put_chunks (out, contents, chunk);
  put_chunks (out, announce, chunk);
  return out;
}

static void
check_message (VdagentStream *stream, guint i, const VdagentMessage *message, gboolean wanted)
{
  g_autoptr (GBytes) contents = NULL;

  g_assert_cmpuint (i, <, 3);
  g_assert_cmpuint (message->type, ==, i == 1 ? VDAGENT_CLIPBOARD : VDAGENT_ANNOUNCE_CAPABILITIES);
  if (i != 1)
    return;
  g_assert_cmpuint (message->clipboard.size, ==, PNG_BYTES);
  contents = vdagent_stream_steal_contents (stream, message);
  g_assert_true (wanted == (contents != NULL));
  if (contents != NULL)
    g_assert_cmpmem (g_bytes_get_data (contents, NULL), g_bytes_get_size (contents), PNG,
                     PNG_BYTES);
}

/* All of it, in two pieces; returns how many messages there were. */
static guint
feed (VdagentStream *stream, const GByteArray *bytes, gsize cut, gboolean wanted)
{
  guint n = 0;

  for (gsize at = 0; at < bytes->len;)
    {
      gsize end = at < cut ? cut : bytes->len;
      g_autofree guint8 *copy = g_memdup2 (bytes->data + at, end - at);
      VdagentMessage message;
      gsize used;
      ParseResult result = vdagent_stream_take (stream, copy, end - at, &used, &message);

      g_assert_cmpint (result, !=, PARSE_BAD);
      if (result == PARSE_OK)
        check_message (stream, n++, &message, wanted);
      at += used;
    }
  return n;
}

static void
test_cuts (void)
{
  static const gsize chunks[] = { 1, 7, 20, 21, 2048 };

  for (gsize i = 0; i < G_N_ELEMENTS (chunks); i++)
    {
      g_autoptr (GByteArray) bytes = make_conversation (chunks[i]);

      for (gsize cut = 0; cut <= bytes->len; cut++)
        for (int wanted = 0; wanted < 2; wanted++)
          {
            g_autoptr (VdagentStream) stream = vdagent_stream_new (VDAGENT_SENDER_GUEST);

            vdagent_stream_set_selections (stream, TRUE);
            vdagent_stream_set_wanted (stream, wanted);
            g_assert_cmpuint (feed (stream, bytes, cut, wanted), ==, 3);
            g_assert_false (vdagent_stream_is_within (stream));
          }
    }
}

/* Each bit, turned: no crash, and nothing that is longer than it may be. */
static void
test_bits (void)
{
  g_autoptr (GByteArray) bytes = make_conversation (2048);

  for (gsize bit = 0; bit < bytes->len * 8; bit++)
    {
      g_autoptr (VdagentStream) stream = vdagent_stream_new (VDAGENT_SENDER_GUEST);
      VdagentMessage message;
      gsize at = 0, used;

      bytes->data[bit / 8] ^= 1 << bit % 8;
      vdagent_stream_set_selections (stream, TRUE);
      vdagent_stream_set_wanted (stream, TRUE);
      while (at < bytes->len && vdagent_stream_take (stream, bytes->data + at, bytes->len - at,
                                                     &used, &message) != PARSE_BAD)
        at += used;
      bytes->data[bit / 8] ^= 1 << bit % 8;
    }
}

/* Contents that are too long are told at once and passed over. */
static void
test_too_long (void)
{
  g_autoptr (VdagentStream) stream = vdagent_stream_new (VDAGENT_SENDER_GUEST);
  g_autoptr (GByteArray) contents =
      new_message (VDAGENT_CLIPBOARD, 4 + VDAGENT_CLIPBOARD_BYTES_MAX + 1);
  g_autoptr (GByteArray) rest = g_byte_array_new ();
  g_autoptr (GByteArray) announce = new_message (VDAGENT_ANNOUNCE_CAPABILITIES, 4);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  VdagentMessage message;
  gsize used;

  vdagent_stream_set_wanted (stream, TRUE);
  put_chunks (bytes, contents, 2048);
  g_assert_cmpint (vdagent_stream_take (stream, bytes->data, bytes->len, &used, &message), ==,
                   PARSE_OK);
  g_assert_cmpuint (message.clipboard.size, ==, VDAGENT_CLIPBOARD_BYTES_MAX + 1);
  g_assert_null (message.clipboard.data);
  g_assert_true (vdagent_stream_is_within (stream));
  g_assert_false (vdagent_stream_is_within_contents (stream));
  g_byte_array_set_size (rest, 4 + VDAGENT_CLIPBOARD_BYTES_MAX + 1);
  memset (rest->data, 'x', rest->len);
  vdagent_append_u32 (announce, 0);
  g_byte_array_set_size (bytes, 0);
  put_chunks (bytes, rest, 1 << 20);
  put_chunks (bytes, announce, 2048);
  g_assert_cmpint (vdagent_stream_take (stream, bytes->data, bytes->len, &used, &message), ==,
                   PARSE_OK);
  g_assert_cmpuint (used, ==, bytes->len);
  g_assert_cmpuint (message.type, ==, VDAGENT_ANNOUNCE_CAPABILITIES);
}

/* --- Conversations --- */

typedef struct
{
  ClipboardPeer *peer; /* a front end */
  ClipboardKinds kinds;
  guint32 wanted;
  ClipboardKinds wanted_kind;
  GBytes *got;
  guint n_answers;

  Clipboard *clipboard;
  AgentTalk *talk;
  VdagentStream *heard; /* what the guest's agent gets */
  char *complaint;
} World;

static void
on_offered (guint32 serial, ClipboardKinds kinds, gpointer user_data)
{
  ((World *) user_data)->kinds = kinds;
}

static void
on_wanted (guint32 number, ClipboardKinds kind, gpointer user_data)
{
  World *world = user_data;

  world->wanted = number;
  world->wanted_kind = kind;
}

static void
on_answer (GBytes *data, gpointer user_data)
{
  World *world = user_data;

  g_clear_pointer (&world->got, g_bytes_unref);
  world->got = data != NULL ? g_bytes_ref (data) : NULL;
  world->n_answers++;
}

static void
on_ready (gpointer user_data)
{
}

static void
on_complaint (const char *text, gpointer user_data)
{
  World *world = user_data;

  g_free (world->complaint);
  world->complaint = g_strdup (text);
}

static void
turn (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

static void
open_world (World *world)
{
  static const ClipboardPeerEvents events = { on_offered, on_wanted, NULL };
  const AgentTalkHost host = { on_ready, NULL, on_complaint, NULL, world };

  memset (world, 0, sizeof *world);
  world->clipboard = clipboard_new ();
  clipboard_set_policy (world->clipboard, CLIPBOARD_POLICY_BOTH);
  world->peer = clipboard_join (world->clipboard, CLIPBOARD_SIDE_LOCAL, &events, world);
  world->talk =
      agent_talk_new (world->clipboard, VDAGENT_SENDER_GUEST, CLIPBOARD_SIDE_LOCAL, &host);
  world->heard = vdagent_stream_new (VDAGENT_SENDER_VIEWER);
  vdagent_stream_set_wanted (world->heard, TRUE);
  turn ();
}

static void
close_world (World *world)
{
  agent_talk_free (world->talk);
  clipboard_peer_free (world->peer);
  turn ();
  clipboard_free (world->clipboard);
  vdagent_stream_free (world->heard);
  g_clear_pointer (&world->got, g_bytes_unref);
  g_free (world->complaint);
}

/* The next message that the agent gets; its type is 0 if there is none. In pieces that fit nothing.
 */
static VdagentMessage
hear (World *world)
{
  VdagentMessage message = { 0 };
  guint8 byte;
  gsize used;

  while (agent_talk_fill (world->talk, &byte, 1) == 1)
    {
      ParseResult result = vdagent_stream_take (world->heard, &byte, 1, &used, &message);

      g_assert_cmpint (result, !=, PARSE_BAD);
      if (result == PARSE_OK)
        return message;
    }
  return (VdagentMessage) { 0 };
}

static gboolean
say (World *world, const GByteArray *message)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  gboolean kept;

  put_chunks (bytes, message, message->len);
  kept = agent_talk_take (world->talk, bytes->data, bytes->len);
  turn ();
  return kept;
}

static void
say_words (World *world, guint32 type, guint n_words, guint32 a, guint32 b, guint32 c)
{
  g_autoptr (GByteArray) message = new_message (type, 4 * n_words);
  const guint32 words[] = { a, b, c };

  for (guint i = 0; i < n_words; i++)
    vdagent_append_u32 (message, words[i]);
  g_assert_true (say (world, message));
}

static void
say_contents (World *world, guint32 type, const void *data, gsize size)
{
  g_autoptr (GByteArray) message = new_message (VDAGENT_CLIPBOARD, 8 + size);

  vdagent_append_u32 (message, 0);
  vdagent_append_u32 (message, type);
  g_byte_array_append (message, data, size);
  g_assert_true (say (world, message));
}

static void
announce (World *world, guint32 caps)
{
  g_assert_cmpuint (hear (world).type, ==, VDAGENT_ANNOUNCE_CAPABILITIES);
  g_assert_cmpuint (hear (world).type, ==, 0);
  say_words (world, VDAGENT_ANNOUNCE_CAPABILITIES, 2, 0, caps, 0);
  vdagent_stream_set_selections (world->heard, TRUE);
}

/* A picture and a text, both ways. */
static void
test_pictures (void)
{
  g_autoptr (GBytes) png = g_bytes_new (PNG, PNG_BYTES);
  VdagentMessage message;
  World world;

  open_world (&world);
  announce (&world, VDAGENT_CAP_CLIPBOARD_SELECTION);
  say_words (&world, VDAGENT_CLIPBOARD_GRAB, 3, 0, VDAGENT_CLIPBOARD_PNG, 3 /* BMP */);
  g_assert_cmpuint (world.kinds, ==, CLIPBOARD_PNG);
  clipboard_peer_request (world.peer, CLIPBOARD_PNG, on_answer, &world);
  turn ();
  message = hear (&world);
  g_assert_cmpuint (message.type, ==, VDAGENT_CLIPBOARD_REQUEST);
  g_assert_cmpuint (message.clipboard.type, ==, VDAGENT_CLIPBOARD_PNG);
  say_contents (&world, VDAGENT_CLIPBOARD_PNG, PNG, PNG_BYTES);
  g_assert_true (g_bytes_equal (world.got, png));

  clipboard_peer_offer (world.peer, 1, CLIPBOARD_TEXT | CLIPBOARD_PNG);
  turn ();
  message = hear (&world);
  g_assert_cmpuint (message.type, ==, VDAGENT_CLIPBOARD_GRAB);
  g_assert_cmpuint (message.clipboard.n_types, ==, 2);
  say_words (&world, VDAGENT_CLIPBOARD_REQUEST, 2, 0, VDAGENT_CLIPBOARD_PNG, 0);
  g_assert_cmpuint (world.wanted_kind, ==, CLIPBOARD_PNG);
  clipboard_peer_answer (world.peer, world.wanted, png);
  turn ();
  message = hear (&world);
  g_assert_cmpuint (message.type, ==, VDAGENT_CLIPBOARD);
  g_assert_cmpuint (message.clipboard.type, ==, VDAGENT_CLIPBOARD_PNG);
  g_assert_cmpmem (message.clipboard.data, message.clipboard.size, PNG, PNG_BYTES);

  clipboard_peer_offer (world.peer, 1, 0);
  turn ();
  g_assert_cmpuint (hear (&world).type, ==, VDAGENT_CLIPBOARD_RELEASE);
  close_world (&world);
}

static void
expect_text (World *world, const char *text)
{
  VdagentMessage message = hear (world);

  g_assert_cmpuint (message.type, ==, VDAGENT_CLIPBOARD);
  g_assert_cmpmem (message.clipboard.data, message.clipboard.size, text, strlen (text));
}

/* As Windows counts lines. */
static void
test_line_ends (void)
{
  g_autoptr (GBytes) plain = g_bytes_new_static ("a\nb\r\nc", 6);
  g_autoptr (GByteArray) lines = g_byte_array_new ();
  g_autoptr (GBytes) longest = NULL;
  World world;

  open_world (&world);
  announce (&world, VDAGENT_CAP_CLIPBOARD_SELECTION | VDAGENT_CAP_GUEST_LINEEND_CRLF);
  clipboard_peer_offer_data (world.peer, 1, CLIPBOARD_TEXT, plain, FALSE);
  turn ();
  g_assert_cmpuint (hear (&world).type, ==, VDAGENT_CLIPBOARD_GRAB);
  say_words (&world, VDAGENT_CLIPBOARD_REQUEST, 2, 0, VDAGENT_CLIPBOARD_UTF8, 0);
  expect_text (&world, "a\r\nb\r\nc");

  /* Within the limit, but not with longer line ends. */
  g_byte_array_set_size (lines, CLIPBOARD_BYTES_MAX);
  memset (lines->data, '\n', lines->len);
  longest = g_byte_array_free_to_bytes (g_steal_pointer (&lines));
  clipboard_peer_offer_data (world.peer, 2, CLIPBOARD_TEXT, longest, FALSE);
  turn ();
  g_assert_cmpuint (hear (&world).type, ==, VDAGENT_CLIPBOARD_GRAB);
  say_words (&world, VDAGENT_CLIPBOARD_REQUEST, 2, 0, VDAGENT_CLIPBOARD_UTF8, 0);
  expect_text (&world, "");
  g_assert_nonnull (strstr (world.complaint, "16777216 bytes"));

  say_words (&world, VDAGENT_CLIPBOARD_GRAB, 2, 0, VDAGENT_CLIPBOARD_UTF8, 0);
  clipboard_peer_request (world.peer, CLIPBOARD_TEXT, on_answer, &world);
  turn ();
  say_contents (&world, VDAGENT_CLIPBOARD_UTF8, "x\r\ny\rz\r\n", 9); /* with the NUL */
  g_assert_cmpmem (g_bytes_get_data (world.got, NULL), g_bytes_get_size (world.got), "x\ny\rz\n",
                   6);
  close_world (&world);
}

/* What nobody asked for is not taken; what is too long is refused with a reason. */
static void
test_unasked (void)
{
  g_autoptr (GByteArray) longest =
      new_message (VDAGENT_CLIPBOARD, 8 + VDAGENT_CLIPBOARD_BYTES_MAX + 1);
  World world;

  open_world (&world);
  announce (&world, VDAGENT_CAP_CLIPBOARD_SELECTION);
  say_contents (&world, VDAGENT_CLIPBOARD_UTF8, "unasked", 7);
  say_words (&world, VDAGENT_CLIPBOARD_GRAB, 2, 0, VDAGENT_CLIPBOARD_UTF8, 0);
  say_contents (&world, VDAGENT_CLIPBOARD_UTF8, "unasked", 7);
  clipboard_peer_request (world.peer, CLIPBOARD_TEXT, on_answer, &world);
  turn ();
  g_assert_cmpuint (world.n_answers, ==, 0);
  /* Of another question that was given up. */
  say_contents (&world, VDAGENT_CLIPBOARD_PNG, PNG, PNG_BYTES);
  g_assert_cmpuint (world.n_answers, ==, 0);
  say_contents (&world, VDAGENT_CLIPBOARD_UTF8, "asked", 5);
  g_assert_cmpuint (world.n_answers, ==, 1);
  g_assert_cmpmem (g_bytes_get_data (world.got, NULL), g_bytes_get_size (world.got), "asked", 5);
  g_assert_null (world.complaint);

  say_words (&world, VDAGENT_CLIPBOARD_GRAB, 2, 0, VDAGENT_CLIPBOARD_UTF8, 0);
  clipboard_peer_request (world.peer, CLIPBOARD_TEXT, on_answer, &world);
  turn ();
  g_assert_true (say (&world, longest));
  g_assert_cmpuint (world.n_answers, ==, 2);
  g_assert_null (world.got);
  g_assert_nonnull (strstr (world.complaint, "8388609 bytes"));
  close_world (&world);
}

/* Another selection than the clipboard is not ours, nor is anything before the announcement. */
static void
test_selections (void)
{
  World world;

  open_world (&world);
  clipboard_peer_offer (world.peer, 1, CLIPBOARD_TEXT);
  turn ();
  announce (&world, VDAGENT_CAP_CLIPBOARD_SELECTION);
  g_assert_cmpuint (hear (&world).type, ==, VDAGENT_CLIPBOARD_GRAB);
  say_words (&world, VDAGENT_CLIPBOARD_GRAB, 2, 1, VDAGENT_CLIPBOARD_UTF8, 0);
  g_assert_cmpuint (world.kinds, ==, 0);
  say_words (&world, VDAGENT_CLIPBOARD_REQUEST, 2, 1, VDAGENT_CLIPBOARD_UTF8, 0);
  g_assert_cmpuint (world.wanted, ==, 0);
  g_assert_cmpuint (hear (&world).type, ==, 0);
  /* An agent that was started anew is told again. */
  say_words (&world, VDAGENT_ANNOUNCE_CAPABILITIES, 2, 1, VDAGENT_CAP_CLIPBOARD_SELECTION, 0);
  g_assert_cmpuint (hear (&world).type, ==, VDAGENT_ANNOUNCE_CAPABILITIES);
  g_assert_cmpuint (hear (&world).type, ==, VDAGENT_CLIPBOARD_GRAB);
  g_assert_cmpuint (hear (&world).type, ==, 0);
  close_world (&world);
}

/* Who floods and does not read costs no memory: what waits for it stays as long as it was. */
static void
test_floods (void)
{
  g_autoptr (GBytes) text = g_bytes_new_static ("text", 4);
  guint n = 0;
  World world;

  open_world (&world);
  announce (&world, VDAGENT_CAP_CLIPBOARD_SELECTION);
  clipboard_peer_offer_data (world.peer, 1, CLIPBOARD_TEXT, text, TRUE);
  turn ();
  for (guint i = 0; i < 1000; i++)
    {
      say_words (&world, VDAGENT_CLIPBOARD_REQUEST, 2, 0, VDAGENT_CLIPBOARD_UTF8, 0);
      say_words (&world, VDAGENT_ANNOUNCE_CAPABILITIES, 2, 1, VDAGENT_CAP_CLIPBOARD_SELECTION, 0);
    }
  for (guint i = 0; i < 1000; i++)
    say_words (&world, VDAGENT_CLIPBOARD_GRAB, 2, 0, VDAGENT_CLIPBOARD_UTF8, 0);
  while (hear (&world).type != 0)
    n++;
  g_assert_cmpuint (n, <, 10);
  close_world (&world);
}

static void
test_broken (void)
{
  g_autoptr (GByteArray) absurd = new_message (VDAGENT_CLIPBOARD, G_MAXUINT32);
  World world;

  open_world (&world);
  announce (&world, VDAGENT_CAP_CLIPBOARD_SELECTION);
  g_assert_false (say (&world, absurd));
  close_world (&world);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/display/agent/heads", test_heads);
  g_test_add_func ("/display/agent/chunks", test_chunks);
  g_test_add_func ("/display/agent/bodies", test_bodies);
  g_test_add_func ("/display/agent/cuts", test_cuts);
  g_test_add_func ("/display/agent/bits", test_bits);
  g_test_add_func ("/display/agent/too-long", test_too_long);
  g_test_add_func ("/display/agent/pictures", test_pictures);
  g_test_add_func ("/display/agent/line-ends", test_line_ends);
  g_test_add_func ("/display/agent/unasked", test_unasked);
  g_test_add_func ("/display/agent/selections", test_selections);
  g_test_add_func ("/display/agent/floods", test_floods);
  g_test_add_func ("/display/agent/broken", test_broken);
  return g_test_run ();
}
