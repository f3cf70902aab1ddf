/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How soon a process that ended may be started again: at once, unless it ended too often of late.
 * Pure.
 */
#pragma once

#include <glib.h>

/* More ends than this within so many seconds, and the next start waits: first the least, each time
 * twice as long. */
#define RESTART_BUDGET 5
#define RESTART_BUDGET_SECONDS 60
#define RESTART_WAIT_MIN_SECONDS 5
#define RESTART_WAIT_MAX_SECONDS 60

typedef struct
{
  gint64 ends[RESTART_BUDGET]; /* monotonic times of the last ends, a ring; 0: none */
  guint n_ends;
  guint wait_s;
} RestartBudget;

/* Notes an end at `now` (microseconds, not 0) and returns the seconds to wait. */
guint restart_budget_spend (RestartBudget *budget, gint64 now);
/* It could not even be started, for want of processes, memory or descriptors: the seconds to wait,
 * by the same rule. */
guint restart_budget_refused (RestartBudget *budget);
