/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The monitor's allow-list: its rules in allow-list-verbs.c applied to what a person typed. Runs in
 * vitrine-vmm between the control socket and QMP.
 */
#include "allow-list.h"

#include "monitor/allow-list-verbs.h"
#include "qmp/json-guard.h"

#include <gio/gio.h>
#include <string.h>

static gboolean
matches (const char *pattern, const char *name)
{
  gsize length = strlen (pattern);

  if (pattern[length - 1] == '*')
    return strncmp (pattern, name, length - 1) == 0 && name[length - 1] != '\0';
  return strcmp (pattern, name) == 0;
}

gboolean
allow_list_allows (const char *name, const char **ret_reason)
{
  for (const AllowListVerb *verb = allow_list_verbs; verb->name != NULL; verb++)
    if (matches (verb->name, name))
      {
        *ret_reason = verb->reason;
        return verb->allowed;
      }
  *ret_reason = ALLOW_LIST_UNKNOWN;
  return FALSE;
}

/* The human monitor is a way past this list, but for lines that were read and written down here. */
static gboolean
is_harmless_line (const char *name, JsonNode *arguments)
{
  const char *line;

  if (strcmp (name, "human-monitor-command") != 0 || arguments == NULL ||
      json_object_get_size (json_node_get_object (arguments)) != 1)
    return FALSE;
  line = json_guard_string (arguments, "command-line");
  return line != NULL && g_strv_contains (allow_list_lines, line);
}

static const JsonLimits command_limits = {
  .bytes_max = ALLOW_LIST_COMMAND_BYTES_MAX,
  .depth_max = 8,
  .values_max = 1000,
  .string_max = 1024,
};

static gboolean
fail (GError **error, const char *why)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               "This is no command for the monitor: it %s. Write {\"execute\": \"NAME\", "
               "\"arguments\": {…}}",
               why);
  return FALSE;
}

static gboolean
has_only_known_members (JsonObject *object)
{
  g_autoptr (GList) members = json_object_get_members (object);

  for (GList *l = members; l != NULL; l = l->next)
    if (strcmp (l->data, "execute") != 0 && strcmp (l->data, "arguments") != 0)
      return FALSE;
  return TRUE;
}

/* The name must be one that can be quoted in a message and in QMP. */
static gboolean
is_name (const char *name)
{
  return *name != '\0' && strlen (name) <= 64 &&
         strspn (name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
             strlen (name);
}

gboolean
allow_list_check (const char *json, char **ret_name, JsonObject **ret_arguments, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  const char *why = NULL;
  const char *name;
  JsonNode *root;
  JsonNode *arguments;

  if (!json_guard_check (json, strlen (json), &command_limits, &why))
    return fail (error, why);
  if (!json_parser_load_from_data (parser, json, -1, NULL))
    return fail (error, "is not JSON");
  root = json_parser_get_root (parser);
  name = json_guard_string (root, "execute");
  if (name == NULL || !is_name (name))
    return fail (error, "lacks the name of a command");
  if (!has_only_known_members (json_node_get_object (root)))
    return fail (error, "has another member than “execute” and “arguments”");
  arguments = json_guard_object (root, "arguments");
  if (arguments == NULL && json_object_has_member (json_node_get_object (root), "arguments"))
    return fail (error, "has arguments that are no object");
  if (!is_harmless_line (name, arguments) && !allow_list_allows (name, &why))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                   "The monitor's “%s” is refused because it %s", name, why);
      return FALSE;
    }
  *ret_name = g_strdup (name);
  *ret_arguments = arguments != NULL ? json_node_dup_object (arguments) : NULL;
  return TRUE;
}
