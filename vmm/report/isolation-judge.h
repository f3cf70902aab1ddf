/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * From facts about a process to rows of the isolation report. Pure, but for file names that it
 * compares by what they lead to.
 */
#pragma once

#include "isolation-facts.h"
#include "isolation-report.h"

/* `supervisor`: the facts of vmm, which namespaces are compared with. Appends to `rows`. */
void isolation_judge_process (GPtrArray *rows,
                              const IsolationProcess *process,
                              const IsolationFacts *facts,
                              const IsolationFacts *supervisor);

/* The process could not be looked at. */
void isolation_judge_unknown (GPtrArray *rows, const IsolationProcess *process, const char *why);

/* What concerns the guest as a whole. */
void isolation_judge_guest (GPtrArray *rows, const IsolationSubject *subject);

void isolation_row_free (IsolationRow *row);
