/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Answers to QEMU's calls. Runs in vitrine-display on the thread of the reader. Must never wait for
 * QEMU to read them.
 */
#include "dbus-answer.h"

static void
send_answer (DbusReader *reader, const DbusHead *head, GDBusMessage *take_message)
{
  g_autoptr (GDBusMessage) message = take_message;
  g_autofree guint8 *blob = NULL;
  gsize size;

  g_dbus_message_set_serial (message, ++reader->serial);
  g_dbus_message_set_reply_serial (message, head->serial);
  g_dbus_message_set_flags (message, G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED);
  blob = g_dbus_message_to_blob (message, &size, G_DBUS_CAPABILITY_FLAGS_NONE, NULL);
  if (blob != NULL)
    dbus_reader_answer (reader, blob, size);
}

void
dbus_answer_values (DbusReader *reader, const DbusHead *head, GVariant *values)
{
  g_autoptr (GVariant) body = values != NULL ? g_variant_ref_sink (values) : NULL;
  GDBusMessage *message;

  if (!head->wants_reply)
    return;
  message = g_dbus_message_new ();
  g_dbus_message_set_message_type (message, G_DBUS_MESSAGE_TYPE_METHOD_RETURN);
  if (body != NULL)
    g_dbus_message_set_body (message, body);
  send_answer (reader, head, message);
}

void
dbus_answer_refuse (DbusReader *reader, const DbusHead *head, const char *text)
{
  GDBusMessage *message;

  if (!head->wants_reply)
    return;
  message = g_dbus_message_new ();
  g_dbus_message_set_message_type (message, G_DBUS_MESSAGE_TYPE_ERROR);
  g_dbus_message_set_error_name (message, "org.freedesktop.DBus.Error.NotSupported");
  g_dbus_message_set_body (message, g_variant_new ("(s)", text));
  send_answer (reader, head, message);
}
