/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Clipboard texts as VNC viewers send them (any machine on the network may have written them). Runs
 * in vitrine-display. Pure; must never assert on input nor unpack without a limit.
 */
#include "vnc-clipboard-parse.h"

#include "clipboard/line-ends.h"

#include <gio/gio.h>

ParseResult
vnc_clipboard_parse (const guint8 *data, gsize size, VncClipboardMessage *ret_message)
{
  Cursor cursor = cursor_init (data, size);
  guint32 flags = cursor_u32_be (&cursor);
  VncClipboardMessage message = { .formats = flags & VNC_CLIPBOARD_FORMATS,
                                  .actions = flags & VNC_CLIPBOARD_ACTIONS };

  if (cursor.failed)
    return PARSE_BAD;
  if (flags & VNC_CLIPBOARD_CAPS)
    {
      message.action = VNC_CLIPBOARD_CAPS;
      for (guint i = 0; i < 16; i++)
        if (message.formats & (1u << i))
          cursor_u32_be (&cursor);
      if (!cursor_is_done (&cursor))
        return PARSE_BAD;
    }
  else
    {
      /* One action at a time. */
      if (message.actions == 0 || (message.actions & (message.actions - 1)) != 0)
        return PARSE_BAD;
      message.action = message.actions;
      if (message.action != VNC_CLIPBOARD_PROVIDE && !cursor_is_done (&cursor))
        return PARSE_BAD;
      message.packed = data + cursor.offset;
      message.packed_size = cursor_left (&cursor);
    }
  *ret_message = message;
  return PARSE_OK;
}

/* All of it, or NULL if it is damaged or too long. TigerVNC flushes its streams and never ends
 * them, so the end of the message is one too; a text that is cut off is shorter than it says. */
static GByteArray *
convert (GConverter *converter, const guint8 *data, gsize size, gsize most)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  guint8 buffer[16 * 1024];

  while (TRUE)
    {
      g_autoptr (GError) error = NULL;
      gsize used = 0, made = 0;
      GConverterResult result =
          g_converter_convert (converter, data, size, buffer, sizeof buffer,
                               G_CONVERTER_INPUT_AT_END, &used, &made, &error);

      if (size == 0 && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT))
        return g_steal_pointer (&out);
      if (result == G_CONVERTER_ERROR || made > most - out->len)
        return NULL;
      g_byte_array_append (out, buffer, made);
      data += used;
      size -= used;
      if (result == G_CONVERTER_FINISHED)
        return g_steal_pointer (&out);
      if (used == 0 && made == 0)
        return NULL;
    }
}

/* Plain line ends, up to the first NUL. */
static GBytes *
clean_text (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) text = line_ends_to_lf (data, strnlen ((const char *) data, size));

  data = g_bytes_get_data (text, &size);
  if (size == 0 || !g_utf8_validate_len ((const char *) data, size, NULL))
    return NULL;
  return g_steal_pointer (&text);
}

GBytes *
vnc_clipboard_unpack (const VncClipboardMessage *message)
{
  g_autoptr (GConverter) inflate =
      G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB));
  g_autoptr (GByteArray) out = NULL;
  Cursor cursor;
  guint32 size;

  if (!(message->formats & VNC_CLIPBOARD_TEXT))
    return NULL;
  out = convert (inflate, message->packed, message->packed_size, VNC_CLIPBOARD_UNPACKED_MAX);
  if (out == NULL)
    return NULL;
  cursor = cursor_init (out->data, out->len);
  size = cursor_u32_be (&cursor);
  if (cursor.failed || size > cursor_left (&cursor))
    return NULL;
  return clean_text (out->data + cursor.offset, size);
}

GBytes *
vnc_clipboard_pack (GBytes *text)
{
  g_autoptr (GConverter) deflate =
      G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB, 6));
  g_autoptr (GByteArray) plain = g_byte_array_new ();
  g_autoptr (GByteArray) packed = NULL;
  g_autoptr (GBytes) lines =
      line_ends_to_crlf (g_bytes_get_data (text, NULL), g_bytes_get_size (text));
  gsize size;
  const guint8 *data = g_bytes_get_data (lines, &size);
  guint32 head = 0;

  g_byte_array_append (plain, (const guint8 *) &head, sizeof head);
  g_byte_array_append (plain, data, size);
  g_byte_array_append (plain, (const guint8 *) "", 1);
  head = GUINT32_TO_BE (plain->len - sizeof head);
  memcpy (plain->data, &head, sizeof head);
  packed = convert (deflate, plain->data, plain->len, G_MAXINT32);
  return packed != NULL ? g_byte_array_free_to_bytes (g_steal_pointer (&packed)) : NULL;
}

GBytes *
vnc_clipboard_from_latin1 (const guint8 *data, gsize size)
{
  g_autoptr (GByteArray) out = g_byte_array_sized_new (size);

  for (gsize i = 0; i < size && data[i] != '\0'; i++)
    {
      guint8 two[] = { 0xc0 | data[i] >> 6, 0x80 | (data[i] & 0x3f) };

      if (data[i] < 0x80)
        g_byte_array_append (out, &data[i], 1);
      else
        g_byte_array_append (out, two, sizeof two);
    }
  return out->len > 0 ? g_byte_array_free_to_bytes (g_steal_pointer (&out)) : NULL;
}

GByteArray *
vnc_clipboard_to_latin1 (GBytes *text)
{
  gsize size;
  const char *at = g_bytes_get_data (text, &size);
  const char *end = at + size;
  GByteArray *out = g_byte_array_sized_new (size);

  for (; at < end; at = g_utf8_next_char (at))
    {
      gunichar character = g_utf8_get_char (at);
      guint8 byte = character <= 0xff ? character : '?';

      g_byte_array_append (out, &byte, 1);
    }
  return out;
}
