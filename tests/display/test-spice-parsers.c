/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a SPICE viewer sends: links, messages, words to the agent.
 */
#include "spice/spice-link-parse.h"
#include "spice/spice-message-parse.h"

static void
put_u16 (GByteArray *bytes, guint16 value)
{
  value = GUINT16_TO_LE (value);
  g_byte_array_append (bytes, (guint8 *) &value, sizeof value);
}

static void
put_u32 (GByteArray *bytes, guint32 value)
{
  value = GUINT32_TO_LE (value);
  g_byte_array_append (bytes, (guint8 *) &value, sizeof value);
}

static void
put_zeros (GByteArray *bytes, gsize n)
{
  for (gsize i = 0; i < n; i++)
    g_byte_array_append (bytes, (const guint8 *) "", 1);
}

/* On a copy of exactly that size, for AddressSanitizer. */
static ParseResult
parse_link (const guint8 *data, gsize size, gsize *used, SpiceLink *link, guint32 *result)
{
  g_autofree guint8 *copy = g_memdup2 (data, size);

  return spice_link_parse (copy, size, used, link, result);
}

static GByteArray *
make_link (guint32 connection, guint8 channel, guint32 n_common, guint32 n_channel, guint32 offset)
{
  GByteArray *bytes = g_byte_array_new ();
  const guint8 where[] = { channel, 0 };
  guint32 words = MIN (n_common, 40) + MIN (n_channel, 40);

  put_u32 (bytes, SPICE_WIRE_MAGIC);
  put_u32 (bytes, SPICE_WIRE_MAJOR);
  put_u32 (bytes, SPICE_WIRE_MINOR);
  put_u32 (bytes, SPICE_WIRE_MESS_BYTES + 4 * words);
  put_u32 (bytes, connection);
  g_byte_array_append (bytes, where, sizeof where);
  put_u32 (bytes, n_common);
  put_u32 (bytes, n_channel);
  put_u32 (bytes, offset);
  for (guint32 i = 0; i < words; i++)
    put_u32 (bytes, i + 1);
  return bytes;
}

static void
test_link_whole (void)
{
  const SpiceLink sent = { .connection = 5, .channel = SPICE_WIRE_CURSOR, 0, 9, 0x80000001u };
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  SpiceLink link;
  guint32 result;
  gsize used = 0;

  spice_link_append (bytes, &sent);
  g_assert_cmpint (parse_link (bytes->data, bytes->len, &used, &link, &result), ==, PARSE_OK);
  g_assert_cmpuint (used, ==, bytes->len);
  g_assert_cmpuint (link.connection, ==, 5);
  g_assert_cmpuint (link.channel, ==, SPICE_WIRE_CURSOR);
  g_assert_cmpuint (link.common_caps, ==, 9);
  g_assert_cmpuint (link.channel_caps, ==, 0x80000001u);
  for (gsize size = 0; size < bytes->len; size++)
    g_assert_cmpint (parse_link (bytes->data, size, &used, &link, &result), ==, PARSE_NEED_MORE);
}

static void
test_link_lists (void)
{
  static const struct
  {
    guint32 n_common, n_channel, offset;
    gboolean good;
  } cases[] = {
    { 0, 0, 0, TRUE },
    { 0, 0, G_MAXUINT32, TRUE },
    { 1, 1, SPICE_WIRE_MESS_BYTES, TRUE },
    { 8, 8, SPICE_WIRE_MESS_BYTES, TRUE },
    { 9, 1, SPICE_WIRE_MESS_BYTES, FALSE },
    { 1, 9, SPICE_WIRE_MESS_BYTES, FALSE },
    { 1, 1, SPICE_WIRE_MESS_BYTES - 1, FALSE },
    { 1, 1, SPICE_WIRE_MESS_BYTES + 1, FALSE },
    { 1, 1, 0, FALSE },
    { 1, 1, 10000, FALSE },
    { 1, 1, G_MAXUINT32, FALSE },
    { G_MAXUINT32, 1, SPICE_WIRE_MESS_BYTES, FALSE },
    { 0x40000000, 0x40000000, SPICE_WIRE_MESS_BYTES, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) bytes =
          make_link (0, SPICE_WIRE_MAIN, cases[i].n_common, cases[i].n_channel, cases[i].offset);
      SpiceLink link;
      guint32 result = 0;
      gsize used;

      g_test_message ("case %zu", i);
      g_assert_cmpint (parse_link (bytes->data, bytes->len, &used, &link, &result), ==,
                       cases[i].good ? PARSE_OK : PARSE_BAD);
      if (!cases[i].good)
        g_assert_cmpuint (result, ==, SPICE_WIRE_INVALID_DATA);
    }
}

/* Bytes at an offset of a good link that make it a bad one, and what the viewer is told. */
static void
test_link_bad (void)
{
  static const struct
  {
    gsize at;
    guint32 value;
    guint32 result;
  } cases[] = {
    { 0, 0x51444553, SPICE_WIRE_INVALID_DATA },
    { 4, 1, SPICE_WIRE_VERSION_MISMATCH },
    { 4, 3, SPICE_WIRE_VERSION_MISMATCH },
    { 12, 0, SPICE_WIRE_INVALID_DATA },
    { 12, SPICE_WIRE_MESS_BYTES - 1, SPICE_WIRE_INVALID_DATA },
    { 12, SPICE_WIRE_LINK_BYTES_MAX + 1, SPICE_WIRE_INVALID_DATA },
    { 12, 0x80000000u, SPICE_WIRE_INVALID_DATA },
    { 12, G_MAXUINT32, SPICE_WIRE_INVALID_DATA },
    { 16, 1, SPICE_WIRE_BAD_CONNECTION_ID },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) bytes = make_link (0, SPICE_WIRE_MAIN, 1, 1, SPICE_WIRE_MESS_BYTES);
      guint32 value = GUINT32_TO_LE (cases[i].value);
      SpiceLink link;
      guint32 result = 0;
      gsize used;

      g_test_message ("case %zu", i);
      memcpy (bytes->data + cases[i].at, &value, sizeof value);
      g_assert_cmpint (parse_link (bytes->data, bytes->len, &used, &link, &result), ==, PARSE_BAD);
      g_assert_cmpuint (result, ==, cases[i].result);
    }
}

static void
test_link_channels (void)
{
  for (guint channel = 0; channel < 256; channel++)
    {
      gboolean known = channel >= SPICE_WIRE_MAIN && channel <= SPICE_WIRE_CHANNEL_LAST;
      guint32 connection = channel == SPICE_WIRE_MAIN ? 0 : 7;
      g_autoptr (GByteArray) bytes = make_link (connection, channel, 1, 1, SPICE_WIRE_MESS_BYTES);
      SpiceLink link;
      guint32 result;
      gsize used;

      g_assert_cmpint (parse_link (bytes->data, bytes->len, &used, &link, &result), ==,
                       known ? PARSE_OK : PARSE_BAD);
      bytes->data[21] = 1; /* a second one of that type */
      g_assert_cmpint (parse_link (bytes->data, bytes->len, &used, &link, &result), ==, PARSE_BAD);
    }
}

static void
test_reply (void)
{
  SpiceLinkAnswer sent = { .result = 0, .common_caps = 11, .channel_caps = 3 };
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  SpiceLinkAnswer got;
  gsize used = 0;

  for (guint i = 0; i < sizeof sent.key; i++)
    sent.key[i] = i;
  spice_link_append_reply (bytes, &sent);
  g_assert_cmpint (spice_link_parse_reply (bytes->data, bytes->len, &used, &got), ==, PARSE_OK);
  g_assert_cmpuint (used, ==, bytes->len);
  g_assert_cmpmem (&got, sizeof got, &sent, sizeof sent);
  for (gsize size = 0; size < bytes->len; size++)
    g_assert_cmpint (spice_link_parse_reply (bytes->data, size, &used, &got), ==, PARSE_NEED_MORE);
}

static void
put_message (GByteArray *bytes, gboolean mini, guint16 type, guint32 size)
{
  if (!mini)
    put_zeros (bytes, 8);
  put_u16 (bytes, type);
  put_u32 (bytes, size);
  if (!mini)
    put_u32 (bytes, 0);
}

static ParseResult
judge (guint8 channel, gboolean mini, guint16 type, guint32 size, gsize step)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  SpiceMessages messages;
  ParseResult result = PARSE_OK;

  put_message (bytes, mini, type, size);
  put_zeros (bytes, MIN (size, 70000));
  spice_messages_init (&messages, channel, mini);
  for (gsize at = 0; at < bytes->len && result == PARSE_OK; at += step)
    result = spice_messages_take (&messages, bytes->data + at, MIN (step, bytes->len - at));
  if (result == PARSE_OK && size < 70000)
    g_assert_cmpuint (messages.messages, ==, 1);
  return result;
}

static void
test_message_rules (void)
{
  static const struct
  {
    guint8 channel;
    guint16 type;
    guint32 min, max;
  } rules[] = {
    { SPICE_WIRE_MAIN, 1, 4, 4 },       { SPICE_WIRE_CURSOR, 2, 0, 0 },
    { SPICE_WIRE_PLAYBACK, 3, 12, 12 }, { SPICE_WIRE_MAIN, 104, 0, 0 },
    { SPICE_WIRE_MAIN, 107, 1, 2048 },  { SPICE_WIRE_DISPLAY, 101, 14, 14 },
    { SPICE_WIRE_INPUTS, 101, 4, 4 },   { SPICE_WIRE_INPUTS, 104, 1, 16 },
    { SPICE_WIRE_INPUTS, 112, 11, 11 }, { SPICE_WIRE_RECORD, 101, 4, 65536 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rules); i++)
    for (int mini = 0; mini < 2; mini++)
      for (gsize step = 1; step < 100000; step = step * 9 + 4)
        {
          const guint8 channel = rules[i].channel;
          const guint16 type = rules[i].type;

          g_assert_cmpint (judge (channel, mini, type, rules[i].min, step), ==, PARSE_OK);
          g_assert_cmpint (judge (channel, mini, type, rules[i].max, step), ==, PARSE_OK);
          if (rules[i].min > 0)
            g_assert_cmpint (judge (channel, mini, type, rules[i].min - 1, step), ==, PARSE_BAD);
          g_assert_cmpint (judge (channel, mini, type, rules[i].max + 1, step), ==, PARSE_BAD);
          g_assert_cmpint (judge (channel, mini, type, G_MAXUINT32, step), ==, PARSE_BAD);
        }
}

/* Migration, streams, ports: nothing that we do not offer. */
static void
test_message_unknown (void)
{
  for (guint channel = 0; channel < 16; channel++)
    for (guint type = 0; type < 300; type++)
      {
        gboolean known = type == 1 || type == 2 || type == 3 || type == 6;

        if (known || (type >= 101 && type <= 114))
          continue;
        g_assert_cmpint (judge (channel, TRUE, type, 0, 1), ==, PARSE_BAD);
      }
  g_assert_cmpint (judge (SPICE_WIRE_MAIN, TRUE, 110, 4, 1), ==, PARSE_BAD);
  g_assert_cmpint (judge (SPICE_WIRE_DISPLAY, TRUE, 103, 1, 1), ==, PARSE_BAD);
  g_assert_cmpint (judge (SPICE_WIRE_CURSOR, TRUE, 101, 4, 1), ==, PARSE_BAD);
}

static void
test_message_sub_list (void)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  SpiceMessages messages;

  put_message (bytes, FALSE, 1, 4);
  bytes->data[14] = 1;
  spice_messages_init (&messages, SPICE_WIRE_MAIN, FALSE);
  g_assert_cmpint (spice_messages_take (&messages, bytes->data, bytes->len), ==, PARSE_BAD);
}

static ParseResult
judge_display_init (guint64 cache, guint32 window)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  SpiceMessages messages;

  put_message (bytes, TRUE, SPICE_WIRE_DISPLAY_INIT, SPICE_WIRE_DISPLAY_INIT_BYTES);
  put_zeros (bytes, 1);
  put_u32 (bytes, cache);
  put_u32 (bytes, cache >> 32);
  put_zeros (bytes, 1);
  put_u32 (bytes, window);
  spice_messages_init (&messages, SPICE_WIRE_DISPLAY, TRUE);
  for (gsize at = 0; at < bytes->len; at++)
    if (spice_messages_take (&messages, bytes->data + at, 1) != PARSE_OK)
      return PARSE_BAD;
  return PARSE_OK;
}

static void
test_message_display_init (void)
{
  g_assert_cmpint (judge_display_init (20 << 20, 3 << 20), ==, PARSE_OK);
  g_assert_cmpint (judge_display_init (SPICE_WIRE_CACHE_PIXELS_MAX, 0), ==, PARSE_OK);
  g_assert_cmpint (judge_display_init (SPICE_WIRE_CACHE_PIXELS_MAX + 1, 0), ==, PARSE_BAD);
  g_assert_cmpint (judge_display_init (G_MAXUINT64, 0), ==, PARSE_BAD);
  g_assert_cmpint (judge_display_init (G_GUINT64_CONSTANT (1) << 32, 0), ==, PARSE_BAD);
  g_assert_cmpint (judge_display_init (0, SPICE_WIRE_WINDOW_PIXELS_MAX + 1), ==, PARSE_BAD);
  g_assert_cmpint (judge_display_init (0, G_MAXUINT32), ==, PARSE_BAD);
}

static void
test_find_session (void)
{
  for (int mini = 0; mini < 2; mini++)
    {
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      guint32 session = 0;

      put_message (bytes, mini, 3, 12);
      put_zeros (bytes, 12);
      put_message (bytes, mini, SPICE_WIRE_MAIN_INIT, 32);
      put_u32 (bytes, 77);
      for (gsize size = 0; size < bytes->len; size++)
        g_assert_cmpint (spice_messages_find_session (bytes->data, size, mini, &session), ==,
                         PARSE_NEED_MORE);
      g_assert_cmpint (spice_messages_find_session (bytes->data, bytes->len, mini, &session), ==,
                       PARSE_OK);
      g_assert_cmpuint (session, ==, 77);
    }
}

/* Three messages, however they are cut. */
static void
test_cuts (void)
{
  static const gsize sizes[] = { 0, 5, 300 };

  for (int mini = 0; mini < 2; mini++)
    for (gsize step = 1; step < 400; step += 7)
      {
        g_autoptr (GByteArray) bytes = g_byte_array_new ();
        SpiceCuts cuts = { .mini = mini };
        gsize ends[G_N_ELEMENTS (sizes)];
        guint n = 0;

        for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
          {
            put_message (bytes, mini, 304, sizes[i]);
            put_zeros (bytes, sizes[i]);
            ends[i] = bytes->len;
          }
        for (gsize at = 0; at < bytes->len;)
          {
            gsize used = spice_cuts_take (&cuts, bytes->data + at, MIN (step, bytes->len - at));

            g_assert_cmpuint (used, >, 0);
            at += used;
            g_assert_cmpuint (at, <=, ends[n]);
            if (at == ends[n])
              n++;
          }
        g_assert_cmpuint (n, ==, G_N_ELEMENTS (sizes));
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/display/spice-link/whole", test_link_whole);
  g_test_add_func ("/display/spice-link/lists", test_link_lists);
  g_test_add_func ("/display/spice-link/bad", test_link_bad);
  g_test_add_func ("/display/spice-link/channels", test_link_channels);
  g_test_add_func ("/display/spice-link/reply", test_reply);
  g_test_add_func ("/display/spice-message/rules", test_message_rules);
  g_test_add_func ("/display/spice-message/unknown", test_message_unknown);
  g_test_add_func ("/display/spice-message/sub-list", test_message_sub_list);
  g_test_add_func ("/display/spice-message/display-init", test_message_display_init);
  g_test_add_func ("/display/spice-message/find-session", test_find_session);
  g_test_add_func ("/display/spice-message/cuts", test_cuts);
  return g_test_run ();
}
