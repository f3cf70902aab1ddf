/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What sandbox.h takes away, as a table and as a filter of system calls; apart, so that tests judge
 * it call by call. Pure.
 */
#pragma once

#include <glib.h>
#include <seccomp.h>

typedef enum
{
  SANDBOX_DISPLAY,
  SANDBOX_NBD,
  SANDBOX_NET,    /* goes on making and connecting sockets */
  SANDBOX_BRIDGE, /* does not */
  SANDBOX_KINDS,
} SandboxKind;

typedef struct
{
  int call;
  gboolean kills; /* else it fails with EPERM */
  gboolean again; /* no jail's own filter allows it: kept so that this one holds by itself */
  guint n_checks; /* 0 or 1 */
  struct scmp_arg_cmp check; /* only where it holds */
  const char *why;
} SandboxLine;

const SandboxLine *sandbox_lines (guint *ret_n);
/* Whether a kind goes on with a call that the table takes from the others. */
gboolean sandbox_keeps (SandboxKind kind, int call);

/* The filter, which allows whatever no line names; the caller releases it. NULL with an errno. */
scmp_filter_ctx sandbox_filter_new (SandboxKind kind, int *ret_error);
