/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * B1, the report of a drill (vmm/drill/drill-report.h) as vmm sent it. Pure.
 */
#pragma once

#include <glib.h>

#define DRILL_RESULT_JAILS_MAX 16u
#define DRILL_RESULT_WAYS_MAX 1024u /* of one jail */

typedef enum
{
  DRILL_WAY_CLOSED,
  DRILL_WAY_OPEN,
  DRILL_WAY_NEEDED,    /* open, and the guest cannot run without it */
  DRILL_WAY_UNBOUNDED, /* only a control group would stop it, and this computer gives none */
} DrillWayResult;

typedef struct
{
  char *name;
  char *what; /* completes "It tried to …" */
  DrillWayResult result;
} DrillWay;

typedef struct
{
  char *process;
  GPtrArray *ways; /* of DrillWay */
} DrillJailResult;

/* An array of DrillJailResult; NULL if this is no report, or one that tried nothing. */
GPtrArray *drill_result_parse (const char *json);

guint drill_result_count (const DrillJailResult *jail, DrillWayResult result);
/* In all jails. */
guint drill_result_count_all (GPtrArray *jails, DrillWayResult result);

/* What came of one jail, as a translated sentence. */
char *drill_result_sentence (const DrillJailResult *jail);
