/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One running vitrine-vmm a guest: a lock on guests/UUID/lock, held until the guest's sockets are
 * gone. It ends with the last process that has the descriptor (vmm and its janitor).
 */
#pragma once

#include <gio/gio.h>

/* The locked descriptor, or -1: G_IO_ERROR_BUSY if the guest runs already. */
int guest_lock_take (const char *uuid, GError **error);

/* Lets go for all who share the descriptor. */
void guest_lock_release (int fd);
