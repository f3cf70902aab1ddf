/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The last resort against a vmm that does not answer any more: it is ended by the kernel, and
 * everything of its guest with it.
 */
#pragma once

#include "guest-store.h"

/* How long the processes may take to be gone. */
#define GUEST_KILL_SECONDS 10

/* Ends the vmm that holds the guest's lock, and sees to it that its janitor cleans up. Nobody
 * else's process is meant, whatever the lock's file says: the program and the guest are compared
 * first. Blocks until all is gone: for threads. */
gboolean guest_kill (GuestStore *store, const char *uuid, GError **error);
