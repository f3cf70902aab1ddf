/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The shim's steps. Each puts one layer in force for this process and what it becomes, for good.
 * Runs in the shim only, in one thread. They return 0, or -1 with a sentence in shim_error.
 */
#pragma once

#include "policy.h"
#include "shim-wire.h"

#include <stdbool.h>

typedef struct
{
  const Policy *policy;
  int binary_fd; /* the program, executed by descriptor */
  int status_fd;
  int keep[SHIM_FDS_MAX]; /* descriptors of the program besides 0, 1 and 2 */
  unsigned n_keep;
  const char *read[8]; /* further paths it may read: data and libraries beside a custom binary */
  unsigned n_read;
  bool kvm;
  bool writable_code;
  bool kill_unknown; /* a call that no table names kills, instead of failing with EPERM */
  bool namespaces;   /* bubblewrap is around us */
  bool bound_memory; /* a program without a sanitizer, which maps terabytes */
  char **argv;
} ShimOrder;

extern char shim_error[SHIM_TEXT_MAX];
int shim_fail (const char *format, ...) __attribute__ ((format (printf, 1, 2)));

/* Ends with the starter: pdeathsig, and a check that it still lives. */
int shim_follow_parent (const ShimOrder *order);
int shim_close_others (const ShimOrder *order);
int shim_limit_resources (ShimOrder *order); /* moves binary_fd */
int shim_drop_privileges (void);

/* *abi: 0 if this kernel has no Landlock, which is not a failure here. */
int shim_landlock (const ShimOrder *order, unsigned *abi);
int shim_seccomp (const ShimOrder *order);
