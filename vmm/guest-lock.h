/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One running vitrine-vmm a guest: a lock on guests/UUID/lock, held until the guest's sockets are
 * gone. It ends with the last process that has the descriptor (vmm and its janitor).
 */
#pragma once

#include <gio/gio.h>

#define GUEST_LOCK_WAIT_SECONDS 5

/* The locked descriptor, or -1: G_IO_ERROR_BUSY if the guest runs already. Waits for one that is
 * ending, at most GUEST_LOCK_WAIT_SECONDS. */
int guest_lock_take (const char *uuid, GError **error);

/* Says that the guest is over and only the cleaning is left: of the write lock on the whole file
 * byte 0 alone stays. Front ends take such a guest for stopped. Async-signal-safe. */
void guest_lock_mark_ending (int fd);

/* Writes down who serves the guest, so that a front end can end them should they hang
 * (app/lock-holders-parse.h): the janitor (vmm itself until there is one) and vmm. */
void guest_lock_note (int fd, pid_t janitor, pid_t vmm);

/* Lets go for all who share the descriptor. */
void guest_lock_release (int fd);
