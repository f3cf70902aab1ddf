/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Sentences on limits. Runs in the front ends.
 */
#include "config.h"

#include "limits-text.h"

#include "bounded-text.h"

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

static const struct
{
  const char *mechanism;
  const char *text;
} sentences[] = {
  { "scope",
    N_ ("The kernel holds processor time, memory and processes (a control group in a systemd "
        "scope), QEMU the disks, vitrine-net the network.") },
  { "delegated",
    N_ ("The kernel holds processor time, memory and processes (a control group that was delegated "
        "to you), QEMU the disks, vitrine-net the network.") },
  { "root",
    N_ ("The kernel holds processor time, memory and processes (a control group made by root), "
        "QEMU the disks, vitrine-net the network.") },
};

gboolean
limits_text_holds (GVariant *now, const char *limit)
{
  g_autofree char *name = g_strconcat ("holds-", limit, NULL);
  gboolean holds = TRUE; /* what vmm does not list needs no control group */

  g_variant_lookup (now, name, "b", &holds);
  return holds;
}

char *
limits_text_running (GVariant *now)
{
  const char *mechanism = "none";
  const char *why = NULL;
  g_autofree char *line = NULL;

  g_variant_lookup (now, "mechanism", "&s", &mechanism);
  if (g_variant_lookup (now, "why-no-cgroup", "&s", &why))
    {
      line = bounded_text_line (why);
      /* Translators: %s is the end of a sentence in English, without a full stop. */
      return g_strdup_printf (_ ("Those of the disks, the network and descriptors hold here; those "
                                 "of processor time, memory and processes do not: %s."),
                              line);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (sentences); i++)
    if (g_str_equal (sentences[i].mechanism, mechanism))
      return g_strdup (_ (sentences[i].text));
  return NULL;
}

/* The level of the doctor's layer "cgroup". */
static const char *
find_level (JsonObject *root)
{
  JsonNode *layers = json_object_get_member (root, "layers");
  JsonArray *array =
      layers && JSON_NODE_HOLDS_ARRAY (layers) ? json_node_get_array (layers) : NULL;

  for (guint i = 0; array && i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);
      JsonObject *layer = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;

      if (layer && !g_strcmp0 (json_object_get_string_member_with_default (layer, "layer", ""),
                               "cgroup"))
        return json_object_get_string_member_with_default (layer, "level", NULL);
    }
  return NULL;
}

char *
limits_text_stopped (const char *doctor)
{
  g_autoptr (JsonNode) root = json_from_string (doctor, NULL);
  const char *level = root && JSON_NODE_HOLDS_OBJECT (root)
                          ? find_level (json_node_get_object (root))
                          : NULL;

  if (!level)
    return NULL;
  if (g_str_equal (level, "green"))
    return g_strdup (_ ("All of them will hold on this host: the kernel holds processor time, "
                        "memory and processes by a control group, QEMU the disks, vitrine-net the "
                        "network."));
  return g_strdup (_ ("Those of the disks, the network and descriptors will hold; those of processor "
                      "time, memory and processes will not, since nobody gives you a control group "
                      "here (a systemd user session does)."));
}
