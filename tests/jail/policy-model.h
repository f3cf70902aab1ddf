/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a policy's table says about a call, read line by line and without libseccomp; the calls that
 * try a line and its neighbours; and the filter that is made of the tables. For tests.
 */
#pragma once

#include "policy-filter.h"

#include <glib.h>
#include <linux/filter.h>

#define MODEL_ARGUMENTS 6

typedef struct
{
  int call;
  uint64_t arguments[MODEL_ARGUMENTS];
} Probe;

#define MODEL_POLICIES 6
extern const Policy *const model_policies[MODEL_POLICIES];

/* The tables of a policy in their order, NULL at the end. */
typedef struct
{
  const PolicyCall *list[4];
} ModelTables;

ModelTables model_tables (const Policy *policy);

/* What vmm asks for: the translator, which writes code; KVM; neither, as for every program but
 * QEMU. Each with unknown calls that fail, and with unknown calls that kill, which come last. */
typedef struct
{
  const char *name;
  PolicyTerms terms;
} ModelSituation;

#define MODEL_SITUATIONS 6
extern const ModelSituation model_situations[MODEL_SITUATIONS];

bool model_applies (const PolicyCall *line, const PolicyTerms *terms);
bool model_matches (const PolicyCall *line, const PolicyTerms *terms, const Probe *probe);
/* As the filter would return it. */
uint32_t model_otherwise (const PolicyTerms *terms);
uint32_t model_verdict_of (const PolicyCall *line);
/* What the tables say of a call; *ret_line the line that says so, or NULL; *ret_contrary another
 * one that says something else, which no table may have. */
uint32_t model_judge (const PolicyCall *const *tables,
                      const PolicyTerms *terms,
                      const Probe *probe,
                      const PolicyCall **ret_line,
                      const PolicyCall **ret_contrary);

/* A call that the line matches, with `rest` in the arguments that it does not check. */
Probe model_example (const PolicyCall *line, const PolicyTerms *terms, uint64_t rest);
/* Probes: examples of the line and neighbours of each of its checks (a value beside it, each bit
 * turned, the high half set, the values of all other lines of this call). */
GArray *model_probes (const PolicyCall *const *tables,
                      const PolicyCall *line,
                      const PolicyTerms *terms);
/* Probes: an example of the line and its nearest neighbours, few enough to be read. */
GArray *model_neighbours (const PolicyCall *line, const PolicyTerms *terms);

/* struct sock_filter. Takes the filter. */
GArray *model_export (scmp_filter_ctx filter);
/* struct sock_filter. Aborts with a sentence where libseccomp refuses a line. */
GArray *model_compile (const PolicyCall *const *tables, const PolicyTerms *terms);
/* The filter's word on a call. */
uint32_t model_run (GArray *program, uint32_t architecture, const Probe *probe);
/* "mmap(0, 0, 4, 2)": for people. */
char *model_describe (const Probe *probe, unsigned n_arguments);

typedef struct
{
  const char *name;
  GTestDataFunc test; /* of a Policy */
} ModelTest;

/* Adds each test for each policy, as /policy/POLICY/NAME. */
void model_add_tests (const ModelTest *tests, unsigned n_tests);
