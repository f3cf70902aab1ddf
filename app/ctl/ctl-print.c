/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What vitrinectl prints. Runs in vitrinectl; must never pass control characters of a guest's name,
 * of a log or of QEMU on to the terminal.
 */
#include "config.h"

#include "ctl-print.h"

#include <glib/gi18n.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

struct _CtlTable
{
  guint columns;
  GPtrArray *cells; /* of char *, row by row */
};

char *
ctl_plain (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *out = g_string_new (NULL);

  for (const char *c = valid; *c != '\0'; c = g_utf8_next_char (c))
    {
      gunichar one = g_utf8_get_char (c);

      g_string_append_unichar (out, g_unichar_iscntrl (one) ? ' ' : one);
    }
  return g_string_free (out, FALSE);
}

guint
ctl_width (const char *text)
{
  guint width = 0;

  for (const char *c = text; *c != '\0'; c = g_utf8_next_char (c))
    {
      gunichar one = g_utf8_get_char (c);

      width += g_unichar_iszerowidth (one) ? 0 : g_unichar_iswide (one) ? 2 : 1;
    }
  return width;
}

void
ctl_print_json (JsonNode *node)
{
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autofree char *text = NULL;

  json_generator_set_pretty (generator, TRUE);
  json_generator_set_root (generator, node);
  text = json_generator_to_data (generator, NULL);
  g_print ("%s\n", text);
  json_node_unref (node);
}

static JsonNode *
parse_json (const char *text, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();

  if (!json_parser_load_from_data (parser, text, -1, error))
    {
      g_prefix_error (error, "%s", _ ("The report of another program is no JSON: "));
      return NULL;
    }
  return json_parser_steal_root (parser);
}

JsonNode *
ctl_parse_json_object (const char *text, GError **error)
{
  g_autoptr (JsonNode) node = parse_json (text, error);

  if (!node || JSON_NODE_HOLDS_OBJECT (node))
    return g_steal_pointer (&node);
  g_set_error_literal (error, JSON_PARSER_ERROR, JSON_PARSER_ERROR_INVALID_DATA,
                       _ ("The report of another program is no JSON object"));
  return NULL;
}

gboolean
ctl_print_json_text (const char *text, GError **error)
{
  JsonNode *node = parse_json (text, error);

  if (!node)
    return FALSE;
  ctl_print_json (node);
  return TRUE;
}

CtlTable *
ctl_table_new (guint columns)
{
  CtlTable *table = g_new0 (CtlTable, 1);

  table->columns = columns;
  table->cells = g_ptr_array_new_with_free_func (g_free);
  return table;
}

void
ctl_table_add (CtlTable *table, ...)
{
  va_list list;

  va_start (list, table);
  for (guint i = 0; i < table->columns; i++)
    {
      const char *cell = va_arg (list, const char *);

      g_ptr_array_add (table->cells, ctl_plain (cell ? cell : ""));
    }
  va_end (list);
}

static guint
column_width (const CtlTable *table, guint column)
{
  guint width = 0;

  for (guint i = column; i < table->cells->len; i += table->columns)
    width = MAX (width, ctl_width (g_ptr_array_index (table->cells, i)));
  return width;
}

static void
print_row (const CtlTable *table, guint first, const guint *widths)
{
  guint behind = 0; /* blanks owed before the next text */

  for (guint i = 0; i < table->columns; i++)
    {
      const char *cell = g_ptr_array_index (table->cells, first + i);
      const char *colour = ctl_colour (cell);

      if (*cell != '\0')
        g_print ("%*s%s%s%s", behind, "", colour, cell, *colour ? ctl_colour_end () : "");
      behind = (*cell != '\0' ? 0 : behind) + widths[i] + 2 - ctl_width (cell);
    }
  g_print ("\n");
}

void
ctl_table_print_free (CtlTable *table)
{
  g_autofree guint *widths = g_new0 (guint, table->columns);

  for (guint i = 0; i < table->columns; i++)
    widths[i] = column_width (table, i);
  for (guint i = 0; i < table->cells->len; i += table->columns)
    print_row (table, i, widths);
  g_ptr_array_unref (table->cells);
  g_free (table);
}

void
ctl_print_verdict (const char *word, const char *reason)
{
  const char *colour = ctl_colour (word);
  g_autofree char *plain = ctl_plain (reason);

  g_print ("%s%s%s: %s\n", colour, word, *colour ? ctl_colour_end () : "", plain);
}

const char *
ctl_colour (const char *word)
{
  static const struct
  {
    const char *word, *code;
  } colours[] = {
    { "green", "\033[32m" },
    { "amber", "\033[33m" },
    { "red", "\033[31m" },
  };

  for (gsize i = 0; isatty (STDOUT_FILENO) && i < G_N_ELEMENTS (colours); i++)
    if (strcmp (colours[i].word, word) == 0)
      return colours[i].code;
  return "";
}

const char *
ctl_colour_end (void)
{
  return "\033[0m";
}
