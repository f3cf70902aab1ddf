/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Clipboards as VNC viewers describe them: every length, zip bombs, wrong types.
 */
#include "front/rfb-parse.h"
#include "vnc/vnc-clipboard-parse.h"

#include <gio/gio.h>

/* --- VNC --- */

static ParseResult
parse_length (guint32 length, RfbRequest *ret_request)
{
  guint8 message[8] = { RFB_REQUEST_CUT_TEXT };
  guint32 big = GUINT32_TO_BE (length);
  gsize used;

  memcpy (message + 4, &big, sizeof big);
  return rfb_parse_request (message, sizeof message, ret_request, &used);
}

static void
test_lengths (void)
{
  RfbRequest request;

  g_assert_cmpint (parse_length (0, &request), ==, PARSE_OK);
  g_assert_cmpint (parse_length (1 << 20, &request), ==, PARSE_OK);
  g_assert_false (request.cut_text.extended);
  g_assert_cmpuint (request.cut_text.size, ==, 1 << 20);
  g_assert_cmpint (parse_length ((1 << 20) + 1, &request), ==, PARSE_BAD);
  g_assert_cmpint (parse_length (1u << 31, &request), ==, PARSE_BAD);
  g_assert_cmpint (parse_length (G_MAXUINT32, &request), ==, PARSE_BAD);
  g_assert_cmpint (parse_length (-3, &request), ==, PARSE_BAD);
  g_assert_cmpint (parse_length (-4, &request), ==, PARSE_OK);
  g_assert_true (request.cut_text.extended);
  g_assert_cmpuint (request.cut_text.size, ==, 4);
  g_assert_cmpint (parse_length (-(1 << 20), &request), ==, PARSE_OK);
  g_assert_cmpint (parse_length (-(1 << 20) - 1, &request), ==, PARSE_BAD);
}

static ParseResult
parse_flags (guint32 flags, gsize extra, VncClipboardMessage *ret_message)
{
  guint8 message[128] = { flags >> 24, flags >> 16, flags >> 8, flags };

  return vnc_clipboard_parse (message, 4 + extra, ret_message);
}

static void
test_messages (void)
{
  const guint32 text = VNC_CLIPBOARD_TEXT;
  VncClipboardMessage message;

  g_assert_cmpint (vnc_clipboard_parse ((const guint8 *) "abc", 3, &message), ==, PARSE_BAD);
  g_assert_cmpint (parse_flags (0, 0, &message), ==, PARSE_BAD);
  g_assert_cmpint (parse_flags (VNC_CLIPBOARD_REQUEST | text, 0, &message), ==, PARSE_OK);
  g_assert_cmpuint (message.action, ==, VNC_CLIPBOARD_REQUEST);
  g_assert_cmpint (parse_flags (VNC_CLIPBOARD_REQUEST | text, 1, &message), ==, PARSE_BAD);
  g_assert_cmpint (parse_flags (VNC_CLIPBOARD_REQUEST | VNC_CLIPBOARD_PEEK, 0, &message), ==,
                   PARSE_BAD);
  /* One size for each format, no more, no less. */
  g_assert_cmpint (parse_flags (VNC_CLIPBOARD_CAPS | 0x1f000003, 8, &message), ==, PARSE_OK);
  g_assert_cmpint (parse_flags (VNC_CLIPBOARD_CAPS | 0x1f000003, 4, &message), ==, PARSE_BAD);
  g_assert_cmpint (parse_flags (VNC_CLIPBOARD_CAPS | 0x1f000003, 12, &message), ==, PARSE_BAD);
  g_assert_cmpint (parse_flags (VNC_CLIPBOARD_CAPS | 0x1f00ffff, 64, &message), ==, PARSE_OK);
}

static GBytes *
deflate (gconstpointer data, gsize size)
{
  g_autoptr (GConverter) converter =
      G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB, 9));
  g_autoptr (GInputStream) plain = g_memory_input_stream_new_from_data (data, size, NULL);
  g_autoptr (GInputStream) packed = g_converter_input_stream_new (plain, converter);
  GByteArray *out = g_byte_array_new ();
  guint8 buffer[4096];
  gssize got;

  while ((got = g_input_stream_read (packed, buffer, sizeof buffer, NULL, NULL)) > 0)
    g_byte_array_append (out, buffer, got);
  return g_byte_array_free_to_bytes (out);
}

static GBytes *
unpack (gconstpointer plain, gsize size)
{
  g_autoptr (GBytes) packed = deflate (plain, size);
  VncClipboardMessage message = { VNC_CLIPBOARD_PROVIDE, VNC_CLIPBOARD_TEXT, 0,
                                  g_bytes_get_data (packed, NULL), g_bytes_get_size (packed) };

  return vnc_clipboard_unpack (&message);
}

static void
assert_unpacks (const char *plain, gsize size, const char *expected)
{
  g_autoptr (GBytes) text = unpack (plain, size);

  g_assert_true ((text != NULL) == (expected != NULL));
  if (expected != NULL)
    g_assert_cmpmem (g_bytes_get_data (text, NULL), g_bytes_get_size (text), expected,
                     strlen (expected));
}

static void
test_unpack (void)
{
  g_autofree guint8 *bomb = g_malloc0 (64 << 20);
  g_autoptr (GBytes) packed_bomb = NULL;
  VncClipboardMessage message = { VNC_CLIPBOARD_PROVIDE, VNC_CLIPBOARD_TEXT };

  assert_unpacks ("\0\0\0\4a\r\nb", 8, "a\nb");
  assert_unpacks ("\0\0\0\3a\0b", 7, "a");
  assert_unpacks ("\0\0\0\1a and more", 14, "a");
  assert_unpacks ("\0\0\0\5abcd", 8, NULL); /* says more than there is */
  assert_unpacks ("\xff\xff\xff\xff" "abcd", 8, NULL);
  assert_unpacks ("\0\0\0\0", 4, NULL);
  assert_unpacks ("\0\0", 2, NULL);
  assert_unpacks ("\0\0\0\2\xff\xfe", 6, NULL);
  /* 64 MiB in 64 KiB. */
  packed_bomb = deflate (bomb, 64 << 20);
  message.packed = g_bytes_get_data (packed_bomb, &message.packed_size);
  g_assert_cmpuint (message.packed_size, <, 1 << 20);
  g_assert_null (vnc_clipboard_unpack (&message));
  /* Cut off, and no deflate at all. */
  message.packed_size /= 2;
  g_assert_null (vnc_clipboard_unpack (&message));
  message.packed = bomb;
  message.packed_size = 100;
  g_assert_null (vnc_clipboard_unpack (&message));
  message.packed_size = 0;
  g_assert_null (vnc_clipboard_unpack (&message));
}

static void
test_round_trip (void)
{
  static const char text[] = "h\xc3\xa9llo\n\xed\x95\x9c\n";
  g_autoptr (GBytes) plain = g_bytes_new_static (text, strlen (text));
  g_autoptr (GBytes) packed = vnc_clipboard_pack (plain);
  g_autoptr (GBytes) again = NULL;
  g_autoptr (GByteArray) latin = vnc_clipboard_to_latin1 (plain);
  g_autoptr (GBytes) back = NULL;
  VncClipboardMessage message = { VNC_CLIPBOARD_PROVIDE, VNC_CLIPBOARD_TEXT, 0,
                                  g_bytes_get_data (packed, NULL), g_bytes_get_size (packed) };

  again = vnc_clipboard_unpack (&message);
  g_assert_true (g_bytes_equal (again, plain));
  g_assert_cmpmem (latin->data, latin->len, "h\xe9llo\n?\n", 8);
  back = vnc_clipboard_from_latin1 (latin->data, latin->len);
  g_assert_cmpmem (g_bytes_get_data (back, NULL), g_bytes_get_size (back), "h\xc3\xa9llo\n?\n", 9);
  g_assert_null (vnc_clipboard_from_latin1 ((const guint8 *) "\0a", 2));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/clipboard-texts/vnc/lengths", test_lengths);
  g_test_add_func ("/clipboard-texts/vnc/messages", test_messages);
  g_test_add_func ("/clipboard-texts/vnc/unpack", test_unpack);
  g_test_add_func ("/clipboard-texts/vnc/round-trip", test_round_trip);
  return g_test_run ();
}
