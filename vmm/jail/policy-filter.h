/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The tables of system calls as a seccomp filter. Used by the shim and by the process that copies a
 * disk, which put it in force, and by the tests, which judge it call by call. No I/O.
 */
#pragma once

#include "policy.h"

#include <stdbool.h>
#include <sys/types.h>

/* What the request and the process add to the tables. */
typedef struct
{
  bool kvm;
  bool writable_code;
  bool kill_unknown; /* a call that no table names kills, instead of failing with EPERM */
  int binary_fd;     /* the program, above the limit of open files */
  pid_t self;
} PolicyTerms;

/* The filter of the lines of `tables` (NULL at the end; each ends with CALL_END) that apply under
 * `terms`. NULL on failure: a negative errno in *ret_error, and in *ret_call the line that was not
 * taken, or NULL if none was to blame. The caller's: seccomp_release (). */
scmp_filter_ctx policy_filter_new (const PolicyCall *const *tables,
                                   const PolicyTerms *terms,
                                   int *ret_error,
                                   const PolicyCall **ret_call);
