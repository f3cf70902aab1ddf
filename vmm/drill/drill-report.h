/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What came of each way of a drill, and the report on it. Pure.
 *
 * JSON, stable; keys may be added:
 *
 *   { "version": 1, "tried": 250, "open": 0, "needed": 3,
 *     "jails": [ { "process": "qemu", "tried": 125, "open": 0, "needed": 3,
 *                  "ways": [ { "name": "read-etc", "what": "read /etc/passwd",
 *                              "result": "refused|killed|open|needed", "error": "EACCES" }, … ] },
 *                … ] }
 */
#pragma once

#include <glib.h>

typedef enum
{
  DRILL_UNTRIED,
  DRILL_REFUSED, /* the call failed */
  DRILL_KILLED,  /* the kernel ended the program for it */
  DRILL_OPEN,
  DRILL_NEEDED, /* open, and the guest cannot run without it */
} DrillResult;

typedef struct _DrillReport DrillReport;

DrillReport *drill_report_new (void);
void drill_report_free (DrillReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DrillReport, drill_report_free)

/* How many ways there are, and the name of each. */
guint drill_report_n_ways (void);
const char *drill_report_way (guint number);

/* The results that follow are of this process. `writable_code`: it runs software emulation. */
void drill_report_begin (DrillReport *report, const char *role, gboolean writable_code);
/* `code` is the errno of REFUSED. */
void drill_report_set (DrillReport *report, guint number, DrillResult result, guint code);

/* Ways that are open and not needed, in all jails. */
guint drill_report_get_open (DrillReport *report);
char *drill_report_to_json (DrillReport *report);
