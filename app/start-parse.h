/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Lines of a start's report (common/ipc/start-wire.h), which cross B1. Pure.
 */
#pragma once

#include "cursor.h"
#include "ipc/start-wire.h"

typedef enum
{
  START_LINE_STEP,
  START_LINE_READY,
  START_LINE_FAILED,
} StartLineKind;

typedef struct
{
  StartLineKind kind;
  char text[START_LINE_MAX]; /* of STEP and FAILED: UTF-8 without control characters */
} StartLine;

/* The first line in the bytes so far. PARSE_OK: *ret_line is it and *ret_used its size with the
 * newline. PARSE_NEED_MORE: its end is not there yet. */
ParseResult start_parse_line (const void *data, gsize size, gsize *ret_used, StartLine *ret_line);
