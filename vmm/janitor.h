/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A tiny process that outlives a vmm that is killed, ends whatever vmm had started, removes the
 * guest's sockets, and goes. It holds the guest's lock until then, so that the next vmm never meets
 * it at work. It is vmm's parent, so that it inherits vmm's orphans.
 */
#pragma once

#include "limits/cgroup.h"
#include "runtime-dir.h"

typedef struct _Janitor Janitor;

/* Forks: returns in the child, which is vmm from here on; the caller's process becomes the janitor
 * and never returns. No other thread may run. `lock` and `runtime` are the caller's and outlive the
 * struct. `group` is removed once all processes are gone. */
Janitor *janitor_start (const RuntimeDir *runtime,
                        int lock,
                        const CgroupRemains *group,
                        GError **error);

/* From now on another one is started should it end. Needs the main context. */
void janitor_watch (Janitor *janitor);

/* The first one, which is vmm's parent. */
pid_t janitor_get_first (const Janitor *janitor);

/* Of a later one, which is a child of vmm; else 0. */
pid_t janitor_get_child (const Janitor *janitor);

/* Has it remove the sockets now and waits for that: a vmm that was root can no longer remove the
 * folder itself. */
void janitor_finish (Janitor *janitor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Janitor, janitor_finish)
