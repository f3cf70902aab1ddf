/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The isolation report of a running guest: for each of its processes what the kernel says holds,
 * beside what the policy wants, a row a layer. Reads /proc at once (a millisecond a process).
 *
 * JSON, stable; keys may be added:
 *
 *   { "version": 1, "level": "green|amber|red", "reason": "a sentence on the worst row",
 *     "rows": [ { "layer": "seccomp", "process": "qemu", "pid": 123, "wanted": "…", "found": "…",
 *                 "level": "green|amber|red", "text": "a sentence" }, … ] }
 *
 * Layers: accelerator, machine (of the guest: process "qemu"); process, user, capabilities,
 * no-new-privileges, seccomp, landlock, code, namespaces, files, descriptors, limits, cgroup, lsm.
 */
#pragma once

#include "jail.h"

typedef enum
{
  ISOLATION_GREEN,
  ISOLATION_AMBER,
  ISOLATION_RED,
} IsolationLevel;

/* "green", "amber", "red" */
const char *isolation_level_word (IsolationLevel level);

/* What a probe in the same jail found out about a layer. */
typedef enum
{
  PROOF_PENDING, /* it is at work */
  PROOF_HELD,    /* it was refused what only this layer refuses */
  PROOF_OPEN,    /* it was not: the layer is not in force */
  PROOF_UNKNOWN, /* it could not be tried */
} IsolationProof;

typedef struct
{
  IsolationProof landlock;
  IsolationProof seccomp;
  IsolationProof code; /* memory that is writable and executable */
} IsolationProofs;

typedef struct
{
  const char *role; /* "vmm", "qemu", "display", "net" */
  pid_t pid;
  gboolean jailed;        /* FALSE for vmm itself, of which less is wanted */
  gboolean host_network;  /* it is the guest's way into the network */
  gboolean bridged;       /* by a tap, of which the guest is to be a machine */
  guint filters;          /* how many seccomp filters there should be: the jail's and its own */
  guint landlock_abi;     /* as jail_get_landlock_abi (): /proc does not show Landlock */
  IsolationProofs proofs; /* of its jail */
  gboolean writable_code; /* it emulates a processor, so it writes what it executes */
  /* Files it holds open for writing by right: disks, variables, its log. NULL at the end; or NULL.
   */
  const char *const *writable_files;
} IsolationProcess;

typedef struct
{
  const IsolationProcess *processes;
  guint n_processes;
  gboolean hardware;        /* KVM; else the guest is emulated in software */
  gboolean machine_is_safe; /* the machine type is in QEMU's security list */
} IsolationSubject;

typedef struct
{
  char *layer;
  char *process;
  pid_t pid;
  char *wanted;
  char *found;
  IsolationLevel level;
  char *text;
} IsolationRow;

typedef struct
{
  IsolationLevel level; /* of the worst row */
  char *reason;         /* its text; if all are green, a sentence that says so */
  GPtrArray *rows;      /* of IsolationRow */
  gboolean emulated;    /* in software */
} IsolationReport;

IsolationReport *isolation_report_new (const IsolationSubject *subject);
/* For isolation=required: the sentences of every row of a jailed process that is not as the policy
 * asks, apart by blanks, each with the process and the layer; NULL if there is none. The
 * accelerator, the machine, limits that nobody set and a security module that nobody installed do
 * not count, nor does memory that software emulation needs. */
char *isolation_report_find_missing (const IsolationReport *report);
char *isolation_report_to_json (const IsolationReport *report);
void isolation_report_free (IsolationReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IsolationReport, isolation_report_free)
