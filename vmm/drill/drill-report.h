/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What came of each way of a drill, and the report on it. Pure.
 *
 * JSON, stable; keys may be added:
 *
 *   { "version": 1, "tried": 250, "open": 0, "needed": 3, "unbounded": 2,
 *     "jails": [ { "process": "qemu", "tried": 125, "open": 0, "needed": 3, "unbounded": 2,
 *                  "ways": [ { "name": "read-etc", "what": "read /etc/passwd",
 *                              "result": "refused|killed|open|needed|bounded|unbounded",
 *                              "error": "EACCES" }, … ] },
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
  DRILL_NEEDED,    /* open, and the guest cannot run without it */
  DRILL_BOUNDED,   /* the guest's control group stops it, which the drill did not wait for */
  DRILL_UNBOUNDED, /* only a control group would stop it, and this host gives none */
} DrillResult;

typedef struct _DrillReport DrillReport;

DrillReport *drill_report_new (void);
void drill_report_free (DrillReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DrillReport, drill_report_free)

/* How many ways there are, how many kinds of nonsense beside them (DRILL_TALK; numbered on from the
 * ways), and the name of each. */
guint drill_report_n_ways (void);
guint drill_report_n_talks (void);
const char *drill_report_way (guint number);

/* The results that follow are of this process. `writable_code`: it runs software emulation.
 * `grouped`: a control group bounds its memory and threads. */
void drill_report_begin (DrillReport *report,
                         const char *role,
                         gboolean writable_code,
                         gboolean grouped);
/* `code` is the errno of REFUSED. */
void drill_report_set (DrillReport *report, guint number, DrillResult result, guint code);

/* Ways that are open and not needed, in all jails. */
guint drill_report_get_open (DrillReport *report);
char *drill_report_to_json (DrillReport *report);
