/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Reads reports of drills. Runs in the front ends. A way whose result is no known word counts as
 * open: nothing is held that is not said to be.
 */
#include "config.h"

#include "drill-result.h"

#include "bounded-text.h"

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>
#include <string.h>

static void
way_free (gpointer data)
{
  DrillWay *way = data;

  g_free (way->name);
  g_free (way->what);
  g_free (way);
}

static void
jail_free (gpointer data)
{
  DrillJailResult *jail = data;

  g_free (jail->process);
  g_ptr_array_unref (jail->ways);
  g_free (jail);
}

/* A member that is text, fit to be shown; "" if there is none. */
static char *
text_of (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return bounded_text_line (node && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node)
                                                                 : NULL);
}

static JsonArray *
array_of (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static JsonObject *
element_of (JsonArray *array, guint index)
{
  JsonNode *node = json_array_get_element (array, index);

  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static DrillWayResult
result_from_word (const char *word)
{
  if (strcmp (word, "refused") == 0 || strcmp (word, "killed") == 0 ||
      strcmp (word, "bounded") == 0)
    return DRILL_WAY_CLOSED;
  if (strcmp (word, "unbounded") == 0)
    return DRILL_WAY_UNBOUNDED;
  return strcmp (word, "needed") == 0 ? DRILL_WAY_NEEDED : DRILL_WAY_OPEN;
}

static DrillWay *
parse_way (JsonObject *object)
{
  DrillWay *way = g_new0 (DrillWay, 1);
  g_autofree char *word = text_of (object, "result");

  way->name = text_of (object, "name");
  way->what = text_of (object, "what");
  way->result = result_from_word (word);
  return way;
}

/* NULL if it is not what a report has. */
static DrillJailResult *
parse_jail (JsonObject *object)
{
  JsonArray *ways = object ? array_of (object, "ways") : NULL;
  guint n = ways ? json_array_get_length (ways) : 0;
  DrillJailResult *jail;

  if (n == 0 || n > DRILL_RESULT_WAYS_MAX)
    return NULL;
  jail = g_new0 (DrillJailResult, 1);
  jail->process = text_of (object, "process");
  jail->ways = g_ptr_array_new_with_free_func (way_free);
  for (guint i = 0; i < n; i++)
    {
      JsonObject *way = element_of (ways, i);

      if (!way)
        {
          jail_free (jail);
          return NULL;
        }
      g_ptr_array_add (jail->ways, parse_way (way));
    }
  return jail;
}

GPtrArray *
drill_result_parse (const char *json)
{
  g_autoptr (JsonNode) root = json_from_string (json, NULL);
  g_autoptr (GPtrArray) jails = g_ptr_array_new_with_free_func (jail_free);
  JsonArray *array = NULL;
  guint n;

  if (root && JSON_NODE_HOLDS_OBJECT (root))
    array = array_of (json_node_get_object (root), "jails");
  n = array ? json_array_get_length (array) : 0;
  if (n == 0 || n > DRILL_RESULT_JAILS_MAX)
    return NULL;
  for (guint i = 0; i < n; i++)
    {
      DrillJailResult *jail = parse_jail (element_of (array, i));

      if (!jail)
        return NULL;
      g_ptr_array_add (jails, jail);
    }
  return g_steal_pointer (&jails);
}

guint
drill_result_count (const DrillJailResult *jail, DrillWayResult result)
{
  guint n = 0;

  for (guint i = 0; i < jail->ways->len; i++)
    n += ((DrillWay *) jail->ways->pdata[i])->result == result;
  return n;
}

guint
drill_result_count_all (GPtrArray *jails, DrillWayResult result)
{
  guint n = 0;

  for (guint i = 0; i < jails->len; i++)
    n += drill_result_count (jails->pdata[i], result);
  return n;
}

static char *
describe_ways (const DrillJailResult *jail)
{
  guint n_open = drill_result_count (jail, DRILL_WAY_OPEN);
  guint n_needed = drill_result_count (jail, DRILL_WAY_NEEDED);
  guint n = jail->ways->len;

  if (n_open > 0)
    return g_strdup_printf (
        ngettext ("%u of %u ways out is open.", "%u of %u ways out are open.", n_open), n_open, n);
  if (n_needed > 0 && g_strcmp0 (jail->process, "net") == 0)
    return g_strdup_printf (_ ("%u ways out were tried and are closed, but for %u into the host's "
                               "network, which is what the process is for."),
                            n, n_needed);
  if (n_needed > 0)
    return g_strdup_printf (_ ("%u ways out were tried and are closed, but for %u that the process "
                               "cannot do its work without."),
                            n, n_needed);
  if (drill_result_count (jail, DRILL_WAY_UNBOUNDED) > 0)
    return g_strdup_printf (_ ("%u ways out were tried; none is open."), n);
  return g_strdup_printf (_ ("%u ways out were tried; every one is closed."), n);
}

char *
drill_result_sentence (const DrillJailResult *jail)
{
  guint n = drill_result_count (jail, DRILL_WAY_UNBOUNDED);
  g_autofree char *ways = describe_ways (jail);
  g_autofree char *unbounded = NULL;

  if (n == 0)
    return g_steal_pointer (&ways);
  unbounded = g_strdup_printf (
      ngettext ("%u way to use this computer up needs a control group to be stopped, and this "
                "computer gives none.",
                "%u ways to use this computer up need a control group to be stopped, and this "
                "computer gives none.",
                n),
      n);
  return g_strdup_printf ("%s %s", ways, unbounded);
}
