/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Results on stdout: JSON, tables, and text that came from elsewhere made safe for a terminal.
 */
#pragma once

#include <json-glib/json-glib.h>

/* One key a line. Takes the node. */
void ctl_print_json (JsonNode *node);

/* JSON text of another process, again one key a line. */
/* Any JSON. */
gboolean ctl_print_json_text (const char *text, GError **error);
/* Of an object only; anything else is an error. Transfer full. */
JsonNode *ctl_parse_json_object (const char *text, GError **error);

/* Without control characters, which would move a terminal's cursor or break a line. Transfer full.
 */
char *ctl_plain (const char *text);

/* Cells of a terminal that a text takes: an ideograph or a Hangul syllable takes two. */
guint ctl_width (const char *text);

/* Rows of `columns` strings each, in columns as wide as they need; the last one is left open. */
typedef struct _CtlTable CtlTable;
CtlTable *ctl_table_new (guint columns);
/* Copies `columns` strings; NULL stands for "". */
void ctl_table_add (CtlTable *table, ...);
void ctl_table_print_free (CtlTable *table);

/* "red: why", its word coloured. */
void ctl_print_verdict (const char *word, const char *reason);

/* Before a column's text: SGR codes for a word such as "green", only if stdout is a terminal. */
const char *ctl_colour (const char *word);
const char *ctl_colour_end (void);
