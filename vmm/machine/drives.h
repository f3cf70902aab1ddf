/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Block nodes and disk controllers of the machine as QEMU options. Every node is named, its format
 * stated, its backing given or null, its file a descriptor. Pure.
 */
#pragma once

#include "machine/command-line.h"
#include "machine/resources.h"

/* Adds nodes, controllers and devices for all disks, and the firmware's flash nodes, named
 * DRIVES_FIRMWARE_CODE and DRIVES_FIRMWARE_VARIABLES. */
void drives_add (CommandLine *line, const Resources *resources);

#define DRIVES_FIRMWARE_CODE "firmware-code"
#define DRIVES_FIRMWARE_VARIABLES "firmware-variables"
