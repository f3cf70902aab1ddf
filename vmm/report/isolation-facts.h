/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the kernel says of one process, read from /proc/<pid>.
 */
#pragma once

#include "proc-parse.h"

#include <gio/gio.h>

typedef enum
{
  NAMESPACE_USER,
  NAMESPACE_MOUNT,
  NAMESPACE_NET,
  NAMESPACE_IPC,
  NAMESPACE_UTS,
  NAMESPACE_CGROUP,
  N_NAMESPACES,
} IsolationNamespace;

/* As people write them: "user", "mount", … */
const char *isolation_namespace_word (IsolationNamespace which);

typedef struct
{
  int number;
  ProcFdKind kind;
  gboolean writable;
  char *target; /* owned; what the descriptor is, by the kernel's words */
} IsolationFd;

typedef struct
{
  ProcStatus status;
  ProcLimits limits;
  ProcMounts mounts;
  guint64 namespaces[N_NAMESPACES]; /* their inode numbers */
  GArray *fds;                      /* owned; of IsolationFd */
  guint writable_code;              /* mappings that are writable and executable */
  char *profile;                    /* owned; LSM profile, or NULL if no LSM has any */
  char *cgroup;                     /* owned; path in the unified hierarchy, or NULL */
  char *memory_max;                 /* owned; "max", a number, or NULL: no such controller */
  char *cpu_max;
  char *pids_max;
} IsolationFacts;

/* NULL with a sentence if the process is gone or may not be looked at. */
IsolationFacts *isolation_facts_read (pid_t pid, GError **error);
void isolation_facts_free (IsolationFacts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IsolationFacts, isolation_facts_free)
