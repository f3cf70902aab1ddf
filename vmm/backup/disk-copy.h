/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * `vitrine-vmm --copy-disk`: reads a backup to its end and writes it as a qcow2. A process of its own,
 * started by a front end with both descriptors (common/ipc/copy-wire.h), never root, and locked to
 * them: from before the first byte that it reads it opens nothing, makes no socket, executes
 * nothing. QEMU, whose disk it is, never holds the file: what has taken over a guest can put into a
 * backup what is on the guest's disk anyway, and change none that is finished.
 */
#pragma once

#include <glib.h>

/* How long vmm may take to let it in; tests shorten it by this variable of the environment. */
#define COPY_SECONDS 60u
#define COPY_SECONDS_VARIABLE "VITRINE_COPY_SECONDS"

/* Its exit status. `uuid` is the guest's, whose uid it becomes if root started it. */
int disk_copy_main (const char *uuid);

/* The same without the lock, for tests; `said` takes the sentence. */
int disk_copy_run (int source, int file, int progress, int said);
