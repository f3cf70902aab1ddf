/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * QMP lines to messages. Runs in vitrine-vmm over bytes of a QEMU that may be taken over, so it
 * asserts on nothing it reads and bounds everything it keeps.
 */
#include "qmp-parse.h"

#include "json-guard.h"

#include <string.h>

static const JsonLimits qmp_limits = {
  .bytes_max = QMP_LINE_MAX,
  .depth_max = QMP_DEPTH_MAX,
  .values_max = QMP_VALUES_MAX,
  .string_max = QMP_STRING_MAX,
};

void
qmp_message_free (QmpMessage *message)
{
  g_clear_pointer (&message->data, json_node_unref);
  g_free (message);
}

void
qmp_copy_printable (char *out, gsize max, const char *text)
{
  gsize length = 0;

  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);
      gsize bytes = g_utf8_next_char (at) - at;

      if (!g_unichar_isprint (c))
        bytes = 1;
      if (bytes > max - length)
        break;
      memcpy (out + length, g_unichar_isprint (c) ? at : " ", bytes);
      length += bytes;
    }
  out[length] = '\0';
}

static const char *
parse_greeting (QmpMessage *message, JsonNode *root)
{
  JsonNode *greeting = json_guard_object (root, "QMP");
  JsonNode *version = json_guard_object (greeting, "version");
  JsonNode *numbers = json_guard_object (version, "qemu");

  if (numbers == NULL)
    return "sent a greeting without a version";
  message->kind = QMP_GREETING;
  message->version_major = CLAMP (json_guard_int (numbers, "major"), 0, 10000);
  message->version_minor = CLAMP (json_guard_int (numbers, "minor"), 0, 10000);
  message->version_micro = CLAMP (json_guard_int (numbers, "micro"), 0, 10000);
  return NULL;
}

static const char *
parse_error (QmpMessage *message, JsonNode *root)
{
  JsonNode *error = json_guard_object (root, "error");
  const char *text = json_guard_string (error, "desc");
  const char *name = json_guard_string (error, "class");

  if (text == NULL || name == NULL)
    return "sent an error without a description";
  message->kind = QMP_ERROR;
  message->id = MAX (json_guard_int (root, "id"), 0);
  qmp_copy_printable (message->name, QMP_NAME_MAX, name);
  qmp_copy_printable (message->text, QMP_ERROR_TEXT_MAX, text);
  return NULL;
}

static const char *
parse_event (QmpMessage *message, JsonNode *root)
{
  const char *name = json_guard_string (root, "event");
  JsonNode *data = json_guard_object (root, "data");

  if (name == NULL || strlen (name) > QMP_NAME_MAX)
    return "sent an event without a proper name";
  message->kind = QMP_EVENT;
  qmp_copy_printable (message->name, QMP_NAME_MAX, name);
  message->data = data != NULL ? json_node_copy (data) : NULL;
  return NULL;
}

/* Fills `message`; returns what is wrong with it, or NULL. */
static const char *
parse_root (QmpMessage *message, JsonNode *root)
{
  JsonObject *object;

  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    return "sent something that is no object";
  object = json_node_get_object (root);
  if (json_object_has_member (object, "QMP"))
    return parse_greeting (message, root);
  if (json_object_has_member (object, "error"))
    return parse_error (message, root);
  if (json_object_has_member (object, "event"))
    return parse_event (message, root);
  if (!json_object_has_member (object, "return"))
    return "sent an object that is no message";
  message->kind = QMP_RETURN;
  message->id = MAX (json_guard_int (root, "id"), 0);
  message->data = json_node_copy (json_object_get_member (object, "return"));
  return NULL;
}

ParseResult
qmp_parse (const char *data,
           gsize size,
           QmpMessage **ret_message,
           gsize *ret_used,
           const char **ret_why)
{
  const char *end = memchr (data, '\n', MIN (size, QMP_LINE_MAX));
  g_autoptr (JsonParser) parser = NULL;
  g_autoptr (QmpMessage) message = NULL;
  gsize length;

  if (end == NULL)
    {
      *ret_why = "sent a line that is too long";
      return size >= QMP_LINE_MAX ? PARSE_BAD : PARSE_NEED_MORE;
    }
  length = end - data;
  if (length > 0 && data[length - 1] == '\r')
    length--;
  if (length > 0)
    {
      *ret_why = "sent a line that is not JSON within the limits";
      if (!json_guard_check (data, length, &qmp_limits, NULL))
        return PARSE_BAD;
      parser = json_parser_new_immutable ();
      if (!json_parser_load_from_data (parser, data, length, NULL))
        return PARSE_BAD;
      message = g_new0 (QmpMessage, 1);
      *ret_why = parse_root (message, json_parser_get_root (parser));
      if (*ret_why != NULL)
        return PARSE_BAD;
    }
  *ret_used = end - data + 1;
  *ret_message = g_steal_pointer (&message);
  return PARSE_OK;
}
