/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A message of the extended clipboard, with its compressed text.
 */
#include "vnc/vnc-clipboard-parse.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  VncClipboardMessage message;
  g_autoptr (GBytes) latin = vnc_clipboard_from_latin1 (data, size);
  g_autoptr (GBytes) text = NULL;

  if (latin != NULL)
    {
      gsize length;
      const char *bytes = g_bytes_get_data (latin, &length);
      g_autoptr (GByteArray) back = vnc_clipboard_to_latin1 (latin);

      g_assert_true (g_utf8_validate_len (bytes, length, NULL));
      g_assert_cmpmem (back->data, back->len, data, back->len);
    }
  if (vnc_clipboard_parse (data, size, &message) != PARSE_OK ||
      message.action != VNC_CLIPBOARD_PROVIDE)
    return 0;
  g_assert_cmpuint (message.packed_size, <, size);
  text = vnc_clipboard_unpack (&message);
  if (text == NULL)
    return 0;
  g_assert_cmpuint (g_bytes_get_size (text), <=, VNC_CLIPBOARD_UNPACKED_MAX);
  g_assert_true (g_utf8_validate_len (g_bytes_get_data (text, NULL), g_bytes_get_size (text), NULL));
  return 0;
}
