/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A guest's control group (kernel: Documentation/admin-guide/cgroup-v2.rst): ceilings of memory,
 * processor time and processes that hold for QEMU, the display process and every helper together.
 *
 * Made while vmm may still be root: below the root of the hierarchy if it is, else in the group
 * that vmm was started in, if that is this user's own (a systemd user scope with Delegate=yes), or
 * beside it, if the group above is the user's too. The
 * layout is OURS/vitrine-UUID/{supervisor,guest}: a process is moved between the two by whoever may
 * write to what is above both. Nothing of it is needed for a guest to run.
 */
#pragma once

#include <gio/gio.h>
#include <sys/types.h>

typedef struct _Cgroup Cgroup;

/* Who gave it. */
typedef enum
{
  CGROUP_OF_ROOT,   /* made by root below the root of the hierarchy */
  CGROUP_SCOPE,     /* in a scope of systemd's user manager */
  CGROUP_DELEGATED, /* beside the group that we were started in, both in one of this user's own */
} CgroupKind;

typedef enum
{
  CGROUP_CPU,       /* per cent of one processor */
  CGROUP_MEMORY,    /* bytes */
  CGROUP_PROCESSES, /* processes and threads */
  CGROUP_N_LIMITS,
} CgroupLimit;

/* Makes the group, moves this process into it and gives it to `owner`. Into a scope goes `janitor`
 * too: what started us may be ended with its session, the guest is not. NULL with a plain sentence
 * that says why there is none and how to get one. */
Cgroup *cgroup_make (const char *uuid, uid_t owner, pid_t janitor, GError **error);
/* What a guest would get: asks as cgroup_make () does, so this process may be in a scope
 * afterwards, and makes nothing. `ret_can` has CGROUP_N_LIMITS places. */
gboolean cgroup_try (CgroupKind *ret_kind, gboolean *ret_can, GError **error);
/* Closes; removes nothing. */
void cgroup_free (Cgroup *cgroup);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Cgroup, cgroup_free)

/* Whether the kernel's controller for it is there. */
gboolean cgroup_can_limit (const Cgroup *cgroup, CgroupLimit limit);
/* "root", "scope" or "delegated". */
const char *cgroup_kind_word (const Cgroup *cgroup);
/* 0: none. */
gboolean cgroup_set_limit (Cgroup *cgroup, CgroupLimit limit, guint64 value, GError **error);

/* For jail_use_group (): the file that a process enters the group by. Opened while this process may
 * still be root, which is what the kernel goes by. Borrowed. */
int cgroup_get_procs (const Cgroup *cgroup);

/* How often the kernel has ended a process of the guest for want of memory below the ceiling. */
guint64 cgroup_count_kills (const Cgroup *cgroup);

/* For the janitor, which is forked before the group is made: where it will be, unless in a scope,
 * which systemd removes. */
typedef struct
{
  int parent; /* the folder that the group lies in, owned; -1: nothing to remove */
  char name[64];
} CgroupRemains;
void cgroup_find_remains (const char *uuid, CgroupRemains *ret_remains);
/* Removes what is empty. Async-signal-safe. */
void cgroup_remove (const CgroupRemains *remains);
