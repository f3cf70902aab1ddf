/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The lines of a GKeyFile, each with its number and where its bytes lie, so that messages can name
 * the line and a rewrite can leave every other line as it was (GKeyFile itself can do neither).
 * What is accepted here GKeyFile accepts too; duplicates, which it merges, are refused. Pure.
 */
#pragma once

#include <glib.h>

typedef enum
{
  DEFINITION_LINE_OTHER, /* blank, or a comment */
  DEFINITION_LINE_GROUP,
  DEFINITION_LINE_KEY,
} DefinitionLineKind;

typedef struct
{
  DefinitionLineKind kind;
  guint number;      /* from 1 */
  const char *start; /* borrowed from the text */
  gsize size;        /* with its line end */
  char *group;       /* of a GROUP, or the one that a KEY is in */
  char *key;
  const char *value; /* borrowed, as written, without the line end */
  gsize value_size;
} DefinitionLine;

/* Untrusted text to lines, an array of DefinitionLine. Errors are GUEST_DEFINITION_ERROR and name
 * `file` and line. The lines point into `text`. */
GPtrArray *definition_lines_scan (const char *text, gsize size, const char *file, GError **error);

/* A value as written to what it means: \s \n \t \r \\ undone. NULL if another escape is in it. */
char *definition_lines_unescape (const char *value, gsize size);
char *definition_lines_escape (const char *text);

/* The same for a list: elements apart by ';', one inside an element as "\;". */
GStrv definition_lines_unescape_list (const char *value, gsize size);
char *definition_lines_escape_list (const char *const *texts);
