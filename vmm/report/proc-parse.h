/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The kernel's text files about a process (proc(5)) as structs. Pure. The texts come from the
 * kernel, but hold names that a process chose, so nothing in them is trusted to be short or sane.
 */
#pragma once

#include <glib.h>

typedef struct
{
  guint uid[4]; /* real, effective, saved, file system */
  guint gid[4];
  guint64 capabilities; /* inheritable | permitted | effective | ambient */
  guint64 bounding;
  gboolean no_new_privs;
  guint seccomp; /* mode: 2 is a filter */
  guint filters;
  guint threads;
} ProcStatus;

/* FALSE if a line that is needed is missing or not a number. */
gboolean proc_parse_status (const char *text, ProcStatus *ret_status);

typedef struct
{
  guint64 core; /* soft limits; G_MAXUINT64: unlimited */
  guint64 open_files;
  guint64 processes;
  guint64 file_size;
} ProcLimits;

gboolean proc_parse_limits (const char *text, ProcLimits *ret_limits);

#define PROC_MOUNTS_MAX 4096u

typedef struct
{
  guint n;        /* all of them */
  GStrv writable; /* owned; mount points that are not read-only */
} ProcMounts;

gboolean proc_parse_mountinfo (const char *text, ProcMounts *ret_mounts);
void proc_mounts_clear (ProcMounts *mounts);

/* The path in the unified hierarchy ("0::/user.slice/…"), or NULL without one. */
char *proc_parse_cgroup (const char *text);

/* How many mappings in /proc/<pid>/maps are writable and executable at once. FALSE: not as
 * expected. */
gboolean proc_parse_maps (const char *text, guint *ret_writable_code);

typedef enum
{
  PROC_FD_FILE, /* has a path */
  PROC_FD_DEVICE,
  PROC_FD_MEMORY, /* memfd, shared memory that no name leads to */
  PROC_FD_SOCKET,
  PROC_FD_PIPE,
  PROC_FD_KERNEL, /* eventfd, epoll, timerfd, KVM's own … */
} ProcFdKind;

/* From what /proc/<pid>/fd/N links to. */
ProcFdKind proc_parse_fd_kind (const char *link);

/* Whether "flags:" in /proc/<pid>/fdinfo/N says that it was opened for writing; FALSE also if the
 * text has no flags. */
gboolean proc_parse_fd_is_writable (const char *text);
