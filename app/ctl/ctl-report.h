/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the commands share of the isolation report.
 */
#pragma once

#include "vt-guest.h"

#include <json-glib/json-glib.h>

/* An array of { "role", "pid" } of the guest's processes; empty if it does not run. */
void ctl_add_processes (JsonBuilder *builder, VtGuest *guest);
