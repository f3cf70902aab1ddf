/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the judges of the isolation report share. Not for anyone else.
 */
#pragma once

#include "isolation-judge.h"

/* What one judge of one layer knows. */
typedef struct
{
  GPtrArray *rows;
  const IsolationProcess *process;
  const IsolationFacts *facts;
  const IsolationFacts *supervisor;
} Case;

#define add_row isolation_judge_add

/* Takes `found` and `text`. */
void isolation_judge_add (GPtrArray *rows,
                          const IsolationProcess *process,
                          const char *layer,
                          const char *wanted,
                          char *found,
                          IsolationLevel level,
                          char *text);

/* isolation-judge-proved.c: what the kernel's files do not show, or not whole. */
void isolation_judge_seccomp (const Case *c);
void isolation_judge_landlock (const Case *c);
void isolation_judge_code (const Case *c);
