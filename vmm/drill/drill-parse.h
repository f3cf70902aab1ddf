/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * B3, what vitrine-drill says from inside a jail: which ways it tried and what came of them. Pure.
 * PARSE_BAD ends the drill of that jail.
 */
#pragma once

#include "cursor.h"

#include <glib.h>

#define DRILL_LINE_MAX 128u /* bytes with the newline */
#define DRILL_NAME_MAX 48u
#define DRILL_ATTEMPTS_MAX 512u

typedef enum
{
  DRILL_LINE_TRY,
  DRILL_LINE_CLOSED,
  DRILL_LINE_OPEN,
  DRILL_LINE_DONE,
} DrillLineKind;

typedef struct
{
  DrillLineKind kind;
  char name[DRILL_NAME_MAX + 1]; /* TRY: small letters, digits and dashes */
  guint code;                    /* CLOSED: errno, 0 to 4095 */
} DrillLine;

/* One line of the `size` bytes at `text`; *ret_used is its length with the newline. */
ParseResult drill_parse_line (const char *text, gsize size, DrillLine *ret_line, gsize *ret_used);
