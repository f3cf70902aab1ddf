/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A tiny child that outlives a vmm that is killed, removes the guest's sockets, and ends. It holds
 * the guest's lock until then, so that the next vmm never meets it at work.
 */
#pragma once

#include "runtime-dir.h"

typedef struct _Janitor Janitor;

/* Starts it. `lock` and `runtime` are the caller's and outlive the janitor's struct. */
Janitor *janitor_start (const RuntimeDir *runtime, int lock, GError **error);

/* From now on another one is started should it end. Needs the main context. */
void janitor_watch (Janitor *janitor);

pid_t janitor_get_pid (const Janitor *janitor);

/* Has it clean up now and waits for that: a vmm that was root can no longer remove the folder
 * itself. */
void janitor_finish (Janitor *janitor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Janitor, janitor_finish)
