/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Starts one vitrine-nbd. Runs in vitrine-vmm.
 */
#pragma once

#include "guest-log.h"
#include "jail/jail.h"

/* The process, its log, and this end of its link (common/ipc/nbd-link-wire.h), all the caller's. */
Jail *nbd_process_spawn (const char *binary, LogPipe **ret_log, int *ret_link, GError **error);
