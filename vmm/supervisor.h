/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The life of one guest from the first jail to the last: QEMU and its monitor, the display, the
 * control interface, and a clean end whatever dies first.
 */
#pragma once

#include "launch.h"

/* Runs the guest to its end. Takes `launch` (freed as soon as QEMU is gone). Returns vmm's exit
 * status: 0 if the guest ran. */
int supervisor_run (Launch *launch, StartReport *report);
