/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Children that nobody knows: bubblewrap killed in the middle of its work leaves its own child
 * behind, which waits for it for ever. vmm adopts such orphans and ends them.
 */
#pragma once

#include <sys/types.h>

/* From now on orphans below this process become its children. */
void strays_adopt (void);

/* Kills every child but `known`. To be called when all children of ours have ended. */
void strays_kill (pid_t known);
