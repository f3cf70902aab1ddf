/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a vmm writes into its guest's lock (vmm/guest-lock.h): the numbers of the janitor's process
 * and of its own, each 10 digits wide. B1. Pure.
 */
#pragma once

#include "cursor.h"

#include <sys/types.h>

#define LOCK_HOLDERS_BYTES 22 /* "%10d %10d\n" */

typedef struct
{
  pid_t janitor; /* the vmm itself until there is one */
  pid_t vmm;
} LockHolders;

ParseResult lock_holders_parse (const void *data, gsize size, LockHolders *ret_holders);
