/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A drill: vitrine-drill is started in the jail of each kind, again after each way that kills it,
 * until all ways are tried; then nonsense is spoken. Runs in vitrine-vmm, on its main context;
 * never waits.
 */
#pragma once

#include "jail/jail.h"

/* A way that has not come back by then is ended, and counts as open. */
#define DRILL_ATTEMPT_SECONDS 60

typedef struct
{
  const char *role; /* "qemu", "display"; static */
  JailKind kind;
  gboolean writable_code;
  gboolean kvm;
  gboolean grouped; /* a control group bounds its memory and threads */
} DrillJail;

typedef struct
{
  const char *drill;   /* vitrine-drill */
  const char *viewer;  /* vitrine-drill-viewer */
  const char *net;     /* vitrine-net */
  const char *nbd;     /* vitrine-nbd */
  const char *control; /* this guest's control socket; NULL: none */
  /* Lets the connection `fd` in, as one of a user on that socket. */
  void (*serve_take) (int fd, gpointer data);
  gpointer serve_data;
} DrillPrograms;

typedef struct _DrillRun DrillRun;

/* Called once, from the main context: the report as JSON (as in the header of drill-report.h) and
 * how many ways were open that should not be; or NULL and why there is none. */
typedef void (*DrillDone) (const char *report, guint n_open, const GError *error, gpointer data);

/* The programs' paths must outlive it, that of the control socket need not. NULL if it cannot
 * begin.
 */
DrillRun *drill_run_new (const DrillPrograms *programs,
                         const DrillJail *jails,
                         guint n_jails,
                         DrillDone done,
                         gpointer data,
                         GError **error);
/* Ends what runs; `done` is not called any more. May be called from it. */
void drill_run_free (DrillRun *run);
