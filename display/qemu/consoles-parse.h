/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * B4: which consoles QEMU says it has (docs/interop of org.qemu.Display1: VM.ConsoleIDs and
 * Console.Type). Pure; which of them become heads is qemu-broker.c's question.
 */
#pragma once

#include "cursor.h"

/* A machine has a few; each named one costs a question. */
#define CONSOLES_MAX 64u
/* Their numbers are QEMU's, counted from 0. */
#define CONSOLES_ID_MAX 255u

typedef struct
{
  guint count;
  guint8 ids[CONSOLES_MAX]; /* ascending */
} ConsoleList;

/* PARSE_OK, or PARSE_BAD for too many, too large, repeated ones, or a list without the first (0).
 */
ParseResult consoles_parse_ids (const guint32 *ids, gsize count, ConsoleList *ret_list);

typedef enum
{
  CONSOLE_GRAPHIC, /* a head */
  CONSOLE_TEXT,    /* a serial port or monitor in QEMU's own terminal: never shown */
} ConsoleType;
ParseResult consoles_parse_type (const char *word, ConsoleType *ret_type);
