/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * QEMU's answers as lines for a person. Runs in the front ends, on text from vmm (B1).
 */
#include "config.h"

#include "monitor-text.h"

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>
#include <string.h>

#define DEPTH_MAX 32u

static void append_node (GString *text, JsonNode *node, guint depth);

static void
append_line_start (GString *text, guint depth)
{
  if (text->len > 0)
    g_string_append_c (text, '\n');
  for (guint i = 0; i < depth; i++)
    g_string_append (text, "  ");
}

static gboolean
is_simple (JsonNode *node)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    return json_object_get_size (json_node_get_object (node)) == 0;
  if (JSON_NODE_HOLDS_ARRAY (node))
    return json_array_get_length (json_node_get_array (node)) == 0;
  return TRUE;
}

static void
append_simple (GString *text, JsonNode *node)
{
  if (!JSON_NODE_HOLDS_VALUE (node))
    g_string_append (text, "—"); /* nothing: null, or nothing in it */
  else if (json_node_get_value_type (node) == G_TYPE_STRING)
    g_string_append (text, json_node_get_string (node));
  else
    {
      g_autofree char *value = json_to_string (node, FALSE);

      g_string_append (text, value);
    }
}

/* "name: value", or the name above what it holds. */
static void
append_member (GString *text, const char *name, JsonNode *node, guint depth)
{
  append_line_start (text, depth);
  g_string_append_printf (text, "%s:", name);
  if (!is_simple (node))
    {
      append_node (text, node, depth + 1);
      return;
    }
  g_string_append_c (text, ' ');
  append_simple (text, node);
}

static void
append_object (GString *text, JsonObject *object, guint depth)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    append_member (text, name, node, depth);
}

static void
append_array (GString *text, JsonArray *array, guint depth)
{
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      g_autofree char *number = g_strdup_printf ("%u", i + 1);
      JsonNode *node = json_array_get_element (array, i);

      append_member (text, number, node, depth);
    }
}

static void
append_node (GString *text, JsonNode *node, guint depth)
{
  if (depth > DEPTH_MAX)
    g_string_append (text, " …");
  else if (JSON_NODE_HOLDS_OBJECT (node) && !is_simple (node))
    append_object (text, json_node_get_object (node), depth);
  else if (JSON_NODE_HOLDS_ARRAY (node) && !is_simple (node))
    append_array (text, json_node_get_array (node), depth);
  else
    append_simple (text, node);
}

/* What QEMU wrote for people itself, or NULL. */
static const char *
own_text (JsonNode *value)
{
  JsonNode *text = NULL;

  if (JSON_NODE_HOLDS_OBJECT (value))
    text = json_object_get_member (json_node_get_object (value), "human-readable-text");
  else if (JSON_NODE_HOLDS_VALUE (value))
    text = value;
  return text != NULL && JSON_NODE_HOLDS_VALUE (text) ? json_node_get_string (text) : NULL;
}

/* QEMU ends its lines as terminals do, and may end with a newline. */
static char *
tidy (const char *own)
{
  g_auto (GStrv) pieces = g_strsplit (own, "\r", -1);

  return g_strchomp (g_strjoinv (NULL, pieces));
}

char *
monitor_text_format (const char *reply)
{
  g_autoptr (JsonNode) root = json_from_string (reply, NULL);
  JsonNode *value = NULL;
  GString *text;

  if (root != NULL && JSON_NODE_HOLDS_OBJECT (root))
    value = json_object_get_member (json_node_get_object (root), "return");
  if (value == NULL)
    return g_utf8_make_valid (reply, -1);
  if (own_text (value) != NULL)
    return tidy (own_text (value));
  if (is_simple (value) && !JSON_NODE_HOLDS_VALUE (value))
    return g_strdup (JSON_NODE_HOLDS_ARRAY (value) ? _ ("None.") : _ ("Done."));
  text = g_string_new (NULL);
  append_node (text, value, 0);
  return g_string_free (text, FALSE);
}
