/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The doctor's verdict for people. Runs in `vitrine`.
 */
#include "config.h"

#include "host-notice.h"

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>

/* A string member that may be missing or of another type. */
static const char *
get_string (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : "";
}

gboolean
host_notice_from_doctor (const char *json, char **ret_title, char **ret_text)
{
  g_autoptr (JsonNode) root = json_from_string (json, NULL);
  JsonNode *node = NULL;
  JsonObject *kvm;

  if (root && JSON_NODE_HOLDS_OBJECT (root))
    node = json_object_get_member (json_node_get_object (root), "kvm");
  if (!node || !JSON_NODE_HOLDS_OBJECT (node))
    return FALSE;
  kvm = json_node_get_object (node);
  if (g_str_equal (get_string (kvm, "verdict"), "usable"))
    {
      *ret_title = g_strdup (_ ("Hardware virtualisation (KVM) will be used"));
      *ret_text = g_strdup (get_string (kvm, "reason"));
      return TRUE;
    }
  *ret_title = g_strdup (_ ("KVM cannot be used here"));
  *ret_text = g_strstrip (
      g_strdup_printf ("%s %s", get_string (kvm, "reason"), get_string (kvm, "remedy")));
  return TRUE;
}
