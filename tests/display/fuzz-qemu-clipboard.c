/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * B4, the clipboard: bytes of D-Bus as from QEMU, read as its calls and as its answers to ours.
 */
#include "qemu/qemu-clipboard-parse.h"

#include <gio/gio.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
take_call (GDBusMessage *message)
{
  QemuClipboardCall call;

  if (qemu_clipboard_parse_call (g_dbus_message_get_member (message),
                                 g_dbus_message_get_body (message), &call) != PARSE_OK)
    return;
  g_assert_cmpint (call.verb, <=, QEMU_CLIPBOARD_REQUEST);
  g_assert_cmpuint (call.selection, <=, QEMU_CLIPBOARD_SELECTION_LAST);
  g_assert_cmpuint (call.kinds & ~CLIPBOARD_KINDS_ALL, ==, 0);
}

static void
take_contents (GDBusMessage *message, ClipboardKinds kind)
{
  g_autoptr (GBytes) contents = NULL;

  if (qemu_clipboard_parse_contents (g_dbus_message_get_body (message), kind, &contents) !=
          PARSE_OK ||
      contents == NULL)
    return;
  g_assert_cmpuint (g_bytes_get_size (contents), >, 0);
  g_assert_cmpuint (g_bytes_get_size (contents), <=, CLIPBOARD_BYTES_MAX);
  /* What the broker asks of them before they go anywhere. */
  clipboard_check_data (kind, g_bytes_get_data (contents, NULL), g_bytes_get_size (contents));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GDBusMessage) message = NULL;

  if (size < 16)
    return 0;
  message = g_dbus_message_new_from_blob ((guchar *) data, size, G_DBUS_CAPABILITY_FLAGS_NONE, NULL);
  if (message == NULL)
    return 0;
  take_call (message);
  take_contents (message, CLIPBOARD_TEXT);
  take_contents (message, CLIPBOARD_PNG);
  return 0;
}
